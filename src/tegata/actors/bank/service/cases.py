"""Cases: what the bank learned about a customer, from the first notice to the updated record or a person's decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.actors.bank.tables import CaseEventRow, CaseRow, ConsentRow
from tegata.japan.four_attributes import Item
from tegata.node.database import Transaction
from tegata.wire.problems import NOT_FOUND, Refused

Trigger = Literal["revoked", "first", "manual", "signature"]
State = Literal["asking", "waiting", "review", "refused", "customer", "closed"]
Outcome = Literal["same", "taken-over", "decided", "kept", "consent-ended", "rejected", "noted"]

TO_ASK: tuple[State, ...] = ("asking", "waiting")
FOR_A_PERSON: tuple[State, ...] = ("review", "refused", "customer")
OPEN: tuple[State, ...] = (*TO_ASK, *FOR_A_PERSON)


@dataclass(frozen=True)
class Cause:
    """Why a case is opened. ``name`` tells a repeated one; ``via``: push, poll, feed, match, clerk, consent."""

    name: str
    trigger: Trigger
    via: str
    serial: int
    reason: str | None = None
    revoked_at: datetime | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


def revoked(consent_id: str, serial: int, *, via: str, reason: str | None, at: datetime) -> Cause:
    """A certificate of a customer was revoked, however that was learned."""
    return Cause(f"revoked.{consent_id}.{serial}.{reason or ''}", "revoked", via, serial, reason, at)


def open_case(tx: Transaction, consent: ConsentRow, cause: Cause, *, ask_at: datetime | None = None) -> CaseRow | None:
    """Open a case for the customer of a consent; None where the cause is known, or there is no customer."""
    if consent.customer_number is None or _of_cause(tx.session, cause.name) is not None:
        return None
    row = CaseRow(
        cause=cause.name, trigger=cause.trigger, consent_id=consent.consent_id, customer_number=consent.customer_number,
        serial=cause.serial, reason=cause.reason, revoked_at=cause.revoked_at, via=cause.via, opened_at=tx.now,
        state="asking", ask_at=ask_at or tx.now, attempts=0, reasons=[],
    )  # fmt: skip
    tx.session.add(row)
    tx.session.flush()
    note(tx, row, "opened", detail={"trigger": cause.trigger, "via": cause.via, **cause.detail})
    return row


def _of_cause(session: Session, cause: str) -> CaseRow | None:
    return session.scalar(select(CaseRow).where(CaseRow.cause == cause))


def note(tx: Transaction, row: CaseRow, what: str, *, who: str = "", detail: Mapping[str, Any] | None = None) -> None:
    """Write into the history of a case."""
    event = CaseEventRow(case_id=row.case_id, at=tx.now, what=what, who=who or tx.actor, detail=dict(detail or {}))
    tx.session.add(event)


def close(
    tx: Transaction, row: CaseRow, outcome: Outcome, *, who: str = "", detail: Mapping[str, Any] | None = None
) -> None:
    """End a case; what was told and not taken over is forgotten."""
    row.state, row.outcome, row.closed_at, row.ask_at, row.told = "closed", outcome, tx.now, None, None
    note(tx, row, outcome, who=who, detail=detail)
    tx.session.flush()


def close_for_consent(tx: Transaction, consent_id: str, outcome: Outcome) -> int:
    """End every open case of a consent that may no longer be used; returns how many."""
    query = select(CaseRow).where(CaseRow.consent_id == consent_id, CaseRow.state.in_(OPEN))
    rows = tx.session.scalars(query).all()
    for row in rows:
        close(tx, row, outcome)
    return len(rows)


def remember_told(row: CaseRow, told: Mapping[Item, str]) -> None:
    """Keep what was told until it is decided; it is encrypted at rest."""
    row.told = msgspec.json.encode(dict(told))


def told(row: CaseRow) -> dict[Item, str]:
    """What was told and is not decided yet."""
    return msgspec.json.decode(row.told, type=dict[Item, str]) if row.told is not None else {}


def row_of(session: Session, case_id: int) -> CaseRow:
    """The case of a number. Raises ``Refused`` (not-found)."""
    row = session.get(CaseRow, case_id)
    if row is None:
        raise Refused(NOT_FOUND)
    return row


def events(session: Session, case_id: int) -> list[CaseEventRow]:
    """The history of a case, oldest first."""
    query = select(CaseEventRow).where(CaseEventRow.case_id == case_id).order_by(CaseEventRow.number)
    return list(session.scalars(query))


def of_customer(session: Session, number: str) -> list[CaseRow]:
    """A customer's cases, newest first."""
    query = select(CaseRow).where(CaseRow.customer_number == number).order_by(CaseRow.case_id.desc())
    return list(session.scalars(query))


def in_states(session: Session, states: Sequence[State], *, limit: int = 200) -> list[CaseRow]:
    """Cases in some states, oldest first."""
    query = select(CaseRow).where(CaseRow.state.in_(states)).order_by(CaseRow.opened_at, CaseRow.case_id)
    return list(session.scalars(query.limit(limit)))


def next_for_a_person(session: Session, after: int) -> int | None:
    """The case that a person looks at next: the oldest one after a number, else the oldest of all."""
    waiting = select(CaseRow.case_id).where(CaseRow.state.in_(("review", "refused"))).order_by(CaseRow.case_id)
    later = session.scalar(waiting.where(CaseRow.case_id > after).limit(1))
    return later if later is not None else session.scalar(waiting.where(CaseRow.case_id != after).limit(1))
