"""Messages that a change causes: written with it, delivered at least once, in order for each receiver.

A receiver that does not answer is tried again, at growing distances by the network's clock, and what comes after waits:
news must not overtake one another. A refusal that trying again can not heal parks the message, where the monitor shows
it and a person can send it again; what comes after goes on.

Of several processes one at a time delivers to a receiver. Where that one is killed before it has noted the answer, the
next sends the same message again, under the same key. Order does not depend on the lock: whoever sends a message has
seen that those before it are not waiting any more, and notes only what nobody has noted before.
"""

import hashlib
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tegata.node.boundary import leave_transaction
from tegata.node.locks import Hold
from tegata.node.messages import Outgoing
from tegata.node.tables import OutboxRow
from tegata.wire.problems import Refused
from tegata.wire.text import Text

if TYPE_CHECKING:
    from tegata.node.node import Node

FIRST_DELAY = timedelta(seconds=10)
LONGEST_DELAY = timedelta(hours=1)
TRY_AGAIN = frozenset({401, 408, 425, 429})
"""Answers below 500 that are tried again: a token that ran out, too early, too much at once."""
POLL_SECONDS = 1.0

Fate = Literal["delivered", "parked", "waiting"]
Noted = Fate | Literal["elsewhere"]
"""What became of a message here; ``elsewhere`` where another process has noted what became of it."""


class OutboxCount(msgspec.Struct, frozen=True):
    """How many messages to a receiver stand where; ``oldest`` is when the first waiting one was written."""

    receiver: str
    state: str
    messages: int
    oldest: datetime


def delay(attempts: int) -> timedelta:
    """How long after the n-th failed attempt the next one is due: 10 s, doubled each time, at most an hour."""
    return min(FIRST_DELAY * int(2 ** min(attempts - 1, 20)), LONGEST_DELAY)


def fate_of(refused: Refused) -> Fate:
    """What becomes of a message that was refused."""
    status = refused.type.status
    return "waiting" if status >= 500 or status in TRY_AGAIN else "parked"


def enqueue(session: Session, now: datetime, message: Outgoing) -> None:
    """Write a message into the outbox. The same key to the same receiver again: nothing, or ``ValueError`` for another
    message.
    """
    hashed = hashlib.sha256(message.method.encode() + message.path.encode() + message.content).digest()
    same = select(OutboxRow.body_hash).where(OutboxRow.receiver == message.to, OutboxRow.key == message.key)
    earlier = session.execute(same).scalar_one_or_none()
    if earlier is not None:
        if earlier != hashed:
            raise ValueError(f"another message was sent to {message.to} under the key {message.key}")
        return
    session.add(
        OutboxRow(
            receiver=message.to, key=message.key, method=message.method, path=message.path,
            media_type=message.media_type, scope=message.scope, label_ja=message.label.ja, label_en=message.label.en,
            step=message.step, body=message.content, body_hash=hashed, state="waiting", attempts=0, created_at=now,
            due_at=now,
        )
    )  # fmt: skip


def _message(row: OutboxRow) -> Outgoing:
    return Outgoing(
        to=row.receiver, key=row.key, method=row.method, path=row.path, content=row.body or b"",
        media_type=row.media_type, scope=row.scope, label=Text(row.label_ja, row.label_en), step=row.step,
    )  # fmt: skip


class Dispatcher:
    """Delivers the outbox of one actor."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        node.database.after_send.append(self._wake.set)

    def run_once(self, *, to: str | None = None) -> int:
        """Deliver what is due now (to one receiver only, if named); returns how many messages were delivered.

        Waits for what another process delivers just now. Raises ``RuntimeError`` inside a transaction.
        """
        return self._round([to] if to is not None else None, wait=True)

    def _round(self, to: list[str] | None, *, wait: bool) -> int:
        leave_transaction()
        with self._lock:
            return sum(self._deliver_to(receiver, wait) for receiver in to or self._receivers())

    def next_due(self) -> datetime | None:
        """When the next message is due; None where none waits."""
        heads = select(func.min(OutboxRow.number)).where(OutboxRow.state == "waiting").group_by(OutboxRow.receiver)
        with self._node.database.read() as session:
            return session.execute(
                select(OutboxRow.due_at).where(OutboxRow.number.in_(heads)).order_by(OutboxRow.due_at).limit(1)
            ).scalar_one_or_none()

    def counts(self) -> list[OutboxCount]:
        """What waits and what is parked, for the monitor."""
        query = (
            select(OutboxRow.receiver, OutboxRow.state, func.count(), func.min(OutboxRow.created_at))
            .where(OutboxRow.state != "delivered")
            .group_by(OutboxRow.receiver, OutboxRow.state)
            .order_by(OutboxRow.receiver, OutboxRow.state)
        )
        with self._node.database.read() as session:
            return [OutboxCount(*row) for row in session.execute(query)]

    def parked(self) -> list[OutboxRow]:
        """The messages that were refused for good, oldest first."""
        query = select(OutboxRow).where(OutboxRow.state == "parked").order_by(OutboxRow.number)
        with self._node.database.read() as session:
            return list(session.scalars(query))

    def resend(self, number: int) -> None:
        """Let a parked message be tried again. Raises ``KeyError`` where it is not parked."""
        with self._node.database.begin() as transaction:
            row = transaction.session.get(OutboxRow, number)
            if row is None or row.state != "parked":
                raise KeyError(number)
            row.state, row.due_at, row.attempts, row.ended_at = "waiting", transaction.now, 0, None
            transaction.sends = True

    def start(self) -> None:
        """Deliver in the background from now on."""
        if self._thread is not None:
            return
        self._thread = threading.Thread(target=self._loop, name=f"outbox {self._node.spec.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the background work, after the message that is on its way."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._stop.clear()

    def wake(self) -> None:
        """Look for due messages now (the clock was moved)."""
        self._wake.set()

    def _loop(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                self._round(None, wait=False)
            except Exception as error:  # noqa: BLE001  # whatever it is, the next round may go well
                self._node.log.error("outbox-failed", code=type(error).__name__)
            self._wake.wait(POLL_SECONDS)

    def _receivers(self) -> list[str]:
        with self._node.database.read() as session:
            query = select(OutboxRow.receiver).where(OutboxRow.state == "waiting").group_by(OutboxRow.receiver)
            return list(session.scalars(query.order_by(func.min(OutboxRow.number))))

    def _deliver_to(self, receiver: str, wait: bool) -> int:
        if self._first(receiver) is None:
            return 0
        locks, name = self._node.database.locks, f"outbox {receiver}"
        turn = locks.hold(name) if wait else locks.try_hold(name)
        if turn is None:
            return 0
        with turn:
            return self._deliver_in_turn(receiver, turn)

    def _deliver_in_turn(self, receiver: str, turn: Hold) -> int:
        delivered = 0
        while turn.held and (row := self._first(receiver)) is not None:
            noted = self._deliver(row)
            if noted in ("waiting", "elsewhere"):
                break
            delivered += noted == "delivered"
        return delivered

    def _first(self, receiver: str) -> OutboxRow | None:
        """The oldest waiting message, if it is due."""
        query = select(OutboxRow).where(OutboxRow.state == "waiting", OutboxRow.receiver == receiver)
        with self._node.database.read() as session:
            row = session.scalars(query.order_by(OutboxRow.number).limit(1)).one_or_none()
        return row if row is not None and row.due_at <= self._node.clock.now() else None

    def _deliver(self, row: OutboxRow) -> Noted:
        try:
            self._node.peers.deliver(_message(row))
        except Refused as refused:
            return self._note(row, fate_of(refused), refused.code)
        except Exception as error:
            self._node.log.exception("message-failed", receiver=row.receiver, number=row.number)
            return self._note(row, "waiting", type(error).__name__)
        return self._note(row, "delivered", None)

    def _note(self, sent: OutboxRow, fate: Fate, code: str | None) -> Noted:
        with self._node.database.begin() as transaction:
            row = transaction.session.get_one(OutboxRow, sent.number)
            if (row.state, row.attempts) != ("waiting", sent.attempts):
                return "elsewhere"
            row.state, row.last_code = fate, code
            row.attempts += 1
            if fate == "delivered":
                row.body = None
            if fate == "waiting":
                row.due_at = transaction.now + delay(row.attempts)
            else:
                row.ended_at = transaction.now
        if code is not None:
            self._node.log.warning(
                "message-not-delivered", receiver=row.receiver, code=code, fate=fate, number=row.number
            )
        return fate
