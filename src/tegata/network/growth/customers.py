"""More customers of the bank, out of the residents who came after the network was made."""

from collections.abc import Iterator
from itertools import islice, takewhile
from typing import cast

from tegata.actors.bank import seed as bank
from tegata.actors.bank.settings import Field
from tegata.network.assembly import Network
from tegata.network.growth.batches import place_of
from tegata.network.growth.refusals import TOO_MANY_CUSTOMERS
from tegata.network.phases import Phases
from tegata.network.population import Person, Place, households, later_customer, later_customer_numbers
from tegata.network.site import Record
from tegata.wire.problems import Refused
from tegata.wire.text import Text

BATCH = 2000


def check_customers(record: Record, customers: int, people: int) -> None:
    """Raises ``Refused`` (too-many-customers) where so many ``people`` have not so many customers among them."""
    found = sum(1 for _ in islice(_numbers(record, people), max(0, customers - record.customers)))
    if record.customers + found < customers:
        raise Refused(TOO_MANY_CUSTOMERS, {"at_most": record.customers + found})


def add_customers(network: Network, record: Record, customers: int, people: int, phase: Phases) -> int:
    """Bring the bank to a number of customers; returns how many are new. Who is known stays, so it may be repeated."""
    wanted = dict(islice(_numbers(record, people), max(0, customers - record.customers)))
    missing = bank.unknown_numbers(network["bank"], wanted.values())
    added = 0
    with phase(Text("銀行の顧客", "The bank's customers"), len(missing)) as done:
        rows = (
            later_customer(record.seed, wanted[number], person)
            for number, person in _people(record, max(wanted, default=0))
            if wanted.get(number) in missing
        )
        while part := list(islice(rows, BATCH)):
            bank.load_customers(network["bank"], [cast("dict[Field, str]", row) for row in part])
            added += len(part)
            done(len(part))
    return added


def _numbers(record: Record, people: int) -> Iterator[tuple[int, str]]:
    """Those who are residents already."""
    later = later_customer_numbers(record.people, record.seed, record.customers)
    return takewhile(lambda one: one[0] <= people, later)


def _people(record: Record, until: int) -> Iterator[tuple[int, Person]]:
    """The people who came after the network was made, by number."""
    start = place_of(record, record.people)
    place = Place(start.household, start.first)
    for household in households(record.seed, place, on=record.on):
        for number, person in enumerate(household, place.person):
            if number > until:
                return
            yield number, person
        place = Place(place.household + 1, place.person + len(household))
