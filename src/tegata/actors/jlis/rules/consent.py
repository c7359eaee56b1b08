"""From when to when a consent counts, its state, and when a statement is believed (FI-02, FI-09; FACTS section 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from tegata.japan.dates import JST
from tegata.wire.consents import WRONG_STATEMENT, ConsentState
from tegata.wire.problems import Refused

YEARS = 10
SECOND = timedelta(seconds=1)

STATEMENT_LIFETIME = timedelta(days=7)
"""How old a statement may be when it arrives: an operator that was down for days can still pass it on [GAP]."""

CLOCK_SKEW = timedelta(minutes=5)
"""How far a statement may lie ahead of our clock [GAP]."""

EventKind = Literal["given", "withdrawn", "expired"]


@dataclass(frozen=True)
class Term:
    """From when to when a consent counts, both included."""

    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True)
class EventFact:
    """One entry of a consent's record."""

    kind: EventKind
    at: datetime


def term(given_at: datetime) -> Term:
    """From 00:00:00 of the day after, for ten years: 2023-05-18 10:00 → 2023-05-19 00:00:00 … 2033-05-18 23:59:59."""
    first = given_at.astimezone(JST).date() + timedelta(days=1)
    year = first.year + YEARS
    # A consent that counts from 29 February ends with 28 February of a common year.
    end = first.replace(year=year, month=3, day=1) if (first.month, first.day) == (2, 29) else first.replace(year=year)
    return Term(datetime.combine(first, time(), JST), datetime.combine(end, time(), JST) - SECOND)


def shortened(own: Term, replaced_from: datetime | None) -> Term:
    """The term of a consent that a newer one for the same service replaces: it ends where the newer begins."""
    if replaced_from is None or replaced_from > own.valid_until:
        return own
    return Term(own.valid_from, replaced_from - SECOND)


def state_of(valid: Term, record: Sequence[EventFact], at: datetime) -> ConsentState:
    """The state at a moment; a consent that is given but not valid yet is active."""
    if any(fact.kind == "withdrawn" and fact.at <= at for fact in record):
        return "withdrawn"
    return "expired" if valid.valid_until < at else "active"


def check_time(stated_at: datetime, at: datetime, lifetime: timedelta = STATEMENT_LIFETIME) -> None:
    """Raises WRONG_STATEMENT for a statement too old, from the future, or without an offset, to be believed."""
    if stated_at.tzinfo is None or not at - lifetime <= stated_at <= at + CLOCK_SKEW:
        raise Refused(WRONG_STATEMENT, {"field": "stated_at"})
