"""What J-LIS keeps: generations of its authorities, residents, certificates, revocations, CRLs, consents, callers.

Rows are appended and not edited. What changes stands beside: a person's newest event, in :class:`Person`.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tegata.node.base import COLUMN_TYPES, metadata_for
from tegata.node.columns import Sealed, SealedBytes
from tegata.node.tables import BIG


class Base(DeclarativeBase):
    """The base of J-LIS's tables."""

    metadata = metadata_for("jlis")
    type_annotation_map = COLUMN_TYPES


class GenerationRow(Base):
    """One generation of a root; its private key lies in the node's signer store under ``key_name``."""

    __tablename__ = "generation"

    usage: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    certificate: Mapped[bytes] = mapped_column(LargeBinary())
    key_name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]


class ResponderRow(Base):
    """A delegated OCSP responder certificate of one generation."""

    __tablename__ = "responder"
    __table_args__ = (ForeignKeyConstraint(["usage", "generation"], ["generation.usage", "generation.number"]),)

    usage: Mapped[str] = mapped_column(primary_key=True)
    serial: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    generation: Mapped[int]
    certificate: Mapped[bytes] = mapped_column(LargeBinary())
    key_name: Mapped[str] = mapped_column(unique=True)
    not_after: Mapped[datetime]


class Person(Base):
    """A resident under an opaque id; ``sequence`` and ``event`` are those of the newest row of :class:`RegisterRow`.

    ``birth_fingerprint``: of the birth date there, to find a caller by; None until it is made.
    """

    __tablename__ = "person"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    resident_code: Mapped[str] = mapped_column(unique=True)
    sequence: Mapped[int]
    event: Mapped[str]
    municipality_code: Mapped[str]
    birth_fingerprint: Mapped[str | None] = mapped_column(index=True)


class RegisterRow(Base):
    """A resident's state since one event of the register. ``attributes`` are JSON; after the end those that were last.

    ``content_hash`` is of the message, to tell a repeated one from another with the same id.
    """

    __tablename__ = "register"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[str] = mapped_column(unique=True)
    event: Mapped[str]
    municipality_code: Mapped[str]
    effective_on: Mapped[date]
    recorded_at: Mapped[datetime]
    received_at: Mapped[datetime]
    attributes_since: Mapped[datetime]
    attributes: Mapped[str] = mapped_column(Sealed())
    content_hash: Mapped[bytes] = mapped_column(LargeBinary())


class CertificateRow(Base):
    """A certificate as issued. ``replaces`` is the person's certificate before it on the same medium: old → new.

    ``sequence`` is the register's state that it was issued on. ``content_hash`` is of the application. ``card_id`` is
    the card, or the phone, that holds the key, as ``medium`` says; ``model`` is the phone's. ``hangs_on``: for a
    phone's certificate, the serial of the card's signature certificate with which it was applied for, and with which it
    ends; None for a card's.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        ForeignKeyConstraint(["usage", "generation"], ["generation.usage", "generation.number"]),
        UniqueConstraint("usage", "replaces"),
        Index("ix_certificate_municipality", "usage", "municipality_code"),
        Index("ix_certificate_person", "person_id", "usage", "serial"),
        Index("ix_certificate_device", "card_id"),
        Index("ix_certificate_hangs_on", "hangs_on"),
    )

    usage: Mapped[str] = mapped_column(primary_key=True)
    serial: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    generation: Mapped[int]
    application_id: Mapped[str] = mapped_column(unique=True)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary())
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    sequence: Mapped[int]
    municipality_code: Mapped[str]
    card_id: Mapped[str]
    medium: Mapped[str] = mapped_column(server_default="card")
    model: Mapped[str] = mapped_column(server_default="")
    hangs_on: Mapped[int | None] = mapped_column(BIG)
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]
    issued_at: Mapped[datetime]
    replaces: Mapped[int | None] = mapped_column(BIG)
    der: Mapped[bytes] = mapped_column(SealedBytes())


class RevocationRow(Base):
    """An entry of a certificate's record: revoked, held or released (``removeFromCRL``).

    ``cause`` is the event, application, order, call or request behind it.
    """

    __tablename__ = "revocation"
    __table_args__ = (
        ForeignKeyConstraint(["usage", "serial"], ["certificate.usage", "certificate.serial"]),
        Index("ix_revocation_certificate", "usage", "serial"),
    )

    number: Mapped[int] = mapped_column(BIG, primary_key=True)
    usage: Mapped[str]
    serial: Mapped[int] = mapped_column(BIG)
    at: Mapped[datetime]
    reason: Mapped[str]
    cause: Mapped[str] = mapped_column(index=True)


class StandingRow(Base):
    """A certificate that is revoked or held now: what the entries of :class:`RevocationRow` come to, for bulk reading.

    Integers only. ``at`` and ``not_after``: seconds since 1970 in UTC; ``reason``: the CRLReason number; ``partition``:
    the code of the municipality that issued the certificate. Written with the record, and made anew from it by
    :func:`tegata.actors.jlis.service.standing.rebuild`. The key and the index hold the other columns too, so that the
    whole list and the municipalities' lists are each read in their order without a sort.
    """

    __tablename__ = "standing"
    __table_args__ = (
        PrimaryKeyConstraint("usage", "serial", postgresql_include=["at", "reason", "not_after", "generation"]),
        ForeignKeyConstraint(["usage", "serial"], ["certificate.usage", "certificate.serial"]),
        Index("ix_standing_partition", "usage", "partition", "serial", "at", "reason", "not_after"),
        {"sqlite_with_rowid": False},
    )

    usage: Mapped[str]
    serial: Mapped[int] = mapped_column(BIG, autoincrement=False)
    generation: Mapped[int]
    partition: Mapped[int]
    at: Mapped[int] = mapped_column(BIG)
    reason: Mapped[int]
    not_after: Mapped[int] = mapped_column(BIG)


class CrlRow(Base):
    """A CRL of one generation's key for one due time. ``partition``: all, authority, or a municipality code.

    ``der`` is None where the list lies in the node's contents, by its ``sha256``.
    """

    __tablename__ = "crl"
    __table_args__ = (UniqueConstraint("usage", "partition", "generation", "number"),)

    usage: Mapped[str] = mapped_column(primary_key=True)
    partition: Mapped[str] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    due_at: Mapped[datetime] = mapped_column(primary_key=True)
    number: Mapped[int]
    this_update: Mapped[datetime]
    next_update: Mapped[datetime]
    entries: Mapped[int]
    size: Mapped[int]
    sha256: Mapped[str]
    der: Mapped[bytes | None] = mapped_column(LargeBinary(), deferred=True)


class RelyingPartyRow(Base):
    """A relying party and the operator that may ask in its name."""

    __tablename__ = "relying_party"

    relying_party: Mapped[str] = mapped_column(primary_key=True)
    operator: Mapped[str]
    name_ja: Mapped[str]
    name_en: Mapped[str]
    registered_at: Mapped[datetime]


class ConsentRow(Base):
    """A consent as given. ``document`` is the signed statement, the proof; ``replaces`` the service's one before."""

    __tablename__ = "consent"
    __table_args__ = (
        UniqueConstraint("relying_party", "statement_id"),
        Index("ix_consent_service", "person_id", "relying_party", "service"),
    )

    consent_id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    relying_party: Mapped[str]
    relying_party_name: Mapped[str]
    service: Mapped[str]
    service_name: Mapped[str]
    items: Mapped[list[str]]
    purpose: Mapped[str]
    reference: Mapped[str]
    channel: Mapped[str]
    statement_id: Mapped[str]
    document: Mapped[str] = mapped_column(Sealed())
    given_at: Mapped[datetime]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime] = mapped_column(index=True)
    serial: Mapped[int] = mapped_column(BIG)
    replaces: Mapped[str | None] = mapped_column(ForeignKey("consent.consent_id"), unique=True)


class ConsentEventRow(Base):
    """An entry of the consent feed, numbered without gaps; ``document`` is the signed withdrawal."""

    __tablename__ = "consent_event"
    __table_args__ = (UniqueConstraint("consent_id", "kind"),)

    number: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    consent_id: Mapped[str] = mapped_column(ForeignKey("consent.consent_id"))
    kind: Mapped[str]
    at: Mapped[datetime]
    document: Mapped[str | None] = mapped_column(Sealed())


class HandleRow(Base):
    """The pairwise handle of a person for one portal: it outlives reissues and tells nothing to another portal."""

    __tablename__ = "handle"

    client_id: Mapped[str] = mapped_column(primary_key=True)
    sub: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"))


class PhoneStatementRow(Base):
    """A phone's application or order that was carried out, by its own id. ``document_hash`` is of the signed document;
    ``answer`` is JSON, given again to whoever sends the same document again.
    """

    __tablename__ = "phone_statement"

    kind: Mapped[str] = mapped_column(primary_key=True)
    statement_id: Mapped[str] = mapped_column(primary_key=True)
    document_hash: Mapped[bytes] = mapped_column(LargeBinary(), unique=True)
    phone_id: Mapped[str]
    person_id: Mapped[str] = mapped_column(ForeignKey("person.person_id"))
    at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(Sealed())


class CallerAttemptRow(Base):
    """That a call centre asked who a caller is. ``person_id``: whom all answers fitted; None where they did not.

    The answers themselves are not kept.
    """

    __tablename__ = "caller_attempt"
    __table_args__ = (
        Index("ix_caller_attempt_call", "client_id", "call_id"),
        Index("ix_caller_attempt_at", "client_id", "at"),
    )

    number: Mapped[int] = mapped_column(BIG, primary_key=True)
    client_id: Mapped[str]
    call_id: Mapped[str]
    at: Mapped[datetime]
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.person_id"))
