"""Sessions in the actor's database: the cookie holds a random token, the table its SHA-256.

Used for staff and for whoever else logs in at an actor (``kind``). A session ends after a time without use and after a
time in all, both by the network's clock.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import delete

from tegata.node.identity_tables import SessionRow, StaffRow
from tegata.node.staff import Staff, staff_of

if TYPE_CHECKING:
    from tegata.node.database import Transaction
    from tegata.node.node import Node

SEEN_STEP = timedelta(minutes=1)


class WebSession(msgspec.Struct, frozen=True, kw_only=True):
    """An open session. ``staff`` is set for ``kind == "staff"``; ``data`` is what the actor keeps with its own kind."""

    token_hash: str
    kind: str
    subject: str
    csrf: str
    data: dict[str, Any] = {}
    staff: Staff | None = None
    name: str = ""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def start_session(
    tx: "Transaction", node: "Node", *, kind: str, subject: str, name: str = "", data: dict[str, Any] | None = None
) -> str:
    """A new session and its token, which goes into the cookie and nowhere else."""
    token = secrets.token_urlsafe(32)
    tx.session.execute(delete(SessionRow).where(SessionRow.ends_at < tx.now))
    tx.session.add(
        SessionRow(
            token_hash=_hash(token),
            kind=kind,
            subject=subject,
            data=msgspec.json.encode({"name": name, "data": data or {}}).decode(),
            csrf=secrets.token_urlsafe(32),
            started_at=tx.now,
            seen_at=tx.now,
            ends_at=tx.now + node.settings.web.session_longest,
        )
    )
    return token


def end_session(tx: "Transaction", token_hash: str) -> None:
    """End a session; nothing happens where there is none."""
    tx.session.execute(delete(SessionRow).where(SessionRow.token_hash == token_hash))


def end_sessions_of(tx: "Transaction", kind: str, subject: str) -> None:
    """End every session of one person, as after a change of password."""
    tx.session.execute(delete(SessionRow).where(SessionRow.kind == kind, SessionRow.subject == subject))


def find_session(node: "Node", token: str) -> WebSession | None:
    """The session of a cookie, or None where it is unknown, over, or its person may no longer come in."""
    now, token_hash = node.clock.now(), _hash(token)
    with node.database.read() as session:
        row = session.get(SessionRow, token_hash)
        if row is None or not _is_open(row, now, node.settings.web.session_idle):
            return None
        staff = None
        if row.kind == "staff":
            staff_row = session.get(StaffRow, int(row.subject))
            if staff_row is None or not staff_row.active:
                return None
            staff = staff_of(staff_row)
        kept = msgspec.json.decode(row.data)
        found = WebSession(
            token_hash=token_hash, kind=row.kind, subject=row.subject, csrf=row.csrf, data=kept["data"], staff=staff,
            name=staff.name if staff else kept["name"],
        )  # fmt: skip
        stale = now - row.seen_at >= SEEN_STEP
    if stale:
        _touch(node, token_hash)
    return found


def _is_open(row: SessionRow, now: datetime, idle: timedelta) -> bool:
    return row.started_at <= now < row.ends_at and now - row.seen_at < idle


def _touch(node: "Node", token_hash: str) -> None:
    with node.database.begin() as tx:
        row = tx.session.get(SessionRow, token_hash)
        if row is not None:
            row.seen_at = tx.now
