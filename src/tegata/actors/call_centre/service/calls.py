"""Calls: taken, seen by whose they are, and ended. Rules SP-04, SP-06."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import cast

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tegata.actors.call_centre.problems import CALL_OF_ANOTHER, MENU_CLOSED
from tegata.actors.call_centre.rules import calls as rules
from tegata.actors.call_centre.rules.caller import Said
from tegata.actors.call_centre.rules.calls import Facts, Held, Outcome, Result, Stage
from tegata.actors.call_centre.rules.knowledge import subject_of
from tegata.actors.call_centre.rules.menus import Menu, MenuKind, menu_of, opening
from tegata.actors.call_centre.settings import CallCentreSettings
from tegata.actors.call_centre.tables import AnswersRow, CallRow, EndingRow, SuspensionRow
from tegata.japan.dates import JST
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.node.staff import Staff
from tegata.wire.certificates import Medium
from tegata.wire.problems import CONFLICT, NOT_FOUND, Refused

SUPERVISOR = "supervisor"


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call with all that was asked and done in it."""

    row: CallRow
    answers: Sequence[AnswersRow]
    suspensions: Sequence[SuspensionRow]
    ending: EndingRow | None
    most: int

    @property
    def call_id(self) -> str:
        """The call's id."""
        return self.row.call_id

    @property
    def reception(self) -> str:
        """The reception number, short enough to be noted by the caller."""
        return reception(self.row)

    @property
    def menu(self) -> Menu:
        """The menu that was chosen."""
        return menu_of(self.row.menu)

    @property
    def facts(self) -> Facts:
        """What the rules look at."""
        return Facts(
            kind=cast(MenuKind, self.row.kind),
            results=[cast(Result, row.result) for row in self.answers],
            asked=frozenset(cast(Medium, row.medium) for row in self.suspensions if row.refused is None),
            done=self.suspended,
            ended=self.ending is not None,
        )

    @property
    def suspended(self) -> frozenset[Medium]:
        """The media whose certificates were suspended in this call."""
        return frozenset(cast(Medium, row.medium) for row in self.suspensions if row.done_at is not None)

    @property
    def stage(self) -> Stage:
        """Where the call stands."""
        return rules.stage(self.facts, self.most)

    @property
    def matched(self) -> AnswersRow | None:
        """The set of answers that fitted."""
        return next((row for row in self.answers if row.result == "matched"), None)

    @property
    def held(self) -> list[Held]:
        """What is known of the caller's certificates, as J-LIS told last; empty for one who is not identified."""
        told = [self.matched.certificates] if self.matched is not None else []
        done = sorted((row for row in self.suspensions if row.done_at is not None), key=lambda row: row.asked_at)
        told += [row.certificates for row in done]
        return rules.newest(msgspec.convert(told, list[list[Held]]))

    @property
    def said(self) -> Said | None:
        """The newest answers of a caller who is not identified yet; None where there are none, or they were erased."""
        newest = self.answers[-1] if self.answers and not self.facts.identified else None
        return msgspec.json.decode(newest.answers, type=Said) if newest is not None and newest.answers else None

    @property
    def outcomes(self) -> list[Outcome]:
        """How it may be ended now."""
        return rules.outcomes(self.facts, self.held, self.most)


def reception(row: CallRow) -> str:
    """The reception number of a call: the day, and which call of the day it is."""
    return f"{row.on_day:%y%m%d}-{row.number:02}"


def settings_of(node: Node) -> CallCentreSettings:
    """The actor's own settings."""
    return cast(CallCentreSettings, node.own)


def take(node: Node, staff: Staff, menu: Menu) -> str:
    """A call comes in on a menu; its id. Raises MENU_CLOSED with the next opening outside the hours."""
    with node.database.begin() as tx:
        hours = opening(menu, tx.now)
        if not hours.is_open:
            following = hours.following.isoformat() if hours.following else None
            raise Refused(MENU_CLOSED, {"menu": menu.number, "opens": following})
        return _begin(tx, staff, menu)


def _begin(tx: Transaction, staff: Staff, menu: Menu) -> str:
    today = tx.now.astimezone(JST).date()
    row = CallRow(
        call_id=secrets.token_hex(12), on_day=today, number=_next_number(tx.session, today), menu=menu.number,
        kind=menu.kind, operator=staff.login, operator_name=staff.name, taken_at=tx.now,
    )  # fmt: skip
    tx.session.add(row)
    note(tx, staff, row, "call-taken", menu=menu.number)
    return row.call_id


def _next_number(session: Session, day: date) -> int:
    return (session.scalar(select(func.max(CallRow.number)).where(CallRow.on_day == day)) or 0) + 1


def to_loss(node: Node, staff: Staff, call_id: str, menu: Menu) -> str:
    """An enquiry turns out to be about a loss: it ends, and goes on as a call of that menu; its id.

    Raises CONFLICT for a call that is none.
    """
    with node.database.begin() as tx:
        call = own(tx.session, node, staff, call_id)
        if call.stage != "enquiry" or menu.kind != "loss":
            raise Refused(CONFLICT, {"stage": call.stage})
        _write_ending(tx, staff, call, "moved-to-loss", None)
        return _begin(tx, staff, menu)


def end(node: Node, staff: Staff, call_id: str, outcome: Outcome, subject: str | None = None) -> None:
    """A call ends; one that was ended before in the same way stays as it is. A supervisor may end another's.

    Raises what the rule refuses, NOT_FOUND for an unknown subject, or CONFLICT for an enquiry without one.
    """
    with node.database.begin() as tx:
        call = seen(tx.session, node, staff, call_id)
        if call.ending is not None and call.ending.outcome == outcome:
            return
        rules.may_end(call.facts, call.held, outcome, call.most)
        if call.stage == "enquiry" and outcome != "dropped":
            if subject is None:
                raise Refused(CONFLICT, {"field": "subject"})
            subject_of(subject)
        _write_ending(tx, staff, call, outcome, subject if call.stage == "enquiry" else None)


def _write_ending(tx: Transaction, staff: Staff, call: Call, outcome: Outcome, subject: str | None) -> None:
    tx.session.add(EndingRow(call_id=call.call_id, outcome=outcome, subject=subject, who=staff.login, ended_at=tx.now))
    person = call.matched.sub if call.matched is not None else None
    note(tx, staff, call.row, "call-ended", subject=person, outcome=outcome, about=subject or "")


def note(
    tx: Transaction, staff: Staff, row: CallRow, action: str, *, subject: str | None = None,
    items: Sequence[str] = (), to: str | None = None, **detail: object,
) -> None:  # fmt: skip
    """An entry of the audit: what an operator did in which call."""
    tx.record(
        action, subject=subject, who=staff.login, items=list(items), purpose="telephone",
        basis=f"call:{row.call_id}", to=to, detail={"call": reception(row), **detail},
    )  # fmt: skip


@contextmanager
def turn(node: Node, call_id: str) -> Iterator[None]:
    """One at a time for a call: a form that is sent twice at once waits for itself."""
    with node.database.turns.turn("call", call_id):
        yield


def call_of(node: Node, staff: Staff, call_id: str) -> Call:
    """A call of this operator. Raises NOT_FOUND or CALL_OF_ANOTHER."""
    with node.database.read() as session:
        return own(session, node, staff, call_id)


def own(session: Session, node: Node, staff: Staff, call_id: str) -> Call:
    """A call of this operator. Raises NOT_FOUND or CALL_OF_ANOTHER."""
    call = _read(session, node, call_id)
    if call.row.operator != staff.login:
        raise Refused(CALL_OF_ANOTHER)
    return call


def seen(session: Session, node: Node, staff: Staff, call_id: str) -> Call:
    """A call of this operator, or any for a supervisor. Raises NOT_FOUND or CALL_OF_ANOTHER."""
    call = _read(session, node, call_id)
    if call.row.operator != staff.login and not staff.has(SUPERVISOR):
        raise Refused(CALL_OF_ANOTHER)
    return call


def _read(session: Session, node: Node, call_id: str) -> Call:
    row = session.get(CallRow, call_id)
    if row is None:
        raise Refused(NOT_FOUND)
    return _whole(session, node, row)


def _whole(session: Session, node: Node, row: CallRow) -> Call:
    answers = select(AnswersRow).where(AnswersRow.call_id == row.call_id).order_by(AnswersRow.number)
    suspensions = select(SuspensionRow).where(SuspensionRow.call_id == row.call_id).order_by(SuspensionRow.medium)
    return Call(
        row=row,
        answers=session.scalars(answers).all(),
        suspensions=session.scalars(suspensions).all(),
        ending=session.get(EndingRow, row.call_id),
        most=settings_of(node).attempts,
    )


def open_calls(node: Node, staff: Staff, most: int = 100) -> list[Call]:
    """Calls that nobody ended, the oldest first: this operator's, all for a supervisor."""
    query = select(CallRow).where(CallRow.call_id.not_in(select(EndingRow.call_id)))
    if not staff.has(SUPERVISOR):
        query = query.where(CallRow.operator == staff.login)
    with node.database.read() as session:
        rows = session.scalars(query.order_by(CallRow.taken_at).limit(most)).all()
        return [_whole(session, node, row) for row in rows]


def calls_since(node: Node, staff: Staff, since: datetime, most: int = 200) -> list[Call]:
    """Calls taken since a time, the newest first: this operator's, all for a supervisor."""
    query = select(CallRow).where(CallRow.taken_at >= since)
    if not staff.has(SUPERVISOR):
        query = query.where(CallRow.operator == staff.login)
    with node.database.read() as session:
        rows = session.scalars(query.order_by(CallRow.taken_at.desc(), CallRow.number.desc()).limit(most)).all()
        return [_whole(session, node, row) for row in rows]
