"""The audit log: who did what with whose data, by which right. Append-only, and every change of it shows.

Each entry holds the hash of the one before it (SHA-256 over that hash and the entry as canonical JSON), so an entry
that was altered, left out or moved breaks the chain there. The newest number and hash are also kept under a key that
is not in the database, so that a chain that was cut off, or made anew, shows as well. Whoever puts back a whole older
copy of the database is found by comparing with a head noted elsewhere (``verify(…, noted=…)``).
"""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from tegata.node.tables import AuditHead, AuditRow

if TYPE_CHECKING:
    from tegata.node.database import Database

BEGINNING = bytes(32)
_HEAD_ID = 1
_BATCH = 1000


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What was done: ``who`` did ``action`` with the ``items`` of ``subject``, for ``purpose``, on ``basis``.

    ``subject`` is the actor's own id of a person, or None where no person is concerned; ``to`` is who got the items.
    ``detail`` holds numbers and codes, no personal data.
    """

    at: datetime
    action: str
    subject: str | None
    who: str
    items: list[str] = []
    purpose: str = ""
    basis: str = ""
    to: str | None = None
    detail: dict[str, Any] = {}


class Numbered(msgspec.Struct, frozen=True, kw_only=True):
    """An entry with its place in the log."""

    number: int
    entry: Entry


class Head(msgspec.Struct, frozen=True):
    """The newest entry's number (0: none) and hash."""

    number: int
    hash: bytes


FaultKind = Literal["changed", "missing", "cut-off", "head-forged", "not-the-noted-log"]


class Fault(msgspec.Struct, frozen=True):
    """Where the log is not as it was written."""

    number: int
    kind: FaultKind


class AuditReport(msgspec.Struct, frozen=True):
    """The outcome of :func:`verify`; ``faults`` holds the first one found."""

    entries: int
    head: Head
    faults: list[Fault]

    @property
    def ok(self) -> bool:
        """Whether the log is as it was written."""
        return not self.faults


class Chain:
    """The entries of one transaction, and the end of the log that they are put after when it ends.

    The writes of an actor are serial, so nobody else appends meanwhile.
    """

    def __init__(self, session: Session, key: bytes) -> None:
        self._session, self._key = session, key
        self._entries: list[Entry] = []

    def append(self, entry: Entry) -> None:
        """Note an entry."""
        self._entries.append(entry)

    def write(self) -> None:
        """Put the entries at the end of the log, all at once: a load of thousands of people is one statement."""
        if not self._entries:
            return
        head = self._load()
        number, newest, rows = head.number, head.hash, []
        for entry in self._entries:
            number, previous = number + 1, newest
            newest = entry_hash(number, entry, previous)
            rows.append({"number": number, "previous": previous, "hash": newest, **msgspec.structs.asdict(entry)})
        self._session.execute(insert(AuditRow), rows)
        head.number, head.hash, head.mac = number, newest, head_mac(self._key, number, newest)

    def _load(self) -> AuditHead:
        head = self._session.get(AuditHead, _HEAD_ID)
        if head is None:
            head = AuditHead(id=_HEAD_ID, number=0, hash=BEGINNING, mac=head_mac(self._key, 0, BEGINNING))
            self._session.add(head)
        return head


def entry_hash(number: int, entry: Entry, previous: bytes) -> bytes:
    """SHA-256 over the previous hash and the numbered entry as JSON with sorted keys, times in UTC."""
    tree = msgspec.structs.replace(entry, at=entry.at.astimezone(UTC))
    canonical = msgspec.json.encode(Numbered(number=number, entry=tree), order="sorted")
    return hashlib.sha256(previous + canonical).digest()


def head_mac(key: bytes, number: int, newest: bytes) -> bytes:
    """HMAC-SHA-256 of the newest number and hash."""
    return hmac.new(key, number.to_bytes(8) + newest, hashlib.sha256).digest()


def verify(database: "Database", *, noted: Head | None = None) -> AuditReport:
    """Go through the whole log. ``noted`` is a head seen before, which must still be in it."""
    with database.read() as session:
        reached, faults = _follow(session, noted)
        faults = faults or _check_head(session.get(AuditHead, _HEAD_ID), reached, database.audit_key)
        if noted is not None and not faults and noted.number > reached.number:
            faults = [Fault(noted.number, "not-the-noted-log")]
    return AuditReport(reached.number, reached, faults)


def _follow(session: Session, noted: Head | None) -> tuple[Head, list[Fault]]:
    head = Head(0, BEGINNING)
    for row in _rows(session):
        if row.number != head.number + 1:
            return head, [Fault(head.number + 1, "missing")]
        if row.previous != head.hash or row.hash != entry_hash(row.number, entry_of(row), head.hash):
            return head, [Fault(row.number, "changed")]
        head = Head(row.number, row.hash)
        if noted is not None and noted.number == row.number and noted.hash != row.hash:
            return head, [Fault(row.number, "not-the-noted-log")]
    return head, []


def _check_head(kept: AuditHead | None, reached: Head, key: bytes) -> list[Fault]:
    if kept is None:
        return [Fault(reached.number, "head-forged")] if reached.number else []
    if not hmac.compare_digest(kept.mac, head_mac(key, kept.number, kept.hash)):
        return [Fault(kept.number, "head-forged")]
    if kept.number > reached.number:
        return [Fault(reached.number + 1, "cut-off")]
    return [] if (kept.number, kept.hash) == (reached.number, reached.hash) else [Fault(kept.number, "head-forged")]


def _rows(session: Session) -> Iterator[AuditRow]:
    after = None
    while True:
        query = select(AuditRow).order_by(AuditRow.number).limit(_BATCH)
        batch = session.scalars(query if after is None else query.where(AuditRow.number > after)).all()
        yield from batch
        if len(batch) < _BATCH:
            return
        after = batch[-1].number
        session.expunge_all()


def entry_of(row: AuditRow) -> Entry:
    """The entry that a row holds."""
    return Entry(**{name: getattr(row, name) for name in Entry.__struct_fields__})


def entries_for(database: "Database", subject: str, *, limit: int = 200) -> list[Numbered]:
    """What was done with one person's data, newest first."""
    newest = select(AuditRow).where(AuditRow.subject == subject).order_by(AuditRow.number.desc()).limit(limit)
    with database.read() as session:
        return [Numbered(number=row.number, entry=entry_of(row)) for row in session.scalars(newest)]
