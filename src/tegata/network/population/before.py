"""What was before: people whose first certificates ended, by a move of the household or a renewal of their own.

Decided by a stream of chance beside that of the people, so that nobody is another with another share.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Literal, NamedTuple

from tegata.network.population import sources
from tegata.network.population.households import FIRST_PERSONS
from tegata.network.population.people import BEGINNING, REFERENCE_DAY, Person, Place, home, households

MOST = 0.3
"""The greatest share that can be asked for."""

_MOVES = 0.8
_DAYS = 3 * 365
_MOVES_OF_HOLDERS = 0.5
"""About how many of the moves of the last three years came after the card, which is as old at most: the others had no
certificate that could end."""


class Before(NamedTuple):
    """How a person's first certificates ended, on which day after the card was handed over, and where they lived."""

    until: date
    reason: Literal["affiliationChanged", "superseded"]
    municipality_code: str
    address: str


def before(seed: int, household: Sequence[Person], share: float, *, on: date = REFERENCE_DAY) -> dict[str, Before]:
    """By person id, who of a household had certificates before; of all holders about ``share`` (0 to :data:`MOST`).

    Four in five ended by a move. The first people of a population have none, so that they are as they are described.
    """
    if not 0 <= share <= MOST:
        raise ValueError(f"a share is 0 to {MOST}")
    if not share or int(household[0].person_id[1:]) <= FIRST_PERSONS:
        return {}
    rng = sources.stream("before", seed, household[0].household_id)
    moved = _move(rng, share, on)
    found = {}
    for person in household:
        own = moved if moved is not None else _renewal(rng, person, share, on)
        if own is not None and person.card_issued_on is not None and person.card_issued_on < own.until:
            found[person.person_id] = own
    return found


def generate_with_before(
    seed: int, share: float, start: Place = BEGINNING, *, on: date = REFERENCE_DAY
) -> Iterator[tuple[Person, Before | None]]:
    """The people of ``generate`` from a place on, without end, each with what was :func:`before`."""
    for household in households(seed, start, on=on):
        was = before(seed, household, share, on=on)
        for person in household:
            yield person, was.get(person.person_id)


def _move(rng: Random, share: float, on: date) -> Before | None:
    if rng.random() >= share * _MOVES / _MOVES_OF_HOLDERS:
        return None
    was = home(rng, "")
    return Before(on - timedelta(days=rng.randint(1, _DAYS)), "affiliationChanged", was.municipality_code, was.address)


def _renewal(rng: Random, person: Person, share: float, on: date) -> Before | None:
    issued = person.card_issued_on
    if rng.random() >= share * (1 - _MOVES) or issued is None:
        return None
    day = issued + timedelta(days=rng.randint(1, max(1, (on - issued).days - 1)))
    return Before(day, "superseded", person.municipality_code, person.attributes.address)
