"""What the municipality keeps: the register's entries, households, My Numbers, cards, and the counter's procedures.

Entries, memberships, cards, what happened to them, and certificates are appended and not edited. :class:`ResidentRow`
stands beside the entries: what they come to, and the forms that the counter's search looks for.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tegata.node.base import COLUMN_TYPES, metadata_for
from tegata.node.columns import Sealed
from tegata.node.tables import BIG


class Base(DeclarativeBase):
    """The base of the municipality's tables."""

    metadata = metadata_for("municipality")
    type_annotation_map = COLUMN_TYPES


class ResidentRow(Base):
    """A resident as the entries say now, under an id that pages name them by; ``*_key`` are what a search compares."""

    __tablename__ = "resident"
    __table_args__ = (
        Index("ix_resident_counter", "municipality_code", "kana_key"),
        Index("ix_resident_birth", "birth_date", "name_key"),
    )

    resident_id: Mapped[str] = mapped_column(primary_key=True)
    resident_code: Mapped[str] = mapped_column(unique=True)
    municipality_code: Mapped[str]
    status: Mapped[str]
    sequence: Mapped[int]
    name: Mapped[str]
    kana: Mapped[str]
    former_name: Mapped[str | None]
    birth_date: Mapped[str]
    gender: Mapped[str]
    address: Mapped[str]
    postal_code: Mapped[str]
    address_since: Mapped[date]
    destination: Mapped[str | None]
    household_id: Mapped[str | None] = mapped_column(index=True)
    relationship: Mapped[str]
    name_key: Mapped[str]
    kana_key: Mapped[str]
    address_key: Mapped[str]


class EntryRow(Base):
    """One entry of a resident's record; ``sets`` is JSON. ``who`` made it, ``event_id`` names it to J-LIS."""

    __tablename__ = "entry"

    resident_id: Mapped[str] = mapped_column(ForeignKey("resident.resident_id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[str] = mapped_column(unique=True)
    event: Mapped[str]
    municipality_code: Mapped[str]
    effective_on: Mapped[date]
    recorded_at: Mapped[datetime]
    who: Mapped[str]
    sets: Mapped[str]


class MembershipRow(Base):
    """From this entry on a resident belongs to a household (None: to none any more), in this relationship."""

    __tablename__ = "membership"
    __table_args__ = (Index("ix_membership_resident", "resident_id", "number"),)

    number: Mapped[int] = mapped_column(BIG, primary_key=True)
    resident_id: Mapped[str] = mapped_column(ForeignKey("resident.resident_id"))
    household_id: Mapped[str | None]
    relationship: Mapped[str]
    recorded_at: Mapped[datetime]
    cause: Mapped[str]


class MyNumberRow(Base):
    """A resident's My Number, sealed; ``fingerprint`` finds it without opening it."""

    __tablename__ = "my_number"

    resident_id: Mapped[str] = mapped_column(ForeignKey("resident.resident_id"), primary_key=True)
    number: Mapped[str] = mapped_column(Sealed())
    fingerprint: Mapped[str] = mapped_column(unique=True)
    assigned_at: Mapped[datetime]


class CardRow(Base):
    """A card that was handed over."""

    __tablename__ = "card"

    card_id: Mapped[str] = mapped_column(primary_key=True)
    resident_id: Mapped[str] = mapped_column(ForeignKey("resident.resident_id"), index=True)
    request_id: Mapped[str] = mapped_column(unique=True)
    issued_at: Mapped[datetime]
    expires_on: Mapped[date]


class CardEventRow(Base):
    """Something that happened to a card: reported lost, found, given up (``reason``: lost, returned, defective).

    ``cause`` is the request, or the case, that it happened in. ``police_report``: the number under which the police
    took the loss, where the holder had one.
    """

    __tablename__ = "card_event"
    __table_args__ = (UniqueConstraint("cause", "event"),)

    number: Mapped[int] = mapped_column(BIG, primary_key=True)
    card_id: Mapped[str] = mapped_column(ForeignKey("card.card_id"), index=True)
    event: Mapped[str]
    reason: Mapped[str | None]
    police_report: Mapped[str | None] = mapped_column(Sealed())
    at: Mapped[datetime]
    who: Mapped[str]
    cause: Mapped[str]


class ApplicationRow(Base):
    """A key pair made on a card for which a certificate is applied for; ``public_key`` is DER."""

    __tablename__ = "application"
    __table_args__ = (Index("ix_application_request", "request_id", "usage"),)

    application_id: Mapped[str] = mapped_column(primary_key=True)
    request_id: Mapped[str]
    card_id: Mapped[str] = mapped_column(ForeignKey("card.card_id"))
    usage: Mapped[str]
    public_key: Mapped[bytes] = mapped_column(LargeBinary())
    made_at: Mapped[datetime]


class CertificateRow(Base):
    """A certificate that was written on a card."""

    __tablename__ = "certificate"
    __table_args__ = (UniqueConstraint("usage", "serial"),)

    application_id: Mapped[str] = mapped_column(primary_key=True)
    resident_id: Mapped[str] = mapped_column(ForeignKey("resident.resident_id"), index=True)
    card_id: Mapped[str] = mapped_column(ForeignKey("card.card_id"))
    usage: Mapped[str]
    serial: Mapped[int] = mapped_column(BIG)
    not_after: Mapped[datetime]
    written_at: Mapped[datetime]


class ProcedureRow(Base):
    """A case at the counter: what is to be done, the answers so far (JSON, sealed), and how it ended."""

    __tablename__ = "procedure"
    __table_args__ = (Index("ix_procedure_work", "municipality_code", "state", "opened_at"),)

    procedure_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    municipality_code: Mapped[str]
    resident_id: Mapped[str | None] = mapped_column(ForeignKey("resident.resident_id"), index=True)
    staff_name: Mapped[str]
    state: Mapped[str]
    answers: Mapped[str] = mapped_column(Sealed())
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(Sealed())
