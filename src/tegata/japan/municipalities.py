"""Municipalities with their codes (全国地方公共団体コード, JIS X 0402 with check digit). Read when first asked for."""

import csv
import re
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from tegata.japan.text import fold_width, to_katakana

Kind = Literal["designated_city", "ward", "special_ward", "city", "town", "village"]

FIELDS = (
    "code",
    "kind",
    "parent",
    "prefecture",
    "name",
    "prefecture_kana",
    "name_kana",
    "prefecture_romaji",
    "name_romaji",
)


class UnknownMunicipality(KeyError):
    """No municipality has this code."""


class Municipality(msgspec.Struct, frozen=True, kw_only=True):
    """A city, town, village, special ward, or a designated city or one of its wards.

    ``code`` has 6 digits with the check digit; ``name`` stands as in an address, with the county or designated city
    (余市郡余市町, 札幌市中央区); ``parent`` is the designated city's code for a ward, else empty.
    """

    code: str
    kind: Kind
    parent: str
    prefecture: str
    name: str
    prefecture_kana: str
    name_kana: str
    prefecture_romaji: str
    name_romaji: str

    @property
    def code5(self) -> str:
        """The code without its check digit."""
        return self.code[:5]

    @property
    def full_name(self) -> str:
        """Prefecture and name: the beginning of an address."""
        return self.prefecture + self.name

    @property
    def county(self) -> str:
        """余市郡 for a town or village in a county (三宅島 where the postal address has an island), else empty."""
        match = re.match("(?:.+?郡|三宅島|八丈島)", self.name) if self.kind in ("town", "village") else None
        return match[0] if match else ""

    @property
    def short_name(self) -> str:
        """The name without its county."""
        return self.name.removeprefix(self.county)

    @property
    def full_name_romaji(self) -> str:
        """As an English address ends: ``Kuwana-gun Kisosaki-cho, Mie``."""
        return f"{self.name_romaji}, {self.prefecture_romaji}"


def check_digit(code5: str) -> int:
    """The sixth digit for the first five. Raises ``ValueError`` for anything but five ASCII digits."""
    if re.fullmatch(r"[0-9]{5}", code5) is None:
        raise ValueError("a check digit needs five digits")
    total = sum(int(digit) * weight for digit, weight in zip(code5, (6, 5, 4, 3, 2), strict=True))
    return (11 - total % 11) % 10


def is_valid_code(code: str) -> bool:
    """Whether ``code`` is six ASCII digits and the check digit fits; a municipality may still not exist."""
    return re.fullmatch(r"[0-9]{6}", code) is not None and check_digit(code[:5]) == int(code[5])


@cache
def all_municipalities() -> tuple[Municipality, ...]:
    """Every municipality of Japan and every ward of the designated cities, by code."""
    text = (files("tegata.japan") / "data" / "municipalities.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple(msgspec.convert(row, Municipality) for row in rows)


@cache
def _by_code() -> dict[str, Municipality]:
    return {one.code: one for one in all_municipalities()}


def municipality(code: str) -> Municipality:
    """The municipality of a code of 6 digits (or 5, without check digit). Raises :class:`UnknownMunicipality`."""
    full = f"{code}{check_digit(code)}" if re.fullmatch(r"[0-9]{5}", code) else code
    try:
        return _by_code()[full]
    except KeyError:
        raise UnknownMunicipality(code) from None


def find_municipalities(text: str) -> tuple[Municipality, ...]:
    """Municipalities whose code, name, reading or romaji contains ``text``; names that begin with it first."""
    needle = _searchable(text)
    if not needle:
        return ()
    ranked = ((_rank(needle, texts), one) for one, texts in _search_texts())
    found = sorted(((rank, one.code, one) for rank, one in ranked if rank is not None), key=lambda entry: entry[:2])
    return tuple(one for _, _, one in found)


def _searchable(text: str) -> str:
    return re.sub(r"[\s-]+", "", to_katakana(fold_width(text))).casefold()


@cache
def _search_texts() -> tuple[tuple[Municipality, tuple[str, ...]], ...]:
    return tuple((one, tuple(map(_searchable, _texts(one)))) for one in all_municipalities())


def _texts(one: Municipality) -> tuple[str, ...]:
    return (one.short_name, one.name, one.full_name, one.name_kana, one.name_romaji, one.full_name_romaji, one.code)


def _rank(needle: str, texts: tuple[str, ...]) -> int | None:
    if needle in texts:
        return 0
    if any(text.startswith(needle) for text in texts):
        return 1
    return 2 if any(needle in text for text in texts) else None
