"""The four attributes (基本４情報) of a person, the one thing that all actors exchange (rule FI-01)."""

from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec

Item = Literal["name", "address", "birth_date", "gender"]
ITEMS: tuple[Item, ...] = ("name", "address", "birth_date", "gender")

Gender = Literal["male", "female", "other"]

BirthDate = Annotated[
    str,
    msgspec.Meta(pattern="^[0-9]{4}-(0[0-9]|1[0-2])-([0-2][0-9]|3[01])$", max_length=10, examples=["1980-02-17"]),
]
"""ISO date; ``00`` stands for an unknown month or day, ``0000`` for an unknown year, as the register itself has it."""


class FourAttributes(msgspec.Struct, frozen=True, kw_only=True):
    """氏名, 住所, 生年月日, 性別, as the resident register writes them.

    ``name`` is surname and given name with one U+3000 between them; ``address`` begins with the prefecture.
    """

    name: str
    address: str
    birth_date: BirthDate
    gender: Gender

    def only(self, items: Iterable[Item]) -> dict[Item, str]:
        """The given items and their values, in the order of :data:`ITEMS`."""
        wanted = set(items)
        return {item: getattr(self, item) for item in ITEMS if item in wanted}

    def changed_from(self, other: "FourAttributes") -> tuple[Item, ...]:
        """The items whose value differs from ``other``."""
        return tuple(item for item in ITEMS if getattr(self, item) != getattr(other, item))
