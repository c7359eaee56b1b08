"""The tables that every actor's database has besides its own."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tegata.node.base import COLUMN_TYPES, metadata_for
from tegata.node.columns import Sealed, SealedBytes

BIG = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers rows by itself only in an INTEGER column


class NodeBase(DeclarativeBase):
    """The base of the node's tables."""

    metadata = metadata_for("node")
    type_annotation_map = COLUMN_TYPES


class OutboxRow(NodeBase):
    """A message to another actor, written in the transaction of the change that causes it.

    ``state`` is waiting, delivered or parked (refused for good). The body is forgotten once it is delivered.
    """

    __tablename__ = "node_outbox"
    __table_args__ = (
        UniqueConstraint("receiver", "key"),
        Index("ix_node_outbox_waiting", "state", "receiver", "number"),
    )

    number: Mapped[int] = mapped_column(BIG, primary_key=True)
    receiver: Mapped[str]
    key: Mapped[str]
    method: Mapped[str]
    path: Mapped[str]
    media_type: Mapped[str]
    scope: Mapped[str]
    label_ja: Mapped[str]
    label_en: Mapped[str]
    step: Mapped[str]
    body: Mapped[bytes | None] = mapped_column(SealedBytes())
    body_hash: Mapped[bytes] = mapped_column(LargeBinary())
    state: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    last_code: Mapped[str | None]


class InboxRow(NodeBase):
    """The answer to a change that arrived, by caller and idempotency key."""

    __tablename__ = "node_inbox"

    caller: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary())
    status: Mapped[int]
    media_type: Mapped[str]
    body: Mapped[bytes] = mapped_column(SealedBytes())
    received_at: Mapped[datetime] = mapped_column(index=True)


class JobRun(NodeBase):
    """One run of a job for one due time. ``state`` is running, done or failed."""

    __tablename__ = "node_job_run"
    __table_args__ = (UniqueConstraint("job", "due_at"),)

    number: Mapped[int] = mapped_column(BIG, primary_key=True)
    job: Mapped[str]
    due_at: Mapped[datetime]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    state: Mapped[str]
    attempts: Mapped[int]
    retry_at: Mapped[datetime | None]
    code: Mapped[str | None]


class AuditRow(NodeBase):
    """An entry of the audit log; ``hash`` covers the entry and the hash before it."""

    __tablename__ = "node_audit"

    number: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    action: Mapped[str]
    subject: Mapped[str | None] = mapped_column(index=True)
    who: Mapped[str]
    items: Mapped[list[str]]
    purpose: Mapped[str]
    basis: Mapped[str]
    to: Mapped[str | None]
    detail: Mapped[dict[str, Any]]
    previous: Mapped[bytes] = mapped_column(LargeBinary())
    hash: Mapped[bytes] = mapped_column(LargeBinary())


class AuditHead(NodeBase):
    """The newest entry's number and hash under a key that is not in the database: shows a cut-off end."""

    __tablename__ = "node_audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BIG)
    hash: Mapped[bytes] = mapped_column(LargeBinary())
    mac: Mapped[bytes] = mapped_column(LargeBinary())


class ValueRow(NodeBase):
    """A small value that the actor keeps by name (a cursor, an ETag, a baseline)."""

    __tablename__ = "node_value"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]


class KeyRow(NodeBase):
    """A private key of the actor as PEM, encrypted at rest."""

    __tablename__ = "node_key"

    name: Mapped[str] = mapped_column(primary_key=True)
    pem: Mapped[str] = mapped_column(Sealed())
    made_at: Mapped[datetime]
