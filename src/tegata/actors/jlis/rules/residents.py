"""A change of the resident register arrives (figure A, ②; rule FI-03).

A resident's events are numbered from 1 across all municipalities. In order of checks:

1. an event that was taken before is answered as before; the same id with another content is a conflict
2. the content fits the kind of event
3. the number is the next one: a gap is refused (the sender tries again), a number that is taken is a conflict
4. after the end of residence only what brings it back, or another end, is taken
"""

from dataclasses import dataclass

from tegata.actors.jlis.rules.revocation import reason_for
from tegata.japan import resident_code
from tegata.japan.dates import is_birth_date
from tegata.japan.four_attributes import FourAttributes, Item
from tegata.japan.municipalities import UnknownMunicipality, municipality
from tegata.wire.certificates import Reason, Usage
from tegata.wire.problems import CONFLICT, INVALID, Refused
from tegata.wire.residents import ENDS_RESIDENCE, OUT_OF_ORDER, Event, ResidentEvent

FIRST_YEAR, LAST_YEAR = 1868, 9998
"""Years that a register's entry can have; the last one of the calendar has no room for a change of zone."""

BRINGS_BACK: dict[Event, frozenset[Event]] = {
    "death": frozenset({"correction"}),
    "left_country": frozenset({"correction", "move_in", "registered"}),
}
"""What may follow the end of residence and begin it again: a death is undone only by a correction."""


@dataclass(frozen=True)
class OnRecord:
    """A resident as J-LIS knows them: the newest event, and the attributes as they are or last were."""

    sequence: int
    event: Event
    attributes: FourAttributes

    @property
    def ended(self) -> bool:
        """Whether residence has ended."""
        return self.event in ENDS_RESIDENCE


@dataclass(frozen=True)
class Taken:
    """An event is taken: the attributes from now on, which items changed, which certificates end with it and why."""

    attributes: FourAttributes
    changed: tuple[Item, ...]
    revoke: tuple[Usage, ...]
    reason: Reason


def check_content(event: ResidentEvent) -> None:
    """Step 2. Raises INVALID with the field that is wrong."""
    if not resident_code.is_valid(event.resident_code):
        raise Refused(INVALID, {"field": "resident_code"})
    try:
        municipality(event.municipality_code)
    except UnknownMunicipality:
        raise Refused(INVALID, {"field": "municipality_code"}) from None
    if (event.attributes is None) != (event.event in ENDS_RESIDENCE):
        raise Refused(INVALID, {"field": "attributes"})
    if event.recorded_at.tzinfo is None or not FIRST_YEAR <= event.recorded_at.year <= LAST_YEAR:
        raise Refused(INVALID, {"field": "recorded_at"})
    if event.attributes is not None and not is_birth_date(event.attributes.birth_date):
        raise Refused(INVALID, {"field": "attributes.birth_date"})


def take(event: ResidentEvent, known: OnRecord | None) -> Taken:
    """Steps 2 to 4 for an event that was not taken before. Raises INVALID, OUT_OF_ORDER or CONFLICT."""
    check_content(event)
    _check_sequence(event.sequence, known.sequence if known else 0)
    if known is None:
        return _first(event)
    if known.ended and event.attributes is not None and event.event not in BRINGS_BACK[known.event]:
        raise Refused(CONFLICT, {"after": known.event})
    return _next(event, known)


def _check_sequence(sequence: int, newest: int) -> None:
    if sequence > newest + 1:
        raise Refused(OUT_OF_ORDER, {"newest": newest})
    if sequence <= newest:
        raise Refused(CONFLICT, {"newest": newest})


def _first(event: ResidentEvent) -> Taken:
    if event.attributes is None:
        raise Refused(INVALID, {"field": "event"})
    return Taken(event.attributes, (), (), reason_for(event.event))


def _next(event: ResidentEvent, known: OnRecord) -> Taken:
    reason = reason_for(event.event)
    if event.attributes is None:
        return Taken(known.attributes, (), ("sign", "auth"), reason)
    changed = event.attributes.changed_from(known.attributes)
    return Taken(event.attributes, changed, ("sign",) if changed else (), reason)
