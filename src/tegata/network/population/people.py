"""One invented person after the other, household by household."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain, islice
from itertools import count as count_from
from random import Random
from string import ascii_uppercase, digits
from typing import Literal, NamedTuple

import msgspec

from tegata.japan import my_number, resident_code
from tegata.japan.dates import full_years
from tegata.japan.four_attributes import FourAttributes
from tegata.japan.text import to_full_width
from tegata.network.population import sources
from tegata.network.population.households import FIRST_HOUSEHOLDS, Member, Plan, Relationship, plan

REFERENCE_DAY = date(2023, 9, 25)
"""The day on which people have their ages, unless another is given."""

SIGN_AGE = 15
"""From this age a card has a signature certificate."""

_VARIANT_SHARE = 0.25
_BUILDING_SHARE = 0.4
_UNKNOWN_DAY_SHARE = 0.004
_BUILDINGS = (
    "パークハイツ",
    "コーポひまわり",
    "グリーンコート",
    "メゾン桜",
    "サンライズマンション",
    "第２山田ビル",
    "ハイツ富士",
    "レジデンス東",
)


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A resident with what the demonstration knows of them, secrets included.

    ``former_name`` is a former surname (旧氏) kept in the register. ``auth_pin`` and ``text_pin`` have 4 digits,
    ``sign_password`` 6 to 16 capital letters and digits with at least one of each. Without ``has_card`` the card's
    dates are None; ``has_sign_certificate`` says whether the card's signature certificate was issued. ``phone`` is the
    kind of phone that the person owns, ``phone_biometrics`` whether it can stand in for a PIN.
    """

    person_id: str
    resident_code: str
    my_number: str
    attributes: FourAttributes
    kana: str
    former_name: str | None
    municipality_code: str
    postal_code: str
    household_id: str
    relationship: Relationship
    foreign: bool
    has_card: bool
    has_sign_certificate: bool
    card_applied_on: date | None
    card_issued_on: date | None
    auth_pin: str
    text_pin: str
    sign_password: str
    phone: Literal["android", "iphone"] | None
    phone_biometrics: bool


class Place(NamedTuple):
    """Where a population can be begun with: the number of a household, and the number of its first person."""

    household: int = 1
    person: int = 1


BEGINNING = Place()


class Home(NamedTuple):
    """Where a household lives."""

    household_id: str
    municipality_code: str
    postal_code: str
    address: str


class _Name(NamedTuple):
    name: str
    kana: str


class _Numbers:
    """Resident codes and My Numbers that never repeat: position times a unit of the ring, so no memory is needed."""

    def __init__(self, seed: int) -> None:
        rng = sources.stream("numbers", seed)
        self._code = (rng.randrange(10**9) * 10 + 3, rng.randrange(10**10))
        self._my_number = (rng.randrange(10**10) * 10 + 7, rng.randrange(10**11))

    def resident_code(self, position: int) -> str:
        factor, start = self._code
        ten = f"{(position * factor + start) % 10**10:010}"
        return f"{ten}{resident_code.check_digit(ten)}"

    def my_number(self, position: int) -> str:
        factor, start = self._my_number
        eleven = f"{(position * factor + start) % 10**11:011}"
        return f"{eleven}{my_number.check_digit(eleven)}"


class _Setting(NamedTuple):
    """What a household's members have in common."""

    rng: Random
    on: date
    home: Home
    numbers: _Numbers


class _Traits(NamedTuple):
    """What is settled about one member."""

    number: int
    member: Member
    birth: date
    name: _Name
    former_name: str | None
    foreign: bool


def generate(seed: int, count: int, *, on: date = REFERENCE_DAY) -> Iterator[Person]:
    """``count`` people, the same for the same seed and day; a smaller count gives the beginning of a bigger one.

    ``on`` is the day on which they have their ages and their cards are valid. The last household may be cut short.
    Raises ``ValueError`` for a negative count.
    """
    if count < 0:
        raise ValueError("a population can not be negative")
    return islice(chain.from_iterable(households(seed, on=on)), count)


def households(seed: int, start: Place = BEGINNING, *, on: date = REFERENCE_DAY) -> Iterator[list[Person]]:
    """The whole households of :func:`generate` from a place on, without end."""
    codes = _Numbers(seed)
    position = start.person
    for number in count_from(start.household):
        rng, chosen = _planned(seed, number)
        setting = _Setting(rng, on, home(rng, f"H{number:06}"), codes)
        members = list(_household(chosen, setting, position))
        position += len(members)
        yield members


def places(seed: int, start: Place = BEGINNING) -> Iterator[Place]:
    """Where each household begins, from a place on, without end: much faster than making its people."""
    place = start
    while True:
        yield place
        _, chosen = _planned(seed, place.household)
        place = Place(place.household + 1, place.person + len(chosen.members))


def _planned(seed: int, number: int) -> tuple[Random, Plan]:
    """A household to be, and its stream of chance: one of its own, so one more draw in one place moves nobody else."""
    rng = sources.stream("household", seed, number)
    return rng, FIRST_HOUSEHOLDS[number - 1] if number <= len(FIRST_HOUSEHOLDS) else plan(rng)


def _household(chosen: Plan, at: _Setting, first: int) -> Iterator[Person]:
    rng = at.rng
    family = _family_name(rng, chosen)
    taken: set[str] = set()
    for number, member in enumerate(chosen.members, first):
        birth = _born(rng, member.age, at.on)
        name = _foreign(rng, member) if chosen.foreign else _japanese(rng, member, birth.year, family, taken)
        former = _former_name(rng, family.name) if member.former_name and not chosen.foreign else None
        yield _person(at, _Traits(number, member, birth, name, former, chosen.foreign))


def home(rng: Random, household_id: str) -> Home:
    """A home by chance: a real town, a house that need not be."""
    place, town = sources.pick_town(rng)
    address = to_full_width(place.full_name + town.town + _house(rng, town.has_chome) + _building(rng))
    return Home(household_id, town.municipality_code, town.postal_code, address)


def _house(rng: Random, has_chome: bool) -> str:
    if has_chome:
        return f"{rng.randint(1, 5)}丁目{rng.randint(1, 30)}番{rng.randint(1, 25)}号"
    lot = f"{rng.randint(1, 2400)}番地"
    return lot if rng.random() < 0.5 else f"{lot}{rng.choice(('', 'の'))}{rng.randint(1, 15)}"


def _building(rng: Random) -> str:
    if rng.random() >= _BUILDING_SHARE:
        return ""
    return f"\u3000{rng.choice(_BUILDINGS)}{rng.randint(1, 9)}{rng.randint(1, 12):02}号室"


def _family_name(rng: Random, chosen: Plan) -> _Name:
    if chosen.surname:
        return _Name(chosen.surname, sources.surname_written(chosen.surname).kana)
    surname = sources.pick_surname(rng)
    has_form = rng.random() < _VARIANT_SHARE and surname.forms
    return _Name(rng.choice(surname.forms) if has_form else surname.name, surname.kana)


def _former_name(rng: Random, current: str) -> str:
    former = sources.pick_surname(rng).name
    while former == current:
        former = sources.pick_surname(rng).name
    return former


def _japanese(rng: Random, member: Member, year: int, family: _Name, taken: set[str]) -> _Name:
    given = sources.pick_given_name(rng, member.gender, year, taken)
    taken.add(given.name)
    return _Name(f"{family.name}\u3000{given.name}", f"{family.kana}\u3000{given.kana}")


def _foreign(rng: Random, member: Member) -> _Name:
    one = sources.pick_foreign_name(rng, member.gender)
    name = to_full_width(f"{one.surname} {one.given_name}")
    return _Name(name, f"{one.surname_kana}\u3000{one.given_name_kana}")


def _born(rng: Random, age: int, on: date) -> date:
    """A birth date with which the person is ``age`` years old on the day."""
    year = on.year - age
    last = on.replace(year=year, day=28) if (on.month, on.day) == (2, 29) else on.replace(year=year)
    return last - timedelta(days=rng.randrange(365))


def _person(at: _Setting, who: _Traits) -> Person:
    rng, member, lives = at.rng, who.member, at.home
    issued = _card_issued(rng, member, who.birth, at.on)
    applied = max(who.birth, issued - timedelta(days=rng.randint(15, 60))) if issued else None
    phone = _phone(rng, member.age)
    birth_date = _birth_date(rng, who.birth, member)
    return Person(
        person_id=f"P{who.number:06}",
        resident_code=at.numbers.resident_code(who.number),
        my_number=at.numbers.my_number(who.number),
        attributes=FourAttributes(
            name=who.name.name, address=lives.address, birth_date=birth_date, gender=member.gender
        ),
        kana=who.name.kana,
        former_name=who.former_name,
        municipality_code=lives.municipality_code,
        postal_code=lives.postal_code,
        household_id=lives.household_id,
        relationship=member.relationship,
        foreign=who.foreign,
        has_card=issued is not None,
        has_sign_certificate=_has_sign(rng, member, who.birth, issued),
        card_applied_on=applied,
        card_issued_on=issued,
        auth_pin=_digits(rng),
        text_pin=_digits(rng),
        sign_password=_password(rng),
        phone=phone,
        phone_biometrics=phone is not None and rng.random() < 0.85,
    )


def _birth_date(rng: Random, birth: date, member: Member) -> str:
    """Rarely the register does not know an old person's day."""
    unknown = rng.random() < _UNKNOWN_DAY_SHARE and member.age >= 80
    return f"{birth.year}-00-00" if unknown else birth.isoformat()


def _card_issued(rng: Random, member: Member, birth: date, on: date) -> date | None:
    """The day the card was handed over: in the last three years, so that its certificates are still valid."""
    chance = 0.55 if member.age < 5 else 0.75 if member.age < 15 else 0.82 if member.age < 85 else 0.65
    wanted = rng.random() < chance if member.card is None else member.card
    day = on - timedelta(days=rng.randint(20, 3 * 365))
    earliest = birth + timedelta(days=30)
    if not wanted or earliest >= on:
        return None
    if member.card and member.age >= SIGN_AGE:
        return max(day, earliest, _birthday(birth, SIGN_AGE))
    return max(day, earliest)


def _birthday(birth: date, age: int) -> date:
    leap = (birth.month, birth.day) == (2, 29)
    return date(birth.year + age, 3, 1) if leap else birth.replace(year=birth.year + age)


def _has_sign(rng: Random, member: Member, birth: date, issued: date | None) -> bool:
    wanted = rng.random() < 0.97 or member.card is True
    return wanted and issued is not None and full_years(birth, issued) >= SIGN_AGE


def _phone(rng: Random, age: int) -> Literal["android", "iphone"] | None:
    owner = rng.random() < (0.1 if age < 10 else 0.9 if age < 70 else 0.5)
    kind: Literal["android", "iphone"] = "iphone" if rng.random() < 0.5 else "android"
    return kind if owner else None


def _digits(rng: Random) -> str:
    return f"{rng.randrange(10_000):04}"


def _password(rng: Random) -> str:
    letters = rng.choices(ascii_uppercase, k=rng.randint(3, 8)) + rng.choices(digits, k=rng.randint(3, 8))
    rng.shuffle(letters)
    return "".join(letters)
