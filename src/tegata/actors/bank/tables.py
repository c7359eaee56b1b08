"""What the bank keeps: customers with every version of their record, consents, what it was told, and cases.

Rows are appended and not edited. What changes stands beside: the newest version in :class:`CustomerRow`, the newest
certificate of a consent in :class:`PointerRow`, and the state of a :class:`CaseRow`, whose history is
:class:`CaseEventRow`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tegata.node.base import COLUMN_TYPES, metadata_for
from tegata.node.columns import Sealed, SealedBytes
from tegata.node.tables import BIG


class Base(DeclarativeBase):
    """The base of the bank's tables."""

    metadata = metadata_for("bank")
    type_annotation_map = COLUMN_TYPES


class CustomerRow(Base):
    """A customer and the newest version of the record.

    ``reference`` is the opaque handle by which others know the customer; ``search`` the name and kana in the form for
    comparing; ``import_hash`` of the row that a file brought last, by which a file read twice changes nothing.
    """

    __tablename__ = "customer"

    number: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kana: Mapped[str]
    postal_code: Mapped[str]
    address: Mapped[str]
    birth_date: Mapped[str]
    gender: Mapped[str]
    search: Mapped[str]
    version: Mapped[int]
    since: Mapped[datetime]
    import_hash: Mapped[bytes] = mapped_column(LargeBinary())


class RecordRow(Base):
    """One version of a customer's record: what it said from ``at`` on, and what brought it.

    ``source``: import, register (an answer of the four-information service), certificate (seen at a consent).
    ``changed``: the fields that differ from the version before; ``basis``: the consent.
    """

    __tablename__ = "record"
    __table_args__ = (Index("ix_record_at", "at"),)

    customer_number: Mapped[str] = mapped_column(ForeignKey("customer.number"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    kana: Mapped[str]
    postal_code: Mapped[str]
    address: Mapped[str]
    birth_date: Mapped[str]
    gender: Mapped[str]
    at: Mapped[datetime]
    source: Mapped[str]
    changed: Mapped[list[str]]
    basis: Mapped[str]
    who: Mapped[str]
    case_id: Mapped[int | None] = mapped_column(BIG, ForeignKey("case.case_id"), index=True)


class ImportRow(Base):
    """A file that was read. ``state``: running, done, stopped (the process ended before it did)."""

    __tablename__ = "import"

    import_id: Mapped[int] = mapped_column(BIG, primary_key=True)
    file_name: Mapped[str]
    who: Mapped[str]
    state: Mapped[str]
    encoding: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    rows: Mapped[int]
    added: Mapped[int]
    changed: Mapped[int]
    unchanged: Mapped[int]
    refused: Mapped[int]
    share: Mapped[int]
    code: Mapped[str | None]


class ImportFaultRow(Base):
    """A row of a file that was not taken: its line, the column and the reason. Not its content."""

    __tablename__ = "import_fault"

    import_id: Mapped[int] = mapped_column(BIG, ForeignKey("import.import_id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    column: Mapped[str]
    code: Mapped[str]


class ConsentRow(Base):
    """A consent of a customer. What only the operator's list tells (term, items) may come later.

    ``identity``: known (the certificate or an answer showed the customer, or a person decided so), unseen (not yet),
    held (a person must decide), rejected (it is another person's).
    """

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_customer", "customer_number"), Index("ix_consent_reference", "reference"))

    consent_id: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str]
    customer_number: Mapped[str | None] = mapped_column(ForeignKey("customer.number"))
    identity: Mapped[str]
    given_at: Mapped[datetime]
    learned_at: Mapped[datetime]
    channel: Mapped[str | None]
    service: Mapped[str | None]
    purpose: Mapped[str | None]
    items: Mapped[list[str] | None]
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]


class ConsentEndRow(Base):
    """A consent was withdrawn, or its term is over."""

    __tablename__ = "consent_end"

    consent_id: Mapped[str] = mapped_column(ForeignKey("consent.consent_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    learned_at: Mapped[datetime]


class PointerRow(Base):
    """The newest signature certificate that the bank has heard of for a consent."""

    __tablename__ = "pointer"

    consent_id: Mapped[str] = mapped_column(ForeignKey("consent.consent_id"), primary_key=True)
    serial: Mapped[int] = mapped_column(BIG, index=True)
    since: Mapped[datetime]


class NoticeRow(Base):
    """An entry of the operator's log as it was learned; ``via``: push, poll or feed. Applied once all before it are."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_open", "applied_at", "number"),)

    number: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    kind: Mapped[str]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    consent_id: Mapped[str]
    reference: Mapped[str]
    serial: Mapped[int] = mapped_column(BIG)
    reason: Mapped[str | None]
    via: Mapped[str]
    learned_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]


class CaseRow(Base):
    """Something about a customer that is asked, decided, done.

    ``cause`` tells a repeated one. ``trigger``: revoked, first, manual, signature. ``state``: asking, waiting, review,
    refused, customer (asked by the bank), closed. ``told`` is what was learned and not decided yet, then forgotten.
    ``changed_at``: since when the register says so.
    """

    __tablename__ = "case"
    __table_args__ = (
        Index("ix_case_state", "state", "ask_at"),
        Index("ix_case_customer", "customer_number"),
        Index("ix_case_closed", "closed_at"),
    )

    case_id: Mapped[int] = mapped_column(BIG, primary_key=True)
    cause: Mapped[str] = mapped_column(unique=True)
    trigger: Mapped[str]
    consent_id: Mapped[str] = mapped_column(ForeignKey("consent.consent_id"), index=True)
    customer_number: Mapped[str] = mapped_column(ForeignKey("customer.number"))
    serial: Mapped[int] = mapped_column(BIG)
    reason: Mapped[str | None]
    revoked_at: Mapped[datetime | None]
    via: Mapped[str]
    opened_at: Mapped[datetime]
    state: Mapped[str]
    ask_at: Mapped[datetime | None]
    attempts: Mapped[int]
    code: Mapped[str | None]
    told: Mapped[bytes | None] = mapped_column(SealedBytes())
    reasons: Mapped[list[str]]
    changed_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None]


class CaseEventRow(Base):
    """What happened in a case; ``detail`` holds codes and numbers, nothing personal."""

    __tablename__ = "case_event"

    number: Mapped[int] = mapped_column(BIG, primary_key=True)
    case_id: Mapped[int] = mapped_column(BIG, ForeignKey("case.case_id"), index=True)
    at: Mapped[datetime]
    what: Mapped[str]
    who: Mapped[str]
    detail: Mapped[dict[str, Any]]


class ConsentLinkRow(Base):
    """The way of one customer to the consent screen, found by the hash of its token."""

    __tablename__ = "consent_link"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    customer_number: Mapped[str] = mapped_column(ForeignKey("customer.number"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class CardRequestRow(Base):
    """Something a card is asked to sign. ``state``: open, passing (signed, on its way), given, refused.

    ``document`` is the signed statement, forgotten as soon as the operator has it: the certificate is not kept.
    """

    __tablename__ = "card_request"
    __table_args__ = (Index("ix_card_request_state", "state"),)

    request_id: Mapped[str] = mapped_column(primary_key=True)
    link: Mapped[str] = mapped_column(ForeignKey("consent_link.token_hash"))
    customer_number: Mapped[str] = mapped_column(ForeignKey("customer.number"))
    statement_id: Mapped[str] = mapped_column(unique=True)
    payload: Mapped[bytes] = mapped_column(SealedBytes())
    browser: Mapped[str]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[str]
    document: Mapped[str | None] = mapped_column(Sealed())
    code: Mapped[str | None]
    consent_id: Mapped[str | None]


class CampaignRow(Base):
    """Letters that ask for consent (FI-10). ``url``: what a QR code holds before its code; None until the portal knows.

    ``state``: preparing, offered.
    """

    __tablename__ = "campaign"

    campaign_id: Mapped[int] = mapped_column(BIG, primary_key=True)
    title: Mapped[str]
    who: Mapped[str]
    items: Mapped[list[str]]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[str]
    url: Mapped[str | None]
    printed_at: Mapped[datetime | None]


class InvitationRow(Base):
    """One letter of a campaign."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("campaign_id", "customer_number"),)

    campaign_id: Mapped[int] = mapped_column(BIG, ForeignKey("campaign.campaign_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    customer_number: Mapped[str] = mapped_column(ForeignKey("customer.number"), index=True)
    code: Mapped[str] = mapped_column(Sealed())
