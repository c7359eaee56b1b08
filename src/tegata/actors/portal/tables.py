"""What the portal keeps: letters, uses of the card, reminders, and logins to services. No four attributes at rest,
but for the minute between a person's agreement and the service that fetches them (sealed).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tegata.node.base import COLUMN_TYPES, metadata_for
from tegata.node.columns import Sealed
from tegata.node.tables import BIG


class Base(DeclarativeBase):
    """The base of the portal's tables."""

    metadata = metadata_for("portal")
    type_annotation_map = COLUMN_TYPES


class InvitationRow(Base):
    """A letter that a relying party announced; who got it is not known here."""

    __tablename__ = "invitation"

    code: Mapped[str] = mapped_column(primary_key=True)
    relying_party: Mapped[str]
    reference: Mapped[str]
    service: Mapped[str]
    service_name: Mapped[str]
    relying_party_name: Mapped[str]
    items: Mapped[list[str]]
    purpose: Mapped[str]
    contact: Mapped[str]
    expires_at: Mapped[datetime]
    received_at: Mapped[datetime]


class InvitationUseRow(Base):
    """The consent that was given by a letter."""

    __tablename__ = "invitation_use"

    code: Mapped[str] = mapped_column(ForeignKey("invitation.code"), primary_key=True)
    consent_id: Mapped[str]
    at: Mapped[datetime]


class CardRequestRow(Base):
    """Something that a card is asked to sign, and what came of it.

    ``browser`` is a keyed digest of the browser that began it; ``sub`` the person who was logged in. ``shown`` is what
    the reader shows, ``context`` what goes on afterwards. ``document`` is kept until it is passed on, not longer: the
    signature certificate in it holds the four attributes. ``outcome`` is ``done`` or the code of a refusal.
    """

    __tablename__ = "card_request"

    request_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    usage: Mapped[str]
    browser: Mapped[str]
    sub: Mapped[str | None]
    shown: Mapped[dict[str, Any]]
    payload: Mapped[bytes] = mapped_column(LargeBinary())
    context: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    returned_at: Mapped[datetime | None]
    document: Mapped[str | None] = mapped_column(Sealed())
    error: Mapped[str | None]
    closed_at: Mapped[datetime | None] = mapped_column(index=True)
    outcome: Mapped[str | None]
    consent_id: Mapped[str | None]


class PersonRow(Base):
    """Somebody who has logged in, by J-LIS's handle. ``look_at``: when their consents are looked at for reminders."""

    __tablename__ = "person"

    sub: Mapped[str] = mapped_column(primary_key=True)
    first_login_at: Mapped[datetime]
    last_login_at: Mapped[datetime]
    look_at: Mapped[datetime] = mapped_column(index=True)


class ReminderRow(Base):
    """A reminder that was made, with what it was about."""

    __tablename__ = "reminder"

    number: Mapped[int] = mapped_column(primary_key=True)
    sub: Mapped[str] = mapped_column(ForeignKey("person.sub"), index=True)
    consent_id: Mapped[str]
    kind: Mapped[str]
    relying_party_name: Mapped[str]
    service_name: Mapped[str]
    valid_until: Mapped[datetime]
    at: Mapped[datetime]


class ClientRow(Base):
    """A service that lets people log in here. ``secret`` is a keyed digest; it or ``public_jwk`` is set, not both."""

    __tablename__ = "login_service"

    client_id: Mapped[str] = mapped_column(primary_key=True)
    name_ja: Mapped[str]
    name_en: Mapped[str]
    redirect_uris: Mapped[list[str]]
    scopes: Mapped[list[str]]
    secret: Mapped[str | None]
    public_jwk: Mapped[dict[str, Any] | None]
    registered_at: Mapped[datetime]


class AuthorizationRow(Base):
    """A service's request for a login, while the person logs in and decides.

    ``session`` is the hash of the session that stood when it came, to tell a fresh login from an old one.
    """

    __tablename__ = "login_request"

    authorization_id: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("login_service.client_id"))
    request: Mapped[dict[str, Any]]
    session: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    closed_at: Mapped[datetime | None]


class GrantRow(Base):
    """An authorization code and what it stands for, by the SHA-256 of the code.

    ``claims`` are the attributes that the person agreed to give, as JSON; they are gone once the token is fetched or
    the code has expired.
    """

    __tablename__ = "login_grant"

    code_hash: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("login_service.client_id"))
    sub: Mapped[str]
    redirect_uri: Mapped[str]
    scopes: Mapped[list[str]]
    nonce: Mapped[str | None]
    code_challenge: Mapped[str]
    authenticated_at: Mapped[datetime]
    claims: Mapped[str | None] = mapped_column(Sealed())
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class CertificateLoginRow(Base):
    """A login by TLS client certificate, from the portal's page over the front and back.

    ``browser`` is a keyed digest of the browser that began it, ``ticket`` the SHA-256 of what the front's answer gave
    to the browser that presented the certificate: a session is opened only where both are the same. ``outcome`` is
    ``done`` or the code of a refusal; ``certificate`` (DER) is gone once the session is open.
    """

    __tablename__ = "certificate_login"

    login_id: Mapped[str] = mapped_column(primary_key=True)
    browser: Mapped[str]
    target: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    presented_at: Mapped[datetime | None]
    ticket: Mapped[str | None]
    sub: Mapped[str | None]
    serial: Mapped[int | None] = mapped_column(BIG)
    certificate: Mapped[bytes | None] = mapped_column(LargeBinary())
    outcome: Mapped[str | None]
    used_at: Mapped[datetime | None]
