"""What the platform operator keeps: parties, consents without personal data, lists, one numbered log, questions.

Rows are appended and not edited, but for what stands beside them and changes: a party's settings, a stream's choice,
and the newest certificate of a consent (:class:`PointerRow`). No attribute of a person is in any of them.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tegata.node.base import COLUMN_TYPES, metadata_for
from tegata.node.tables import BIG


class Base(DeclarativeBase):
    """The base of the operator's tables."""

    metadata = metadata_for("platform")
    type_annotation_map = COLUMN_TYPES


class RelyingPartyRow(Base):
    """A relying party: the services and items that it may ask consent for, and the actor or URL to push to."""

    __tablename__ = "relying_party"

    relying_party: Mapped[str] = mapped_column(primary_key=True)
    name_ja: Mapped[str]
    name_en: Mapped[str]
    services: Mapped[list[str]]
    items: Mapped[list[str]]
    push_to: Mapped[str]
    active: Mapped[bool]
    registered_at: Mapped[datetime]


class StreamRow(Base):
    """How a relying party wants its events (RFC 8935, RFC 8936). ``pushed_to``: up to where the outbox got them."""

    __tablename__ = "stream"

    relying_party: Mapped[str] = mapped_column(ForeignKey("relying_party.relying_party"), primary_key=True)
    delivery: Mapped[str]
    status: Mapped[str]
    chosen_at: Mapped[datetime]
    pushed_to: Mapped[int] = mapped_column(BIG, default=0)


class ConsentRow(Base):
    """A consent as J-LIS recorded it."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_party", "relying_party", "consent_id"),)

    consent_id: Mapped[str] = mapped_column(primary_key=True)
    relying_party: Mapped[str]
    relying_party_name: Mapped[str]
    service: Mapped[str]
    service_name: Mapped[str]
    items: Mapped[list[str]]
    purpose: Mapped[str]
    reference: Mapped[str]
    channel: Mapped[str]
    given_at: Mapped[datetime]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime]
    learned_at: Mapped[datetime]


class PointerRow(Base):
    """The newest signature certificate that the operator has heard of for a consent."""

    __tablename__ = "pointer"

    consent_id: Mapped[str] = mapped_column(ForeignKey("consent.consent_id"), primary_key=True)
    serial: Mapped[int] = mapped_column(BIG, index=True)
    since: Mapped[datetime]


class ConsentEndRow(Base):
    """A consent was withdrawn or expired."""

    __tablename__ = "consent_end"

    consent_id: Mapped[str] = mapped_column(ForeignKey("consent.consent_id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class CrlRow(Base):
    """A list that was accepted; the newest of a usage is the one in use.

    ``der`` is None where the list, of ``size`` bytes, lies in the node's contents, by its ``sha256``.
    """

    __tablename__ = "crl"

    usage: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    etag: Mapped[str]
    sha256: Mapped[str]
    this_update: Mapped[datetime]
    next_update: Mapped[datetime]
    entries: Mapped[int]
    size: Mapped[int] = mapped_column(BIG)
    skipped: Mapped[int]
    changed: Mapped[int]
    accepted_at: Mapped[datetime]
    der: Mapped[bytes | None] = mapped_column(LargeBinary(), deferred=True)


class CrlAttemptRow(Base):
    """One attempt to fetch a list: ``accepted``, ``not-modified``, or why it was refused."""

    __tablename__ = "crl_attempt"
    __table_args__ = (Index("ix_crl_attempt_usage", "usage", "number"),)

    number: Mapped[int] = mapped_column(BIG, primary_key=True)
    usage: Mapped[str]
    at: Mapped[datetime]
    outcome: Mapped[str]
    detail: Mapped[str]


class ChangeRow(Base):
    """An entry of a relying party's log, numbered from 1 without gaps. ``cause`` tells a repeated one."""

    __tablename__ = "change"
    __table_args__ = (UniqueConstraint("relying_party", "cause"),)

    relying_party: Mapped[str] = mapped_column(ForeignKey("relying_party.relying_party"), primary_key=True)
    number: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    cause: Mapped[str]
    kind: Mapped[str]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    consent_id: Mapped[str] = mapped_column(ForeignKey("consent.consent_id"))
    reference: Mapped[str]
    serial: Mapped[int] = mapped_column(BIG)
    reason: Mapped[str | None]


class AcknowledgementRow(Base):
    """What a relying party said of an event that it got: taken (no ``error``) or refused."""

    __tablename__ = "acknowledgement"

    relying_party: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    error: Mapped[str | None]


class VerificationRow(Base):
    """A verification event that a relying party asked for by poll, until it is acknowledged."""

    __tablename__ = "verification"

    jti: Mapped[str] = mapped_column(primary_key=True)
    relying_party: Mapped[str] = mapped_column(index=True)
    state: Mapped[str]
    asked_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]


class QuestionRow(Base):
    """A question and its outcome: no attribute, only that there was an answer, and what it cost."""

    __tablename__ = "question"
    __table_args__ = (Index("ix_question_party", "relying_party", "asked_at"),)

    query_id: Mapped[str] = mapped_column(primary_key=True)
    relying_party: Mapped[str]
    consent_id: Mapped[str]
    check_method: Mapped[str]
    asked_at: Mapped[datetime]
    outcome: Mapped[str]
    newer: Mapped[bool]
    fee_yen: Mapped[int]
