"""A bank's customers: some of the people, written in the bank's own ways, and others outside the network."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from itertools import count as count_from
from random import Random
from typing import NamedTuple

from tegata.japan.kanji import common_form_in_jis, fold_variants
from tegata.japan.municipalities import all_municipalities, municipality
from tegata.japan.names import normalise_kana
from tegata.japan.numerals import to_kanji
from tegata.japan.text import fold_width, to_full_width, to_half_width
from tegata.network.population.households import FIRST_PERSONS
from tegata.network.population.people import REFERENCE_DAY, Person, generate
from tegata.network.population.sources import stream

FIELDS = ("customer_number", "name", "kana", "postal_code", "address", "birth_date", "gender")

_SHARE = 0.6
_FIRST_NUMBER = 1_000_001


class _Customer(NamedTuple):
    number: str
    person: Person
    in_network: bool


def bank_customers(
    people: Iterable[Person], seed: int, count: int = 10_000, *, broken: int = 0, on: date = REFERENCE_DAY
) -> Iterator[dict[str, str]]:
    """``count`` rows with the keys :data:`FIELDS`, then ``broken`` more that an import must refuse, each differently.

    About six in ten of ``people`` are customers (the first ten always), never more than ``count``. The bank writes
    names, kana and addresses in its own notation and only with characters of Shift_JIS (Windows-31J); the birth date is
    YYYY-MM-DD, the gender ``male``, ``female`` or ``other``. ``on`` is the day of ``people``. The same arguments give
    the same rows.
    """
    rows = [_row(stream("customer", seed, one.number), one) for one in _customers(people, seed, count, on)]
    yield from rows
    for index in range(broken):
        yield _broken(rows[index % len(rows)] if rows else dict.fromkeys(FIELDS, ""), index)


def customer_numbers(people: int, seed: int, count: int = 10_000) -> dict[str, str]:
    """Person id → customer number, for those of the first ``people`` who are customers in :func:`bank_customers`.

    Nobody has to be made up for it.
    """
    rng, chosen = _chosen(people, seed, count)
    rng.randrange(2**62)
    order = _order(rng, len(chosen), count)
    return {
        f"P{chosen[place] + 1:06}": f"{_FIRST_NUMBER + index}"
        for index, place in enumerate(order)
        if place < len(chosen)
    }


def later_customer_numbers(people: int, seed: int, customers: int) -> Iterator[tuple[int, str]]:
    """Person number and customer number of those who become customers after the first ``people`` and ``customers``.

    In their order, without end: as many as there are residents beyond.
    """
    rng, number = stream("later customers", seed), count_from(_FIRST_NUMBER + customers)
    for person in count_from(people + 1):
        if rng.random() < _SHARE:
            yield person, f"{next(number)}"


def later_customer(seed: int, number: str, person: Person) -> dict[str, str]:
    """The row of one of them, as :func:`bank_customers` has rows."""
    return _row(stream("customer", seed, number), _Customer(number, person, True))


def _chosen(people: int, seed: int, count: int) -> tuple[Random, list[int]]:
    """Which of the first people are customers, by index, and the chance to go on with."""
    rng = stream("bank", seed)
    return rng, [index for index in range(people) if rng.random() < _SHARE or index < FIRST_PERSONS][:count]


def _order(rng: Random, chosen: int, count: int) -> list[int]:
    """In which order customers have numbers: the first people first, the others mixed with those from outside."""
    first = min(chosen, FIRST_PERSONS)
    rest = list(range(first, count))
    rng.shuffle(rest)
    return [*range(first), *rest]


def _customers(people: Iterable[Person], seed: int, count: int, on: date = REFERENCE_DAY) -> list[_Customer]:
    """Who has which number is the same whatever the day."""
    everybody = list(people)
    rng, indices = _chosen(len(everybody), seed, count)
    chosen = [everybody[index] for index in indices]
    known = {(one.attributes.name, one.attributes.birth_date) for one in chosen}
    both = chosen + _others(rng.randrange(2**62), count - len(chosen), known, on)
    return [
        _Customer(f"{_FIRST_NUMBER + index}", both[place], place < len(chosen))
        for index, place in enumerate(_order(rng, len(chosen), count))
    ]


def _others(seed: int, count: int, known: set[tuple[str, str]], on: date) -> list[Person]:
    """People of another seed, without anybody who could be taken for one of the network."""
    candidates = generate(seed, 2 * count + FIRST_PERSONS, on=on)
    strangers = (one for one in candidates if (one.attributes.name, one.attributes.birth_date) not in known)
    return [one for one, _ in zip(strangers, range(count), strict=False)]


def _row(rng: Random, customer: _Customer) -> dict[str, str]:
    person = customer.person
    code = person.postal_code
    values = (
        customer.number,
        _in_shift_jis(_name(rng, person.attributes.name)),
        _kana(rng, person.kana),
        code if rng.random() < 0.5 else f"{code[:3]}-{code[3:]}",
        _in_shift_jis(_address(rng, person)),
        person.attributes.birth_date,
        person.attributes.gender,
    )
    return dict(zip(FIELDS, values, strict=True))


def _name(rng: Random, name: str) -> str:
    """As registered, with a half-width space or none, or with common characters instead of the person's own."""
    style = rng.randrange(5)
    if style == 0:
        return fold_variants(name)
    if style == 1:
        return fold_width(name)
    return name.replace("\u3000", "", 1) if style == 2 else name


def _kana(rng: Random, kana: str) -> str:
    style = rng.randrange(3)
    if style == 0:
        return kana
    return to_half_width(kana) if style == 1 else to_half_width(_as_in_bank_files(kana))


def _as_in_bank_files(kana: str) -> str:
    """Large kana only and a hyphen for ー, word by word."""
    return " ".join(normalise_kana(word).replace("ー", "-") for word in kana.split())


def _address(rng: Random, person: Person) -> str:
    address = person.attributes.address
    style = rng.randrange(6)
    if style == 0:
        return address
    if style == 1:
        return fold_width(address)
    if style == 2:
        return re.sub("[０-９](?=丁目)", lambda number: to_kanji(int(number[0])), address)
    hyphens = _with_hyphens(fold_width(address))
    if style == 3:
        return to_full_width(hyphens)
    return hyphens if style == 4 else _without_prefecture(hyphens, person.municipality_code)


def _with_hyphens(address: str) -> str:
    address = re.sub("(?<=[0-9])(?:丁目|番地の?|番)(?=[0-9])", "-", address)
    return re.sub("(?<=[0-9])(?:番地|番|号)(?!室)", "", address)


def _without_prefecture(address: str, municipality_code: str) -> str:
    place = municipality(municipality_code)
    return address.removeprefix(place.prefecture) if place.name not in _ambiguous_names() else address


@cache
def _ambiguous_names() -> frozenset[str]:
    names = [one.name for one in all_municipalities()]
    return frozenset(name for name in names if names.count(name) > 1)


def _in_shift_jis(text: str) -> str:
    return "".join(one if _encodable(one) else common_form_in_jis(one) for one in text)


def _encodable(character: str) -> bool:
    try:
        character.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True


_BREAKS: tuple[dict[str, str], ...] = (
    {"name": ""},
    {"birth_date": "1990-02-30"},
    {"gender": "unknown"},
    {"postal_code": "12A-4567"},
    {"name": "山田\u3000太郎\x00"},
    {"address": "東京都" + "千" * 400},
    {},  # a customer number that is there already
    {"customer_number": ""},
    {"birth_date": "昭和55年"},
)


def _broken(row: dict[str, str], index: int) -> dict[str, str]:
    change = _BREAKS[index % len(_BREAKS)]
    keeps_number = not change
    return {**row, **({} if keeps_number else {"customer_number": f"9{index:06}"}), **change}
