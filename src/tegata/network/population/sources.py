"""The packaged lists that people are put together from. Facts only; weights are rough."""

import csv
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from itertools import accumulate
from random import Random
from typing import NamedTuple

from tegata.japan.four_attributes import Gender
from tegata.japan.municipalities import Municipality, municipality

SMALLEST_WEIGHT = 8
"""Thousands of inhabitants that the smallest municipality counts for, so that villages occur at all."""


class Surname(NamedTuple):
    """``forms`` are other ways to write it (髙橋 for 高橋)."""

    name: str
    kana: str
    forms: tuple[str, ...]


class GivenName(NamedTuple):
    """Given to people born between the two years."""

    name: str
    kana: str
    gender: str
    first: int
    last: int


class ForeignName(NamedTuple):
    """In Latin capitals, with its reading."""

    surname: str
    given_name: str
    surname_kana: str
    given_name_kana: str
    gender: str


class Town(NamedTuple):
    """``has_chome``: houses are numbered 丁目-番-号, else by 番地."""

    municipality_code: str
    postal_code: str
    town: str
    has_chome: bool


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("tegata.network") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def _surnames() -> tuple[list[Surname], list[int]]:
    rows = _rows("surnames.csv")
    names = [Surname(row["name"], row["kana"], tuple(row["variants"].split())) for row in rows]
    return names, running(int(row["weight"]) for row in rows)


@cache
def _given_names() -> list[GivenName]:
    rows = _rows("given_names.csv")
    return [GivenName(row["name"], row["kana"], row["gender"], int(row["from"]), int(row["to"])) for row in rows]


@cache
def _foreign_names() -> list[ForeignName]:
    return [ForeignName(**row) for row in _rows("foreign_names.csv")]


@cache
def _towns() -> dict[str, list[Town]]:
    towns: dict[str, list[Town]] = {}
    for row in _rows("towns.csv"):
        town = Town(row["municipality_code"], row["postal_code"], row["town"], row["has_chome"] == "1")
        towns.setdefault(town.municipality_code, []).append(town)
    return towns


@cache
def _municipalities() -> tuple[list[Municipality], list[int]]:
    rows = _rows("municipalities.csv")
    weights = running(max(SMALLEST_WEIGHT, int(row["thousands"])) for row in rows)
    return [municipality(row["code"]) for row in rows], weights


def running(weights: Iterable[int]) -> list[int]:
    """Weights added up as they go, as ``Random.choices`` wants them for many draws from the same."""
    return list(accumulate(weights))


def stream(*names: object) -> Random:
    """Chance that is the same on every machine for the same names, and independent for others."""
    return Random(" ".join(map(str, names)))  # noqa: S311 (invented people need repeatable chance, not secrets)


def pick_surname(rng: Random) -> Surname:
    """A surname, the common ones more often."""
    names, weights = _surnames()
    return rng.choices(names, cum_weights=weights)[0]


def surname_written(form: str) -> Surname:
    """The surname that has ``form`` among its ways of writing."""
    return next(one for one in _surnames()[0] if form in (one.name, *one.forms))


def pick_given_name(rng: Random, gender: Gender, year: int, taken: set[str]) -> GivenName:
    """A given name of the time, not one of ``taken`` as long as there is another."""
    fitting = _given_names_of(gender, year)
    return rng.choice([one for one in fitting if one.name not in taken] or fitting if taken else fitting)


@cache
def _given_names_of(gender: Gender, year: int) -> list[GivenName]:
    return [one for one in _given_names() if gender in (one.gender, "other") and one.first <= year <= one.last]


def pick_foreign_name(rng: Random, gender: Gender) -> ForeignName:
    """A foreign resident's name."""
    return rng.choice(_foreign_names_of(gender))


@cache
def _foreign_names_of(gender: Gender) -> list[ForeignName]:
    return [one for one in _foreign_names() if gender in (one.gender, "other")]


def pick_town(rng: Random) -> tuple[Municipality, Town]:
    """A municipality by its inhabitants, and one of its towns."""
    places, weights = _municipalities()
    place = rng.choices(places, cum_weights=weights)[0]
    return place, rng.choice(_towns()[place.code])
