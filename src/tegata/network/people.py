"""People to try things with: who was made up, and how the register has them now."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import select

from tegata.actors.citizen.service.memory import remembered
from tegata.actors.citizen.tables import CardRow
from tegata.actors.municipality.tables import ResidentRow
from tegata.japan.dates import age_on
from tegata.japan.municipalities import municipality
from tegata.japan.names import normalise_kana, normalise_name
from tegata.network.population import Person, customer_numbers, generate
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


def everybody(register: Node, record: Record, on: date) -> Iterator[Known]:
    """The population of a network, one after the other; ``register`` is the municipality's node."""
    people = list(generate(record.seed, record.people, on=record.on))
    numbers = customer_numbers(people, record.seed, record.customers)
    for start in range(0, len(people), CHUNK):
        part = people[start : start + CHUNK]
        rows = _rows(register, [person.resident_code for person in part])
        for person in part:
            yield _known(person, rows[person.resident_code], numbers.get(person.person_id, ""), on)


def one(register: Node, drawer: Node, record: Record, person_id: str, on: date) -> Known:
    """One person, with the PINs that they remember. Raises ``Refused`` (no-such-person)."""
    found = next((person for person in everybody(register, record, on) if person.id == person_id), None)
    if found is None:
        raise Refused(NO_SUCH_PERSON, {"id": person_id})
    return msgspec.structs.replace(found, pins=_pins(drawer, person_id))


def _rows(register: Node, codes: list[str]) -> dict[str, ResidentRow]:
    with register.database.read() as session:
        rows = session.scalars(select(ResidentRow).where(ResidentRow.resident_code.in_(codes)))
        return {row.resident_code: row for row in rows}


def _pins(drawer: Node, person_id: str) -> dict[str, str]:
    cards = select(CardRow.card_id).where(CardRow.person_id == person_id, CardRow.medium == "card")
    newest = cards.order_by(CardRow.received_at.desc()).limit(1)
    with drawer.database.read() as session:
        card_id = session.scalar(newest)
        pins = {which: remembered(session, card_id, which) for which in ("auth", "text", "sign")} if card_id else {}
    return {which: pin for which, pin in pins.items() if pin}


def _known(person: Person, row: ResidentRow, number: str, on: date) -> Known:
    facts: dict[str, Any] = {
        field: getattr(row, field) for field in ("name", "kana", "birth_date", "gender", "address")
    }
    return Known(
        id=person.person_id, resident_code=person.resident_code, age=age_on(row.birth_date, on), status=row.status,
        municipality_code=row.municipality_code, municipality=municipality(row.municipality_code).full_name,
        has_card=person.has_card, has_sign_certificate=person.has_sign_certificate, customer_number=number, **facts,
    )  # fmt: skip
