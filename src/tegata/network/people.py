"""People to try things with: who was made up, and how the register has them now.

The register says who there is; what the population knows besides is made up again for those who are shown, household by
household, so that one of millions is found as fast as one of a few.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Select, exists, select

from tegata.actors.bank.seed import unknown_numbers
from tegata.actors.citizen.service.memory import remembered
from tegata.actors.citizen.tables import CardRow as CardInDrawer
from tegata.actors.municipality.service import records
from tegata.actors.municipality.tables import CardRow, EntryRow, MembershipRow, ResidentRow
from tegata.japan.dates import age_on
from tegata.japan.municipalities import all_municipalities, municipality
from tegata.japan.names import normalise_kana, normalise_name
from tegata.network.population import (
    MOST_MEMBERS,
    Person,
    Place,
    customer_numbers,
    households,
    later_customer_numbers,
)
from tegata.network.seeding import event_id
from tegata.network.site import Record
from tegata.node.node import Node
from tegata.wire.problems import Refused, problem

CHUNK = 500

NO_SUCH_PERSON = problem(
    "no-such-person", 404,
    ja="この番号の人はいません。", en="There is no person of this id.",
    do_ja="tegata people list で番号を確かめてください。", do_en="Look for the id with `tegata people list`.",
)  # fmt: skip


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A person of the population as the register has them now. ``age`` is None where the year of birth is unknown.

    ``customer_number`` is the bank's, empty for somebody who is no customer; ``pins`` are told for one person only.
    """

    id: str
    name: str
    kana: str
    birth_date: str
    age: int | None
    gender: str
    municipality_code: str
    municipality: str
    address: str
    status: str
    resident_code: str
    has_card: bool
    has_sign_certificate: bool
    customer_number: str
    pins: dict[str, str] = {}


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to list; empty and None do not narrow. ``name`` is part of a name or of its kana."""

    name: str = ""
    municipality: str = ""
    min_age: int | None = None
    max_age: int | None = None
    card: bool = False
    customer: bool = False

    def takes(self, person: Known) -> bool:
        """Whether a person is meant."""
        wanted = normalise_name(self.name)
        named = wanted in normalise_name(person.name) or normalise_kana(self.name) in normalise_kana(person.kana)
        placed = self.municipality in person.municipality or self.municipality == person.municipality_code
        ages = (person.age,) if person.age is not None else (-1,)
        old = self.min_age is None or ages[0] >= self.min_age
        young = self.max_age is None or 0 <= ages[0] <= self.max_age
        held = person.has_card or not self.card
        banked = bool(person.customer_number) or not self.customer
        return all((named, placed, old, young, held, banked))


class Sources(NamedTuple):
    """Where people are looked up: the records of three actors, and what the network was made of."""

    register: Node
    drawer: Node
    bank: Node
    record: Record


class _Found(NamedTuple):
    """A person by number, the household that they were made up with, and how the register has them."""

    number: int
    household_id: str
    row: ResidentRow


def listed(sources: Sources, wanted: Wanted, on: date) -> Iterator[Known]:
    """The people who are wanted, in the order of their ids. The register searches, so that millions take no longer."""
    numbers = _CustomerNumbers(sources)
    for part in _pages(sources.register, _query(wanted, on)):
        yield from filter(wanted.takes, _known(sources, part, numbers, on))


def one(sources: Sources, person_id: str, on: date) -> Known:
    """One person, with the PINs that they remember. Raises ``Refused`` (no-such-person)."""
    found: list[_Found] = []
    if _ID(person_id):
        with sources.register.database.read() as session:
            query = _PEOPLE.where(EntryRow.event_id == event_id(person_id))
            found = [_Found(int(person_id[1:]), home or "", row) for _, _, home, row in session.execute(query)]
    for known in _known(sources, found, _CustomerNumbers(sources), on):
        return msgspec.structs.replace(known, pins=_pins(sources.drawer, person_id))
    raise Refused(NO_SUCH_PERSON, {"id": person_id})


_ID = re.compile("P[0-9]{6,18}").fullmatch
_Query = Select[int, str, str | None, ResidentRow]
_PEOPLE = (
    select(MembershipRow.number, MembershipRow.cause, MembershipRow.household_id, ResidentRow)
    .join(ResidentRow, ResidentRow.resident_id == MembershipRow.resident_id)
    .join(EntryRow, (EntryRow.resident_id == MembershipRow.resident_id) & (EntryRow.event_id == MembershipRow.cause))
)
"""The people of the population, each with the household that they came with."""


def _query(wanted: Wanted, on: date) -> _Query:
    """Those who may be wanted, and few others."""
    query = _PEOPLE.where(MembershipRow.cause.startswith(event_id("P")), EntryRow.sequence == 1)
    if wanted.name:
        name, kana = records.name_key(wanted.name), normalise_kana(wanted.name)
        named = ResidentRow.name_key.contains(name, autoescape=True)
        query = query.where(named | ResidentRow.kana_key.contains(kana, autoescape=True) if kana else named)
    if wanted.municipality:
        text = wanted.municipality
        codes = [place.code for place in all_municipalities() if text == place.code or text in place.full_name]
        query = query.where(ResidentRow.municipality_code.in_(codes))
    if wanted.min_age is not None:
        query = query.where(ResidentRow.birth_date <= f"{on.year - wanted.min_age:04}-12-31")
    if wanted.max_age is not None:
        query = query.where(ResidentRow.birth_date >= f"{on.year - wanted.max_age - 1:04}-00-00")
    if wanted.card:
        query = query.where(exists().where(CardRow.resident_id == ResidentRow.resident_id))
    return query


def _pages(register: Node, query: _Query) -> Iterator[list[_Found]]:
    after = 0
    while True:
        page = query.where(MembershipRow.number > after).order_by(MembershipRow.number).limit(CHUNK)
        with register.database.read() as session:
            rows = session.execute(page).all()
        if not rows:
            return
        after = rows[-1][0]
        yield [_Found(int(cause.removeprefix(event_id("P"))), home or "", row) for _, cause, home, row in rows]


class _CustomerNumbers:
    """Customer numbers by person number, worked out as far as they are asked for, in ascending order."""

    def __init__(self, sources: Sources) -> None:
        record = sources.record
        self._bank = sources.bank
        self._first = customer_numbers(record.people, record.seed, record.customers)
        self._later = later_customer_numbers(record.people, record.seed, record.customers)
        self._next = next(self._later)
        self._people = record.people

    def of(self, people: list[int]) -> dict[int, str]:
        """The numbers of those who are customers now."""
        found = {number: self._first.get(f"P{number:06}", "") for number in people if number <= self._people}
        later = dict[int, str]()
        while people and self._next[0] <= people[-1]:
            later.update([self._next])
            self._next = next(self._later)
        asked = {number: later[number] for number in people if number in later}
        unknown = unknown_numbers(self._bank, asked.values())
        return found | {number: customer for number, customer in asked.items() if customer not in unknown}


def _known(sources: Sources, found: list[_Found], numbers: _CustomerNumbers, on: date) -> Iterator[Known]:
    firsts = _first_members(sources.register, found)
    customers = numbers.of([each.number for each in found])
    for each in found:
        place = Place(int(each.household_id[1:]), firsts[each.number])
        household = next(households(sources.record.seed, place, on=sources.record.on))
        person = household[each.number - place.person]
        yield _as_known(person, each.row, customers.get(each.number, ""), on)


def _first_members(register: Node, found: list[_Found]) -> dict[int, int]:
    """For each person number that of the first member of the household: those before who came with the same."""
    around = {number for each in found for number in range(max(1, each.number - MOST_MEMBERS), each.number)}
    homes: dict[int, str | None] = {each.number: each.household_id for each in found}
    ids = [event_id(f"P{number:06}") for number in sorted(around - homes.keys())]
    query = select(EntryRow.event_id, MembershipRow.household_id).join(
        MembershipRow, (MembershipRow.resident_id == EntryRow.resident_id) & (MembershipRow.cause == EntryRow.event_id)
    )
    with register.database.read() as session:
        for start in range(0, len(ids), CHUNK):
            some = query.where(EntryRow.event_id.in_(ids[start : start + CHUNK]))
            for cause, home in session.execute(some):
                homes[int(cause.removeprefix(event_id("P")))] = home
    firsts = {}
    for each in found:
        first = each.number
        while homes.get(first - 1) == each.household_id:
            first -= 1
        firsts[each.number] = first
    return firsts


def _pins(drawer: Node, person_id: str) -> dict[str, str]:
    cards = select(CardInDrawer.card_id).where(CardInDrawer.person_id == person_id, CardInDrawer.medium == "card")
    newest = cards.order_by(CardInDrawer.received_at.desc()).limit(1)
    with drawer.database.read() as session:
        card_id = session.scalar(newest)
        pins = {which: remembered(session, card_id, which) for which in ("auth", "text", "sign")} if card_id else {}
    return {which: pin for which, pin in pins.items() if pin}


def _as_known(person: Person, row: ResidentRow, number: str, on: date) -> Known:
    facts: dict[str, Any] = {
        field: getattr(row, field) for field in ("name", "kana", "birth_date", "gender", "address")
    }
    return Known(
        id=person.person_id, resident_code=person.resident_code, age=age_on(row.birth_date, on), status=row.status,
        municipality_code=row.municipality_code, municipality=municipality(row.municipality_code).full_name,
        has_card=person.has_card, has_sign_certificate=person.has_sign_certificate, customer_number=number, **facts,
    )  # fmt: skip
