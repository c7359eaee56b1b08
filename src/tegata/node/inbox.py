"""Changes that arrive twice are done once: the answer is kept by caller and Idempotency-Key, with the change itself.

The serving side wraps its handler::

    answer = inbox.once(
        node.database, caller="bank", key=key, request_hash=inbox.request_hash(method, path, body),
        work=lambda: inbox.Answer(201, "application/json", encoded),
    )

``work`` runs in the calling thread and does the change with ``node.database.begin()`` as ever. The commit waits for the
answer, so that a process that is killed in between has done nothing, and the caller's repetition does it; several
transactions and reads of one piece of work become one. Only a call of another actor commits what was done so far: work
that goes on after such a call has to bear being repeated. A refusal (``Refused``, or an answer of 400 and more) is not
kept: what is refused now may be right later. Any other exception undoes what waits.
"""

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import delete
from sqlalchemy.orm import Session

from tegata.node.tables import InboxRow
from tegata.wire.problems import KEY_REUSED, Refused

if TYPE_CHECKING:
    from tegata.node.database import Database

KEPT_FOR = timedelta(days=60)
"""How long an answer is kept; senders give up long before."""


class Answer(msgspec.Struct, frozen=True):
    """What was answered; ``replayed`` where the change had been done before."""

    status: int
    media_type: str
    body: bytes
    replayed: bool = False


class AnsweredMeanwhile(Exception):
    """The same change was answered by another process while this one worked on it."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("answered meanwhile")
        self.answer = answer


def request_hash(*parts: str | bytes) -> bytes:
    """SHA-256 over the parts of a request that must not differ under one key; the parts can not run together."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8) + data)
    return digest.digest()


class Receipt:
    """A change that is being worked on. ``held`` is the session whose commit waits; ``sends`` whether messages wait."""

    def __init__(self, database: "Database", caller: str, key: str, hashed: bytes) -> None:
        self.database = database
        self.held: Session | None = None
        self.sends = False
        self._caller, self._key, self._hash = caller, key, hashed

    def stored(self, session: Session) -> Answer | None:
        """The answer given before. Raises ``Refused`` (idempotency-key-reused) where the content was another."""
        row = session.get(InboxRow, (self._caller, self._key))
        if row is None:
            return None
        if row.request_hash != self._hash:
            raise Refused(KEY_REUSED)
        return Answer(row.status, row.media_type, row.body, replayed=True)

    def claim(self, session: Session) -> None:
        """Take over a transaction that has just begun. Raises :class:`AnsweredMeanwhile`."""
        answer = self.stored(session)
        if answer is not None:
            raise AnsweredMeanwhile(answer)
        self.held = session

    @contextmanager
    def part(self) -> Iterator[None]:
        """One transaction of the work: undone by itself if it raises."""
        assert self.held is not None
        savepoint = self.held.begin_nested()
        try:
            yield
            savepoint.commit()
        except BaseException:
            savepoint.rollback()
            raise

    def settle(self) -> None:
        """Commit what is held, without an answer."""
        session, self.held = self.held, None
        if session is not None:
            with session:
                session.commit()
            sends, self.sends = self.sends, False
            self.database.committed(sends=sends)

    def discard(self) -> None:
        """Undo what is held."""
        session, self.held, self.sends = self.held, None, False
        if session is not None:
            session.close()

    def keep(self, answer: Answer) -> None:
        """Commit what was done together with the answer."""
        with self.database.begin() as transaction:
            transaction.session.add(
                InboxRow(
                    caller=self._caller, key=self._key, request_hash=self._hash, status=answer.status,
                    media_type=answer.media_type, body=answer.body, received_at=transaction.now,
                )
            )  # fmt: skip
        self.settle()


class Turns:
    """Lets the same change that arrives twice at once be worked on one after the other."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[tuple[str, str], tuple[threading.Lock, int]] = {}

    @contextmanager
    def turn(self, caller: str, key: str) -> Iterator[None]:
        """Wait until nobody else works on this key."""
        name = (caller, key)
        with self._guard:
            lock, users = self._locks.get(name, (threading.Lock(), 0))
            self._locks[name] = (lock, users + 1)
        try:
            with lock:
                yield
        finally:
            with self._guard:
                lock, users = self._locks[name]
                if users == 1:
                    del self._locks[name]
                else:
                    self._locks[name] = (lock, users - 1)


_current: ContextVar[Receipt | None] = ContextVar("receipt", default=None)


def current(database: "Database") -> Receipt | None:
    """The change that is being worked on in a database, if one is."""
    receipt = _current.get()
    return receipt if receipt is not None and receipt.database is database else None


def settle() -> None:
    """Commit what is held for an answer: another actor is about to be called."""
    receipt = _current.get()
    if receipt is not None:
        receipt.settle()


def once(
    database: "Database",
    *,
    caller: str,
    key: str,
    request_hash: bytes,
    work: Callable[[], Answer],
) -> Answer:
    """The answer of ``work``, or the one given when the same request came before (then ``replayed``).

    Raises ``Refused`` (idempotency-key-reused) for another request under the same key, and whatever ``work`` raises.
    """
    receipt = Receipt(database, caller, key, request_hash)
    with database.turns.turn(caller, key):
        with database.read() as session:
            stored = receipt.stored(session)
        return stored or _do(receipt, work)


def _do(receipt: Receipt, work: Callable[[], Answer]) -> Answer:
    mark = _current.set(receipt)
    try:
        answer = work()
        if answer.status < 400:
            receipt.keep(answer)
        else:
            receipt.settle()
    except AnsweredMeanwhile as earlier:
        return earlier.answer
    except Refused:
        receipt.settle()
        raise
    else:
        return answer
    finally:
        receipt.discard()
        _current.reset(mark)


def forget(database: "Database", now: datetime) -> int:
    """Remove answers older than :data:`KEPT_FOR`; returns how many."""
    with database.begin() as transaction:
        result = transaction.session.execute(delete(InboxRow).where(InboxRow.received_at < now - KEPT_FOR))
        return int(getattr(result, "rowcount", 0))
