"""Consents as the bank knows them: learned or given here, linked to a customer, ended (FI-09).

The operator's log may tell of a consent before the bank's own transaction is committed, or after: both ways end in the
same row.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from tegata.actors.bank.service import customers
from tegata.actors.bank.tables import ConsentEndRow, ConsentRow, PointerRow
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.wire.changes import Change
from tegata.wire.consents import OF_RELYING_PARTY, ConsentRecord, ConsentState
from tegata.wire.endpoint import PageQuery

Identity = Literal["known", "unseen", "held", "rejected"]
PAGE = 1000
USABLE = ("known", "unseen")


def learn_of(tx: Transaction, change: Change) -> ConsentRow:
    """The consent that an entry of the log tells of; a new one is linked to its customer by the reference."""
    row = tx.session.get(ConsentRow, change.consent_id)
    if row is None:
        row = _add(tx, change.consent_id, change.reference, change.at, change.serial)
    return row


def keep(tx: Transaction, record: ConsentRecord, identity: Identity | None = None) -> ConsentRow:
    """A consent with all that is known of it; ``identity`` None leaves it as it is."""
    row = tx.session.get(ConsentRow, record.consent_id)
    if row is None:
        row = _add(tx, record.consent_id, record.reference, record.given_at, record.serial)
    row.channel, row.service, row.purpose, row.items = record.channel, record.service, record.purpose, [*record.items]
    row.given_at, row.valid_from, row.valid_until = record.given_at, record.valid_from, record.valid_until
    if identity is not None:
        row.identity = identity
    tx.session.flush()
    return row


def _add(tx: Transaction, consent_id: str, reference: str, given_at: datetime, serial: int) -> ConsentRow:
    customer = customers.by_reference(tx.session, reference)
    number = customer.number if customer else None
    row = ConsentRow(
        consent_id=consent_id, reference=reference, customer_number=number, identity="unseen", given_at=given_at,
        learned_at=tx.now,
    )  # fmt: skip
    tx.session.add(row)
    tx.session.flush()
    tx.session.add(PointerRow(consent_id=consent_id, serial=serial, since=tx.now))
    tx.session.flush()
    tx.record("consent-learned", subject=number, who=tx.actor, basis=consent_id, detail={"linked": number is not None})
    return row


def end(tx: Transaction, consent_id: str, kind: Literal["withdrawn", "expired"], at: datetime) -> bool:
    """Note that a consent has ended; False where that was known."""
    if tx.session.get(ConsentEndRow, (consent_id, kind)) is not None:
        return False
    tx.session.add(ConsentEndRow(consent_id=consent_id, kind=kind, at=at, learned_at=tx.now))
    tx.session.flush()
    row = tx.session.get_one(ConsentRow, consent_id)
    tx.record(f"consent-{kind}", subject=row.customer_number, who=tx.actor, basis=consent_id)
    return True


def has_ended(session: Session, consent_id: str) -> bool:
    """Whether it was withdrawn or is over."""
    return session.scalar(select(ConsentEndRow.kind).where(ConsentEndRow.consent_id == consent_id).limit(1)) is not None


def point(tx: Transaction, consent_id: str, serial: int) -> None:
    """Let a consent point to a certificate from now on."""
    row = tx.session.get_one(PointerRow, consent_id)
    if row.serial != serial:
        row.serial, row.since = serial, tx.now


def serial_of(session: Session, consent_id: str) -> int:
    """The newest certificate known for a consent."""
    return session.get_one(PointerRow, consent_id).serial


def complete(node: Node) -> int:
    """Fetch terms and items of the consents that the log told of; returns how many were completed.

    Raises ``Refused`` where the operator can not be asked.
    """
    with node.database.read() as session:
        missing = set(session.scalars(select(ConsentRow.consent_id).where(ConsentRow.valid_until.is_(None))))
    completed, cursor, more = 0, None, bool(missing)
    while more:
        page = node.call(OF_RELYING_PARTY, query=PageQuery(cursor=cursor, limit=PAGE), to=node.own.operator)
        found = [record for record in page.items if record.consent_id in missing]
        with node.database.begin() as tx:
            for record in found:
                keep(tx, record)
        missing -= {record.consent_id for record in found}
        completed, cursor = completed + len(found), page.next_cursor
        more = cursor is not None and bool(missing)
    return completed


def standing(at: datetime) -> ColumnElement[bool]:
    """The condition that a consent counts at a moment, or will: not ended, its term not over."""
    ended = select(ConsentEndRow.consent_id)
    in_term = ConsentRow.valid_until.is_(None) | (ConsentRow.valid_until >= at)
    return ConsentRow.consent_id.not_in(ended) & in_term


def of_customer(session: Session, number: str) -> Sequence[ConsentRow]:
    """A customer's consents, newest first."""
    query = select(ConsentRow).where(ConsentRow.customer_number == number).order_by(ConsentRow.given_at.desc())
    return session.scalars(query).all()


def standing_of(session: Session, number: str, at: datetime) -> ConsentRow | None:
    """The newest consent of a customer by which may be asked."""
    query = select(ConsentRow).where(
        ConsentRow.customer_number == number, ConsentRow.identity.in_(USABLE), standing(at)
    )
    return session.scalar(query.order_by(ConsentRow.given_at.desc()).limit(1))


def ends_of(session: Session, consent_ids: Sequence[str]) -> dict[str, ConsentEndRow]:
    """How consents ended; a withdrawal goes before the end of the term."""
    rows = session.scalars(select(ConsentEndRow).where(ConsentEndRow.consent_id.in_(consent_ids)))
    return {row.consent_id: row for row in sorted(rows, key=lambda row: row.kind == "withdrawn")}


def state_of(row: ConsentRow, ended: ConsentEndRow | None, at: datetime) -> ConsentState:
    """The state at a moment, by what the bank knows."""
    if ended is not None:
        return "withdrawn" if ended.kind == "withdrawn" else "expired"
    return "expired" if row.valid_until is not None and row.valid_until < at else "active"


def count_standing(session: Session, at: datetime) -> int:
    """How many customers have a consent that counts."""
    query = select(func.count(ConsentRow.customer_number.distinct())).where(
        ConsentRow.identity.in_(USABLE), standing(at)
    )
    return session.scalar(query) or 0


def unlinked(session: Session) -> int:
    """How many consents no customer was found for."""
    query = select(func.count()).select_from(ConsentRow).where(ConsentRow.customer_number.is_(None))
    return session.scalar(query) or 0
