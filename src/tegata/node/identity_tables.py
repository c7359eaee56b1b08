"""Who may come in: staff, sessions, OAuth clients, and what was tried. On every actor's database."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from tegata.node.base import NODE_PREFIX
from tegata.node.columns import Sealed
from tegata.node.tables import NodeBase


class StaffRow(NodeBase):
    """A person who works at the actor. ``scope`` narrows what they see, for example to one municipality code."""

    __tablename__ = f"{NODE_PREFIX}staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200))
    roles: Mapped[list[str]] = mapped_column()
    scope: Mapped[str] = mapped_column(String(80), default="")
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column()


class SessionRow(NodeBase):
    """A session of a browser; the table has its token as SHA-256. ``kind`` is ``staff`` or the actor's own."""

    __tablename__ = f"{NODE_PREFIX}web_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(200))
    data: Mapped[str] = mapped_column(Sealed())
    csrf: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column()
    seen_at: Mapped[datetime] = mapped_column()
    ends_at: Mapped[datetime] = mapped_column(index=True)


class AttemptRow(NodeBase):
    """One try at a login. ``subject`` and ``origin`` are keyed hashes: nobody can be read out of them."""

    __tablename__ = f"{NODE_PREFIX}login_attempt"
    __table_args__ = (Index(None, "kind", "subject", "at"), Index(None, "kind", "origin", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(64))
    origin: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(index=True)
    succeeded: Mapped[bool] = mapped_column(default=False)


class OAuthClientRow(NodeBase):
    """An organisation that may call this actor, with its public key and the scopes it was granted."""

    __tablename__ = f"{NODE_PREFIX}oauth_client"

    client_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    public_jwk: Mapped[dict[str, Any]] = mapped_column()
    scopes: Mapped[list[str]] = mapped_column()
    active: Mapped[bool] = mapped_column(default=True)
    registered_at: Mapped[datetime] = mapped_column()


class SeenAssertionRow(NodeBase):
    """A client assertion that was used; it is not taken again before it expires (RFC 7523 section 3, item 7)."""

    __tablename__ = f"{NODE_PREFIX}seen_assertion"

    identifier: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SeenProofRow(NodeBase):
    """A DPoP proof that was used (RFC 9449 section 11.1), where several processes must know of it; SHA-256 of it."""

    __tablename__ = f"{NODE_PREFIX}seen_proof"

    identifier: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
