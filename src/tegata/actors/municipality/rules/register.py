"""The resident register: a resident is the fold of their entries (rule FI-03; figure A, ②).

An entry is checked in this order before it is appended:

1. it is notified at the municipality that keeps the record; a move in anywhere            else not-found
2. the event is possible in the present state            else register-event-not-possible, already-resident-here
3. a move in follows a move out, or the valid card of one who moves along stands in for it
                                                         else move-in-needs-move-out-or-card
4. the day is plausible                                  else date-…
5. something changes                                     else nothing-changes
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal

import msgspec

from tegata.actors.municipality.problems import (
    ALREADY_HERE,
    CARD_NEEDED,
    DATE_BEFORE_ADDRESS,
    DATE_BEFORE_BIRTH,
    DATE_IN_FUTURE,
    DATE_TOO_FAR,
    EVENT_NOT_POSSIBLE,
    NOTHING_CHANGES,
    TEXT_NOT_WRITTEN,
)
from tegata.japan.dates import MalformedBirthDate, split_birth_date
from tegata.japan.four_attributes import FourAttributes, Gender
from tegata.wire.problems import NOT_FOUND, Refused
from tegata.wire.residents import ENDS_RESIDENCE, Event

Status = Literal["resident", "moved_out", "left_country", "dead"]

STATUS_AFTER: dict[Event, Status] = {
    "registered": "resident", "birth": "resident", "move_in": "resident", "move_within": "resident",
    "move_out": "moved_out", "name_change": "resident", "correction": "resident", "death": "dead",
    "left_country": "left_country",
}  # fmt: skip
POSSIBLE: dict[Status, frozenset[Event]] = {
    "resident": frozenset({"move_in", "move_within", "move_out", "name_change", "correction", "death", "left_country"}),
    "moved_out": frozenset({"move_in", "correction", "death"}),
    "left_country": frozenset({"move_in", "correction"}),
    "dead": frozenset({"correction"}),
}
"""Which events may follow each state; a correction brings back what was ended by mistake."""
BEGINS: frozenset[Event] = frozenset({"registered", "birth"})
MOVES: frozenset[Event] = frozenset({"move_in", "move_within", "move_out", "left_country"})
SETS_ADDRESS: frozenset[Event] = frozenset({"registered", "birth", "move_in", "move_within"})
MOVE_OUT_AHEAD = timedelta(days=30)
"""[GAP] How far ahead a move out is taken: our choice."""
NOTIFY_WITHIN = timedelta(days=14)
"""A move, or a birth, is to be notified within 14 days; later is taken, and shown as late."""


class Sets(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an entry sets anew; None leaves it as it is. ``former_name`` empty takes a former surname away."""

    name: str | None = None
    kana: str | None = None
    former_name: str | None = None
    birth_date: str | None = None
    gender: Gender | None = None
    address: str | None = None
    postal_code: str | None = None
    destination: str | None = None
    reason: str | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a resident's record, at the municipality that made it; ``sequence`` counts from 1."""

    sequence: int
    event: Event
    municipality_code: str
    effective_on: date
    sets: Sets


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A resident as the entries say. ``address_since``: when they began to live there."""

    municipality_code: str
    status: Status
    sequence: int
    attributes: FourAttributes
    kana: str
    former_name: str | None
    postal_code: str
    address_since: date
    destination: str | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is notified at a counter, not checked yet."""

    event: Event
    effective_on: date
    sets: Sets = Sets()


def fold(entries: Iterable[Entry]) -> Record | None:
    """The record that the entries come to, in their order; None for no entry."""
    record = None
    for entry in entries:
        record = begin(entry) if record is None else after(record, entry)
    return record


def begin(entry: Entry) -> Record:
    """The record that a first entry makes. Raises ``ValueError`` where it does not hold all a record needs."""
    sets = entry.sets
    if entry.event not in BEGINS or not (sets.name and sets.kana and sets.birth_date and sets.gender and sets.address):
        raise ValueError("a record begins with a whole registration")
    return Record(
        municipality_code=entry.municipality_code,
        status="resident",
        sequence=entry.sequence,
        attributes=FourAttributes(name=sets.name, address=sets.address, birth_date=sets.birth_date, gender=sets.gender),
        kana=sets.kana,
        former_name=sets.former_name or None,
        postal_code=sets.postal_code or "",
        address_since=entry.effective_on,
    )


def after(record: Record, entry: Entry) -> Record:
    """The record after one more entry."""
    sets, four = entry.sets, record.attributes
    return Record(
        municipality_code=entry.municipality_code,
        status=STATUS_AFTER[entry.event],
        sequence=entry.sequence,
        attributes=FourAttributes(
            name=sets.name or four.name,
            address=sets.address or four.address,
            birth_date=sets.birth_date or four.birth_date,
            gender=sets.gender or four.gender,
        ),
        kana=sets.kana or record.kana,
        former_name=record.former_name if sets.former_name is None else sets.former_name or None,
        postal_code=record.postal_code if sets.postal_code is None else sets.postal_code,
        address_since=entry.effective_on if entry.event in SETS_ADDRESS else record.address_since,
        destination=sets.destination if entry.event == "move_out" else None,
    )


def take(
    record: Record | None, change: Change, *, municipality_code: str, today: date, has_card: bool = False
) -> Entry:
    """The entry that a notification at a municipality's counter makes. Raises ``Refused``."""
    entry = Entry(
        sequence=(record.sequence if record else 0) + 1,
        event=change.event,
        municipality_code=municipality_code,
        effective_on=change.effective_on,
        sets=change.sets,
    )
    if record is None:
        _check_first(entry, today)
    else:
        _check_next(record, entry, today, has_card=has_card)
    return entry


def possible_events(record: Record, municipality_code: str) -> frozenset[Event]:
    """What can be notified at a municipality for a person now."""
    here = record.municipality_code == municipality_code
    fitting = POSSIBLE[record.status]
    if not here:
        return fitting & {"move_in"}
    return fitting - {"move_in"} if record.status == "resident" else fitting


def lived_there_since(record: Record) -> date | None:
    """Since when a resident lives at the present address; None for who is on the way or gone."""
    return record.address_since if record.status == "resident" else None


def is_late(event: Event, effective_on: date, today: date) -> bool:
    """Whether the 14 days in which a move or a birth is to be notified are over."""
    return event in SETS_ADDRESS | {"move_out"} and today - effective_on > NOTIFY_WITHIN


def _check_first(entry: Entry, today: date) -> None:
    if entry.event not in BEGINS:
        raise Refused(EVENT_NOT_POSSIBLE)
    born = entry.sets.birth_date or ""
    _check_birth_date(born, today)
    check_day(entry.event, entry.effective_on, birth_date=born, today=today)


def _check_next(record: Record, entry: Entry, today: date, *, has_card: bool) -> None:
    here = record.municipality_code == entry.municipality_code
    if entry.event != "move_in" and not here:
        raise Refused(NOT_FOUND)
    if entry.event not in POSSIBLE[record.status]:
        raise Refused(EVENT_NOT_POSSIBLE, {"state": record.status})
    if entry.event == "move_in" and record.status == "resident":
        if here:
            raise Refused(ALREADY_HERE)
        if not has_card:
            raise Refused(CARD_NEEDED)
    if entry.sets.birth_date is not None:
        _check_birth_date(entry.sets.birth_date, today)
    check_day(
        entry.event, entry.effective_on, birth_date=entry.sets.birth_date or record.attributes.birth_date,
        today=today, address_since=lived_there_since(record),
    )  # fmt: skip
    _check_something_changes(record, entry)


def _check_birth_date(birth_date: str, today: date) -> None:
    try:
        first = _first_possible(birth_date)
    except MalformedBirthDate:
        raise Refused(TEXT_NOT_WRITTEN, {"field": "birth_date"}) from None
    if first is not None and first > today:
        raise Refused(DATE_IN_FUTURE, {"field": "birth_date"})


def check_day(event: Event, day: date, *, birth_date: str, today: date, address_since: date | None = None) -> None:
    """Step 4: whether a day is plausible; ``address_since`` of somebody who lives there now. Raises ``Refused``."""
    latest = today + MOVE_OUT_AHEAD if event == "move_out" else today
    if day > latest:
        raise Refused(DATE_TOO_FAR if event == "move_out" else DATE_IN_FUTURE, {"field": "effective_on"})
    first = _first_possible(birth_date)
    if first is not None and day < first:
        raise Refused(DATE_BEFORE_BIRTH, {"field": "effective_on"})
    if address_since is not None and event in MOVES and day < address_since:
        raise Refused(DATE_BEFORE_ADDRESS, {"field": "effective_on"})


def _check_something_changes(record: Record, entry: Entry) -> None:
    if STATUS_AFTER[entry.event] != record.status or record.municipality_code != entry.municipality_code:
        return
    then = after(record, entry)
    same = msgspec.structs.replace(then, sequence=record.sequence, address_since=record.address_since)
    if same == record:
        raise Refused(NOTHING_CHANGES)


def _first_possible(birth_date: str) -> date | None:
    """The earliest day that a birth date may stand for; None where the year is unknown."""
    year, month, day = split_birth_date(birth_date)
    return date(year, month or 1, day or 1) if year else None


def told_attributes(event: Event, record: Record) -> FourAttributes | None:
    """The four attributes that J-LIS is told with an event: none once residence has ended."""
    return None if event in ENDS_RESIDENCE else record.attributes
