"""What the operator's log says, learned by push, poll or feed: each entry once, in the order of the numbers (FI-06).

An entry is kept as soon as it comes and applied when all before it are there; what is missing is fetched from the feed.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.actors.bank.service import cases, consents
from tegata.actors.bank.tables import ConsentRow, NoticeRow
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.node.tables import ValueRow
from tegata.wire.changes import FEED, Change, ChangeKind
from tegata.wire.endpoint import AfterQuery
from tegata.wire.problems import CONFLICT, Refused

Via = Literal["push", "poll", "feed"]
POSITION = "log position"
PAGE = 1000
LARGEST = 2**63 - 1


def learn(node: Node, changes: Iterable[Change], via: Via) -> int:
    """Take entries of the log in any order, however often; returns how many were new. All of it is one transaction."""
    with node.database.begin() as tx:
        new = sum(_keep(tx, change, via) for change in changes)
        _apply(tx)
    return new


def _keep(tx: Transaction, change: Change, via: Via) -> bool:
    if not 1 <= change.number <= LARGEST:
        raise Refused(CONFLICT, {"number": str(change.number)})
    known = tx.session.get(NoticeRow, change.number)
    if known is not None:
        _check_same(known, change)
        return False
    tx.session.add(
        NoticeRow(
            number=change.number, kind=change.kind, at=change.at, recorded_at=change.recorded_at,
            consent_id=change.consent_id, reference=change.reference, serial=change.serial, reason=change.reason,
            via=via, learned_at=tx.now,
        )
    )  # fmt: skip
    tx.session.flush()
    return True


def _check_same(known: NoticeRow, change: Change) -> None:
    """Times are left out: a security event has them to the second, the feed more exactly."""
    if (known.kind, known.consent_id, known.serial) != (change.kind, change.consent_id, change.serial):
        raise Refused(CONFLICT, {"number": change.number, "cause": "same-number-other-content"})


def _apply(tx: Transaction) -> None:
    """Apply what is kept, up to the first gap."""
    at = position(tx.session)
    query = select(NoticeRow).where(NoticeRow.applied_at.is_(None), NoticeRow.number > at).order_by(NoticeRow.number)
    for row in tx.session.scalars(query).all():
        if row.number != at + 1:
            break
        _apply_one(tx, row)
        row.applied_at, at = tx.now, row.number
    tx.session.merge(ValueRow(name=POSITION, value={"number": at}))
    tx.session.flush()


def _apply_one(tx: Transaction, row: NoticeRow) -> None:
    change = change_of(row)
    is_new = tx.session.get(ConsentRow, row.consent_id) is None
    consent = consents.learn_of(tx, change)
    if row.kind == "consent-given":
        if is_new:
            first = cases.Cause(f"first.{row.consent_id}", "first", row.via, row.serial)
            cases.open_case(tx, consent, first)
    elif row.kind == "certificate-revoked":
        open_for_revocation(tx, change, row.via)
    else:
        kind: Literal["withdrawn", "expired"] = "withdrawn" if row.kind == "consent-withdrawn" else "expired"
        consents.end(tx, row.consent_id, kind, row.at)
        cases.close_for_consent(tx, row.consent_id, "consent-ended")


def open_for_revocation(tx: Transaction, change: Change, via: str) -> bool:
    """Open the case of a revoked certificate, unless the bank has a newer one already; True where one was opened."""
    consent = consents.learn_of(tx, change)
    current = consents.serial_of(tx.session, change.consent_id) == change.serial
    usable = consent.identity in (*consents.USABLE, "held") and not consents.has_ended(tx.session, change.consent_id)
    if not (current and usable):
        return False
    cause = cases.revoked(change.consent_id, change.serial, via=via, reason=change.reason, at=change.at)
    return cases.open_case(tx, consent, cause) is not None


def position(session: Session) -> int:
    """The number up to which every entry is applied."""
    row = session.get(ValueRow, POSITION)
    return int(row.value["number"]) if row is not None else 0


def has_gap(node: Node) -> bool:
    """Whether entries wait for one that has not come."""
    with node.database.read() as session:
        query = select(NoticeRow.number).where(NoticeRow.applied_at.is_(None)).limit(1)
        return session.scalar(query) is not None


def read_feed(node: Node) -> int:
    """Read the feed on from the last entry without a gap; returns how many were new. Raises ``Refused``."""
    new, after = 0, _position(node)
    while items := _page(node, after):
        new += learn(node, items, "feed")
        after = items[-1].number
        if len(items) < PAGE:
            break
    return new


def _page(node: Node, after: int) -> Sequence[Change]:
    return node.call(FEED, query=AfterQuery(after=after, limit=PAGE), to=node.own.operator).items


def _position(node: Node) -> int:
    with node.database.read() as session:
        return position(session)


def change_of(row: NoticeRow) -> Change:
    """An entry as it came over the wire."""
    return Change(
        number=row.number, kind=cast("ChangeKind", row.kind), at=row.at, recorded_at=row.recorded_at,
        consent_id=row.consent_id, reference=row.reference, serial=row.serial, reason=row.reason,
    )  # fmt: skip


def newest(session: Session, limit: int = 20) -> list[NoticeRow]:
    """The newest entries, newest first."""
    return list(session.scalars(select(NoticeRow).order_by(NoticeRow.number.desc()).limit(limit)))
