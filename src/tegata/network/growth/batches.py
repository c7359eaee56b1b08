"""A population from one number to another, in batches that can each be made and written by itself."""

from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

from tegata.actors.jlis import seed as jlis
from tegata.network.population import Before, Person, Place, before, households, places
from tegata.network.site import Record
from tegata.node.loading import Loaded
from tegata.pki.profiles import USAGES, Usage

BATCH = 1000


class Batch(NamedTuple):
    """People in the order of their numbers, and how far the load is with them."""

    people: list[tuple[Person, Before | None]]
    loaded: Loaded

    def serials(self) -> dict[Usage, int]:
        """How many certificates of each usage they come to."""
        return {usage: sum(_serials(usage, *each) for each in self.people) for usage in USAGES}


def batches(record: Record, share: float, after: Loaded, until: int) -> Iterator[Batch]:
    """The people of a network after a load, up to the number ``until``; all batches but the last have :data:`BATCH`.

    ``share`` of them had certificates before.
    """
    place, people = Place(after.household, after.first), list[tuple[Person, Before | None]]()
    for household in households(record.seed, place, on=record.on):
        was = before(record.seed, household, share, on=record.on)
        for number, person in enumerate(household, place.person):
            if after.people < number <= until:
                people.append((person, was.get(person.person_id)))
            if people and (len(people) == BATCH or number == until):
                yield Batch(people, Loaded(number, place.household, place.person))
                people = []
        place = Place(place.household + 1, place.person + len(household))
        if place.person > until:
            return


def place_of(record: Record, people: int) -> Loaded:
    """Where a load goes on after so many people of a network, counted from the beginning."""
    *_, place = takewhile(lambda place: place.person <= people + 1, places(record.seed))
    return Loaded(people, place.household, place.person)


def _serials(usage: Usage, person: Person, was: Before | None) -> int:
    holds = person.has_card if usage == "auth" else person.has_sign_certificate
    return jlis.serials_of(usage, was.reason if was else None) if holds else 0
