"""What is in the drawer: people, their cards, what they remember, and requests that lie on the reader."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tegata.node.base import COLUMN_TYPES, metadata_for
from tegata.node.columns import Sealed, SealedBytes


class Base(DeclarativeBase):
    """The base of the drawer's tables."""

    metadata = metadata_for("citizen")
    type_annotation_map = COLUMN_TYPES


class PersonRow(Base):
    """Somebody with a card; ``name_key`` is what a search compares."""

    __tablename__ = "person"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    resident_code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(index=True)


class CardRow(Base):
    """A card. ``image`` is all that it holds, private keys and PINs included; ``version`` counts its changes.

    ``used_at``: when it last lay on the reader.
    """

    __tablename__ = "card"
    __table_args__ = (Index("ix_card_person", "person_id", "received_at"),)

    card_id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    image: Mapped[bytes] = mapped_column(SealedBytes())
    version: Mapped[int]
    received_at: Mapped[datetime]
    used_at: Mapped[datetime | None] = mapped_column(index=True)


class RememberedRow(Base):
    """A PIN that the person remembers, in a demonstration only."""

    __tablename__ = "remembered"

    card_id: Mapped[str] = mapped_column(ForeignKey("card.card_id"), primary_key=True)
    which: Mapped[str] = mapped_column(primary_key=True)
    pin: Mapped[str] = mapped_column(Sealed())


class ReadingRow(Base):
    """A request that lies on the reader (JSON, as it was fetched from ``peer``), and its ``answer`` once it is over.

    ``attempt`` numbers the PIN forms: each is taken once.
    """

    __tablename__ = "reading"

    reading_id: Mapped[str] = mapped_column(primary_key=True)
    peer: Mapped[str]
    request: Mapped[str] = mapped_column(Sealed())
    card_id: Mapped[str | None] = mapped_column(ForeignKey("card.card_id"))
    answer: Mapped[str | None] = mapped_column(Sealed())
    attempt: Mapped[int]
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
