"""The numbered log of each relying party: whose certificate or consent changed (FI-06).

Numbers count from 1 without gaps; an entry and its push are written with whatever caused them. The same cause is
written once, however often it is learned.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from tegata.actors.platform.service import security_events
from tegata.actors.platform.tables import AcknowledgementRow, ChangeRow, RelyingPartyRow, StreamRow
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.wire.changes import PUSH, Change, ChangeKind


@dataclass(frozen=True)
class News:
    """Something that is to stand in a relying party's log. ``at`` is when it happened."""

    relying_party: str
    kind: ChangeKind
    at: datetime
    consent_id: str
    reference: str
    serial: int
    reason: str | None = None

    @property
    def cause(self) -> str:
        """What makes it the same news: consent, kind, and for a revocation certificate, time and reason."""
        of = f"{self.serial}:{self.at.timestamp():.0f}:{self.reason}" if self.kind == "certificate-revoked" else ""
        return f"{self.kind}:{self.consent_id}:{of}"


def append(node: Node, tx: Transaction, news: Iterable[News]) -> int:
    """Write news into the logs of their parties, and push them where that is chosen; returns how many were new."""
    by_party = defaultdict[str, list[News]](list)
    for each in news:
        by_party[each.relying_party].append(each)
    return sum(_append(node, tx, party, listed) for party, listed in by_party.items())


def _append(node: Node, tx: Transaction, party: str, listed: Sequence[News]) -> int:
    fresh = {each.cause: each for each in listed}
    for cause in _known_causes(tx.session, party, list(fresh)):
        del fresh[cause]
    first = newest_number(tx.session, party) + 1
    rows = [
        ChangeRow(
            relying_party=party, number=number, cause=each.cause, kind=each.kind, at=each.at, recorded_at=tx.now,
            consent_id=each.consent_id, reference=each.reference, serial=each.serial, reason=each.reason,
        )
        for number, each in enumerate(fresh.values(), start=first)
    ]  # fmt: skip
    tx.session.add_all(rows)
    tx.session.flush()
    push(node, tx, party, rows)
    return len(rows)


CHUNK = 500


def _known_causes(session: Session, party: str, causes: Sequence[str]) -> set[str]:
    known: set[str] = set()
    for start in range(0, len(causes), CHUNK):
        some = ChangeRow.cause.in_(causes[start : start + CHUNK])
        known |= set(session.scalars(select(ChangeRow.cause).where(ChangeRow.relying_party == party, some)))
    return known


def newest_number(session: Session, party: str) -> int:
    """The number of the newest entry; 0 for an empty log."""
    return session.scalar(select(func.max(ChangeRow.number)).where(ChangeRow.relying_party == party)) or 0


def push(node: Node, tx: Transaction, party: str, rows: Sequence[ChangeRow]) -> None:
    """Put entries, in order, into the outbox as SETs, where the party's stream is an enabled push."""
    stream = tx.session.get_one(StreamRow, party)
    if not rows or (stream.delivery, stream.status) != ("push", "enabled"):
        return
    to = tx.session.get_one(RelyingPartyRow, party).push_to
    for row in rows:
        token = security_events.encode(node, security_events.of_change(node, party, change_of(row)))
        tx.send(PUSH, token.encode("ascii"), to=to, key=key_of(party, row.number))
    stream.pushed_to = rows[-1].number


def push_missing(node: Node, tx: Transaction, party: str) -> None:
    """Push what was held back while the stream was paused, or was not taken while it was read otherwise."""
    pushed_to = tx.session.get_one(StreamRow, party).pushed_to
    push(node, tx, party, tx.session.scalars(not_taken(party, above=pushed_to)).all())


def not_taken(party: str, *, above: int = 0) -> Select[ChangeRow]:
    """The entries above a number that the party did not acknowledge, oldest first."""
    taken = select(AcknowledgementRow.number).where(AcknowledgementRow.relying_party == party)
    entries = select(ChangeRow).where(ChangeRow.relying_party == party, ChangeRow.number > above)
    return entries.where(ChangeRow.number.not_in(taken)).order_by(ChangeRow.number)


def key_of(party: str, number: int) -> str:
    """The ``jti`` of an entry's SET, and the key under which it is pushed."""
    return f"{party}.{number}"


def change_of(row: ChangeRow) -> Change:
    """An entry as it goes over the wire."""
    return Change(
        number=row.number, kind=cast("ChangeKind", row.kind), at=row.at, recorded_at=row.recorded_at,
        consent_id=row.consent_id, reference=row.reference, serial=row.serial, reason=row.reason,
    )  # fmt: skip
