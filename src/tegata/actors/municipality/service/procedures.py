"""Cases at the counter: opened for a person, answered question by question, ended once.

A case's id is the request id of what it does, so that a form that is sent twice does nothing twice.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time
from typing import Any, cast

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.actors.municipality.rules.cards import kept_card, lost_since, usages_for, valid_card
from tegata.actors.municipality.service import records
from tegata.actors.municipality.service.records import Desk
from tegata.actors.municipality.tables import CardEventRow, CardRow, CertificateRow, EntryRow, ProcedureRow, ResidentRow
from tegata.japan.dates import JST
from tegata.node.node import Node
from tegata.wire.problems import CONFLICT, NOT_FOUND, Refused

OPEN, DONE, STOPPED = "open", "done", "stopped"
MOST_SHOWN = 100


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A case: ``answers`` by step, ``outcome`` once it is done."""

    procedure_id: str
    kind: str
    municipality_code: str
    resident_id: str | None
    staff_name: str
    state: str
    answers: dict[str, dict[str, Any]]
    opened_at: datetime
    closed_at: datetime | None
    outcome: dict[str, Any]

    @property
    def desk(self) -> Desk:
        """Where the case is, and whose."""
        return Desk(self.municipality_code, self.staff_name)


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A line of today's work: a case with the name of its person, if it has one yet."""

    case: Case
    name: str


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A resident with something open since then: a certificate not reissued, a lost card."""

    resident_id: str
    name: str
    since: datetime


def open_case(node: Node, desk: Desk, kind: str, resident_id: str | None) -> Case:
    """Begin a case; the person was found before."""
    with node.database.begin() as tx:
        if resident_id is not None:
            records.resident(tx.session, resident_id)
        row = ProcedureRow(
            procedure_id=secrets.token_hex(12), kind=kind, municipality_code=desk.municipality_code,
            resident_id=resident_id, staff_name=desk.who, state=OPEN, answers="{}", opened_at=tx.now, closed_at=None,
            outcome=None,
        )  # fmt: skip
        tx.session.add(row)
    return _case(row)


def case(node: Node, desk: Desk, procedure_id: str) -> Case:
    """A case of this municipality. Raises NOT_FOUND."""
    with node.database.read() as session:
        return _case(_row(session, desk, procedure_id))


def answer(node: Node, desk: Desk, procedure_id: str, step: str, value: msgspec.Struct) -> Case:
    """Keep the answer to a step. Raises NOT_FOUND, or CONFLICT where the case has ended."""
    with node.database.begin() as tx:
        row = _row(tx.session, desk, procedure_id)
        if row.state != OPEN:
            raise Refused(CONFLICT, {"state": row.state})
        answers = {**msgspec.json.decode(row.answers), step: msgspec.to_builtins(value)}
        row.answers = msgspec.json.encode(answers).decode()
    return _case(row)


def close(node: Node, desk: Desk, procedure_id: str, outcome: dict[str, Any], resident_id: str | None = None) -> Case:
    """The case is done; one that is done stays as it is."""
    with node.database.begin() as tx:
        row = _row(tx.session, desk, procedure_id)
        if row.state != DONE:
            row.state, row.closed_at = DONE, tx.now
            row.outcome = msgspec.json.encode(outcome).decode()
            row.resident_id = row.resident_id or resident_id
    return _case(row)


def stop(node: Node, desk: Desk, procedure_id: str) -> Case:
    """The person does not go on; a case that is done stays as it is."""
    with node.database.begin() as tx:
        row = _row(tx.session, desk, procedure_id)
        if row.state == OPEN:
            row.state, row.closed_at = STOPPED, tx.now
    return _case(row)


@contextmanager
def turn(node: Node, procedure_id: str) -> Iterator[None]:
    """One at a time for a case: a form that is sent twice at once waits for itself."""
    with node.database.turns.turn("procedure", procedure_id):
        yield


def open_work(node: Node, desk: Desk) -> list[Work]:
    """Cases that are not ended, the oldest first."""
    return _work(node, desk, OPEN, ProcedureRow.opened_at)


def done_today(node: Node, desk: Desk) -> list[Work]:
    """Cases that ended today, the newest first."""
    today = datetime.combine(node.clock.now().astimezone(JST).date(), time(0), JST)
    found = _work(node, desk, DONE, ProcedureRow.closed_at.desc())
    return [work for work in found if work.case.closed_at is not None and work.case.closed_at >= today]


def missing_reissues(node: Node, desk: Desk) -> list[Missing]:
    """Residents here with a card in use, since whose last change of an attribute nothing was written on it."""
    changed = (
        select(EntryRow, ResidentRow)
        .join(ResidentRow, ResidentRow.resident_id == EntryRow.resident_id)
        .where(
            ResidentRow.municipality_code == desk.municipality_code,
            ResidentRow.status == "resident",
            EntryRow.sequence > 1,
            EntryRow.event.in_(("move_in", "move_within", "name_change", "correction")),
            EntryRow.resident_id.in_(select(CardRow.resident_id)),
        )
        .order_by(EntryRow.recorded_at)
    )
    now = node.clock.now()
    with node.database.read() as session:
        newest = {row.resident_id: (row, resident) for row, resident in session.execute(changed)}
        return [
            Missing(resident_id=row.resident_id, name=resident.name, since=row.recorded_at)
            for row, resident in newest.values()
            if "sign" in usages_for(records.record_in(resident), now.date())
            and not _written_since(session, row)
            and valid_card(records.cards_of(session, row.resident_id), now) is not None
        ][:MOST_SHOWN]


def stopped_cards(node: Node, desk: Desk) -> list[Missing]:
    """Residents here whose card was reported lost, and neither found nor given up since; the oldest first."""
    query = (
        select(ResidentRow)
        .join(CardRow, CardRow.resident_id == ResidentRow.resident_id)
        .join(CardEventRow, CardEventRow.card_id == CardRow.card_id)
        .where(ResidentRow.municipality_code == desk.municipality_code, CardEventRow.event == "reported_lost")
        .distinct()
    )
    now = node.clock.now()
    with node.database.read() as session:
        found = [
            Missing(resident_id=row.resident_id, name=row.name, since=since)
            for row in session.scalars(query).all()
            if (card := kept_card(records.cards_of(session, row.resident_id), now)) is not None
            and (since := lost_since(card, now)) is not None
        ]
    return sorted(found, key=lambda one: one.since)[:MOST_SHOWN]


def _written_since(session: Session, entry: EntryRow) -> bool:
    query = select(CertificateRow.application_id).where(
        CertificateRow.resident_id == entry.resident_id,
        CertificateRow.usage == "sign",
        CertificateRow.written_at >= entry.recorded_at,
    )
    return session.scalar(query.limit(1)) is not None


def _work(node: Node, desk: Desk, state: str, order: Any) -> list[Work]:
    query = (
        select(ProcedureRow, ResidentRow.name)
        .outerjoin(ResidentRow, ResidentRow.resident_id == ProcedureRow.resident_id)
        .where(ProcedureRow.municipality_code == desk.municipality_code, ProcedureRow.state == state)
        .order_by(order)
        .limit(MOST_SHOWN)
    )
    with node.database.read() as session:
        return [Work(case=_case(row), name=name or "") for row, name in session.execute(query)]


def _row(session: Session, desk: Desk, procedure_id: str) -> ProcedureRow:
    row = session.get(ProcedureRow, procedure_id)
    if row is None or row.municipality_code != desk.municipality_code:
        raise Refused(NOT_FOUND)
    return row


def _case(row: ProcedureRow) -> Case:
    return Case(
        procedure_id=row.procedure_id,
        kind=row.kind,
        municipality_code=row.municipality_code,
        resident_id=row.resident_id,
        staff_name=row.staff_name,
        state=row.state,
        answers=cast("dict[str, dict[str, Any]]", msgspec.json.decode(row.answers)),
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        outcome=msgspec.json.decode(row.outcome) if row.outcome else {},
    )
