"""What the service saved (サービス活用前・後; FI-11): letters not sent, answers not waited for, time to the update."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tegata.actors.bank.rules import effect as rules
from tegata.actors.bank.service import cases, consents, customers
from tegata.actors.bank.tables import CaseRow
from tegata.japan.dates import JST
from tegata.node.node import Node

UPDATED = ("taken-over", "decided")


@dataclass(frozen=True)
class Effect:
    """The figures of a period. ``letters_a_year``: return postcards that consenting customers no longer get.

    ``wait_days``: how long an update takes from the change in the register, the median; ``wait_before``: how long it
    took on average by a yearly card. ``by_day``: updates a day; ``waits``: how many updates took how long.
    """

    customers: int
    consenting: int
    letters_a_year: int
    yen_a_year: int
    updates: int
    by_itself: int
    by_person: int
    wait: timedelta | None
    wait_before: timedelta
    not_answered: int
    by_day: Sequence[tuple[date, int]]
    waits: Sequence[tuple[str, int]]


def effect(node: Node, days: int = 30) -> Effect:
    """The figures of the last days."""
    now, own = node.clock.now(), node.own
    since = datetime.combine(now.date() - timedelta(days=days - 1), datetime.min.time(), JST)
    with node.database.read() as session:
        consenting = consents.count_standing(session, now)
        all_customers = customers.count(session)
        closed = _closed(session, since)
        waiting = _waiting(session)
    updated = [row for row in closed if row.outcome in UPDATED]
    times = [rules.waited(row.changed_at, row.closed_at) for row in updated if row.changed_at and row.closed_at]
    letters = rules.letters_saved(consenting, own.letters_a_year)
    return Effect(
        customers=all_customers, consenting=consenting, letters_a_year=letters,
        yen_a_year=letters * rules.yen_of_card(own.return_postcards, now.date()), updates=len(updated),
        by_itself=sum(row.outcome == "taken-over" for row in updated),
        by_person=sum(row.outcome == "decided" for row in updated), wait=rules.middle(times),
        wait_before=rules.wait_before(own.letters_a_year), not_answered=waiting,
        by_day=_by_day(updated, now.date(), days), waits=list(rules.spread(times).items()),
    )  # fmt: skip


def _closed(session: Session, since: datetime) -> Sequence[CaseRow]:
    query = select(CaseRow).where(CaseRow.state == "closed", CaseRow.closed_at >= since)
    return session.scalars(query).all()


def _waiting(session: Session) -> int:
    query = select(func.count()).select_from(CaseRow).where(CaseRow.state.in_(cases.TO_ASK))
    return session.scalar(query) or 0


def _by_day(rows: Sequence[CaseRow], today: date, days: int) -> list[tuple[date, int]]:
    counts: Mapping[date, list[int]] = {today - timedelta(days=back): [0] for back in reversed(range(days))}
    for row in rows:
        assert row.closed_at is not None
        counts[row.closed_at.astimezone(JST).date()][0] += 1
    return [(day, number) for day, (number,) in counts.items()]
