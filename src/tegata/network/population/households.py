"""Who lives together: kinds of households and ages, roughly as Japan's census has them."""

from collections.abc import Callable
from random import Random
from typing import Literal, NamedTuple

from tegata.japan.four_attributes import Gender
from tegata.network.population.sources import running

Relationship = Literal["世帯主", "夫", "妻", "子", "父", "母"]
"""The relationship to the head (続柄), as the resident register writes it."""


class Member(NamedTuple):
    """A person to be: ``card`` is None where chance decides."""

    relationship: Relationship
    gender: Gender
    age: int
    card: bool | None = None
    former_name: bool = False


class Plan(NamedTuple):
    """A household to be. ``surname``: a given form of the name, else chance decides."""

    members: tuple[Member, ...]
    foreign: bool = False
    surname: str | None = None


FIRST_HOUSEHOLDS: tuple[Plan, ...] = (
    Plan(
        (
            Member("世帯主", "male", 45, card=True),
            Member("妻", "female", 38, card=True, former_name=True),
            Member("子", "female", 16, card=True),
            Member("子", "male", 12, card=True),
            Member("母", "female", 77, card=True),
        ),
        surname="佐藤",
    ),
    Plan((Member("世帯主", "female", 27, card=True),), surname="髙橋"),
    Plan((Member("世帯主", "male", 34, card=True),), foreign=True),
    Plan((Member("世帯主", "male", 68, card=True), Member("妻", "female", 66, card=True)), surname="山﨑"),
    Plan((Member("世帯主", "male", 58, card=False),), surname="田中"),
)

FIRST_PERSONS = sum(len(plan.members) for plan in FIRST_HOUSEHOLDS)
"""How many people at the beginning are the same kind of person with every seed."""

MOST_MEMBERS = 7
"""The members of the greatest household."""

_FOREIGN_SHARE = 0.025
_OTHER_GENDER_SHARE = 0.002
_FORMER_NAME_SHARE = 0.08


class _Bands:
    """Bands of the head's age: first, last and weight of each."""

    def __init__(self, *bands: tuple[int, int, int]) -> None:
        self.ages = [(first, last) for first, last, _ in bands]
        self.weights = running(weight for _, _, weight in bands)


_SINGLE = _Bands(
    (19, 29, 16),
    (30, 39, 11),
    (40, 49, 11),
    (50, 59, 15),
    (60, 69, 13),
    (70, 79, 17),
    (80, 92, 15),
    (93, 100, 2),
)
_COUPLE = _Bands((25, 34, 6), (35, 49, 9), (50, 64, 26), (65, 74, 28), (75, 89, 31))
_PARENTS = _Bands((27, 34, 10), (35, 44, 27), (45, 54, 32), (55, 64, 20), (65, 76, 11))
_THREE_GENERATIONS = _Bands((32, 39, 30), (40, 49, 45), (50, 58, 25))


def plan(rng: Random) -> Plan:
    """One household by chance."""
    kind = rng.choices(_KINDS, cum_weights=_KIND_WEIGHTS)[0]
    foreign = rng.random() < _FOREIGN_SHARE
    return Plan(tuple(_rare_traits(rng, member) for member in kind(rng)), foreign)


def _rare_traits(rng: Random, member: Member) -> Member:
    if rng.random() < _OTHER_GENDER_SHARE and member.relationship in ("世帯主", "子"):
        member = member._replace(gender="other")
    renamed = member.relationship in ("夫", "妻") and rng.random() < _FORMER_NAME_SHARE
    return member._replace(former_name=renamed)


def _age(rng: Random, bands: _Bands) -> int:
    first, last = rng.choices(bands.ages, cum_weights=bands.weights)[0]
    return rng.randint(first, last)


def _gender(rng: Random, age: int = 0) -> Gender:
    """Boys are a little more, very old men much fewer."""
    male = 0.512 if age < 60 else 0.48 if age < 75 else 0.39
    return "male" if rng.random() < male else "female"


def _single(rng: Random) -> list[Member]:
    age = _age(rng, _SINGLE)
    return [Member("世帯主", _gender(rng, age), age)]


def _pair(rng: Random, bands: _Bands) -> list[Member]:
    age = _age(rng, bands)
    partner = min(100, max(20, age + rng.randint(-6, 3)))
    if rng.random() < 0.1:
        return [Member("世帯主", "female", partner), Member("夫", "male", age)]
    return [Member("世帯主", "male", age), Member("妻", "female", partner)]


def _children(rng: Random, mother: int, most: int) -> list[Member]:
    """Children born when the mother was 23 to 38, the youngest not below 0, living at home to 33."""
    ages = {mother - rng.randint(23, 38) for _ in range(rng.choices(range(1, most + 1), (40, 45, 15)[:most])[0])}
    home = sorted((age for age in ages if 0 <= age <= 33), reverse=True) or [max(0, min(33, mother - 30))]
    return [Member("子", _gender(rng), age) for age in home]


def _mother_age(parents: list[Member]) -> int:
    return next(one.age for one in parents if one.gender == "female")


def _couple(rng: Random) -> list[Member]:
    return _pair(rng, _COUPLE)


def _family(rng: Random) -> list[Member]:
    parents = _pair(rng, _PARENTS)
    return parents + _children(rng, _mother_age(parents), 3)


def _single_parent(rng: Random) -> list[Member]:
    age = _age(rng, _PARENTS)
    gender: Gender = "female" if rng.random() < 0.85 else "male"
    return [Member("世帯主", gender, age), *_children(rng, age, 2)]


def _three_generations(rng: Random) -> list[Member]:
    parents = _pair(rng, _THREE_GENERATIONS)
    family = parents + _children(rng, _mother_age(parents), 3)
    age = min(98, parents[0].age + rng.randint(25, 34))
    family.append(Member("母", "female", age))
    if rng.random() < 0.45:
        family.append(Member("父", "male", min(99, age + rng.randint(0, 5))))
    return family


_KINDS: tuple[Callable[[Random], list[Member]], ...] = (_single, _couple, _family, _single_parent, _three_generations)
_KIND_WEIGHTS = running((38, 26, 21, 8, 7))
