"""Comparing postal addresses that two registers write in their own ways.

Two addresses count as the same only if every number in them is the same; what is left open goes to a person. Postal
codes and towns come from :mod:`tegata.japan.postal` and can be had from here.
"""

import re
from functools import cache
from typing import Literal

import msgspec

from tegata.japan.kanji import fold_variants
from tegata.japan.likeness import Likeness
from tegata.japan.municipalities import all_municipalities, municipality
from tegata.japan.numerals import KANJI_NUMERAL, from_kanji
from tegata.japan.postal import PostalAddress, by_postal_code, normalise_postal_code, towns_of
from tegata.japan.text import fold_width

__all__ = [
    "AddressComparison",
    "Part",
    "PostalAddress",
    "by_postal_code",
    "normalise_address",
    "normalise_postal_code",
    "same_address",
    "towns_of",
]

Part = Literal["prefecture", "municipality", "town", "number", "building"]

_KANJI = "[々〆一-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_HYPHENS = re.compile("[‐‑‒–—―−]")
_BETWEEN_KANJI = (
    (re.compile(f"(?<={_KANJI})[ヶヵがガ](?={_KANJI})"), "ケ"),
    (re.compile(f"(?<={_KANJI})[の之](?={_KANJI})"), "ノ"),
    (re.compile(f"(?<={_KANJI})[つっッ](?={_KANJI})"), "ツ"),
)
_UNIT = f"丁目|丁(?=$|[0-9-]|{KANJI_NUMERAL})|番地|番(?![町丁館])|号室|号(?![棟館線])|室"
_KANJI_NUMBER_BEFORE_UNIT = re.compile(
    f"{KANJI_NUMERAL}+(?={_UNIT}|番町|番丁|条|線|地割|[のノ]{KANJI_NUMERAL}|[のノ-][0-9])"
)
_KANJI_NUMBER_AFTER_UNIT = re.compile(f"(?<=[0-9丁目番地号のノ-])({KANJI_NUMERAL}+)(?=$|[\\s0-9のノ丁番号-])")
_ITEM = re.compile(
    f"([0-9]+)(?:({_UNIT})|(?![0-9町条線区階棟通F]|番[町丁館]|地割|号[棟館線]|丁))(?:[のノ之](?=[0-9])|-)*"
)
_SECTION = re.compile("(?<![文十万])小?字(?=.)")
_LONGEST_HEAD = 16
_UNIT_CLASS = {"丁目": "block", "丁": "block", "番地": "lot", "番": "lot", "号": "house", "号室": "room", "室": "room"}


class AddressComparison(msgspec.Struct, frozen=True):
    """How alike two addresses are, and which parts are not written alike or, for ``different``, not the same."""

    grade: Likeness
    what: tuple[Part, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether no person needs to look."""
        return self.grade.is_same


class _Address(msgspec.Struct, frozen=True):
    """An address taken apart. ``places`` are the codes that its head may stand for; none when no head is known."""

    head: str
    places: frozenset[str]
    town: str
    numbers: tuple[str, ...]
    units: tuple[str, ...]
    has_section: bool
    building: str


def normalise_address(text: str) -> str:
    """One form for the ways of writing an address: ``東京都千代田区丸の内1-2-3 コーポ101``.

    Half-width digits and letters; 丁目, 番地, 番, 号 and の as ``-``; kanji numerals as digits where a number stands;
    大字 and 字 left out; ヶ, ケ and が alike; the prefecture and the county filled in where the municipality settles
    them; the building after a space. For comparing and searching, not for keeping: the units are gone.
    """
    address = _parse(text)
    head = municipality(min(address.places)).full_name if len(address.places) == 1 else address.head
    place = head + address.town + "-".join(address.numbers)
    return f"{place} {address.building}".strip()


def same_address(a: str, b: str) -> AddressComparison:
    """Compare two addresses by their parts; the order of the arguments does not matter.

    The head may lack its prefecture or county if it is clear without, and may have variant kanji where it still is one
    municipality only; a missing building is a difference.
    """
    if a == b:
        return AddressComparison(Likeness.IDENTICAL)
    what = _differences(_parse(a), _parse(b))
    if not what:
        return AddressComparison(Likeness.SAME_NOTATION)
    if not _differences(_parse(fold_variants(a)), _parse(fold_variants(b))):
        return AddressComparison(Likeness.VARIANT_CHARACTERS, what)
    return AddressComparison(Likeness.DIFFERENT, what)


def _differences(a: _Address, b: _Address) -> tuple[Part, ...]:
    parts: list[Part] = []
    if a.places != b.places:
        parts.append("prefecture" if a.places & b.places else "municipality")
    if a.town != b.town:
        parts.append("town")
    if a.numbers != b.numbers or _units_contradict(a, b):
        parts.append("number")
    if a.building != b.building:
        parts.append("building")
    return tuple(parts)


def _units_contradict(a: _Address, b: _Address) -> bool:
    """1丁目2番 is not 1番2号, nor 1番地2号室, and a place with 大字 has no 丁目: the same digits can be two places."""
    pairs = zip(a.units, b.units, strict=False)
    if any(left and right and left != right for left, right in pairs):
        return True
    return _only_section(a, b) or _only_section(b, a)


def _only_section(a: _Address, b: _Address) -> bool:
    return a.has_section and not b.has_section and "block" in b.units and "block" not in a.units


def _parse(text: str) -> _Address:
    head, places, rest = _split_head(_notation(text))
    rest = _digits_for_kanji(rest)
    start, end, items = _number_block(rest)
    town = rest[:start].replace("大字", "")
    return _Address(
        head=head,
        places=places,
        town=_SECTION.sub("", town).strip("- "),
        numbers=tuple(number.lstrip("0") or "0" for number, _ in items),
        units=tuple(_UNIT_CLASS.get(unit, "") for _, unit in items),
        has_section="大字" in rest[:start],
        building=_building(rest[end:]),
    )


def _notation(text: str) -> str:
    """Width, case, hyphens, spaces and the small kana between kanji; nothing that could change a number."""
    plain = _HYPHENS.sub("-", fold_width(text).upper())
    plain = re.sub("(?<=[0-9丁目番地号])ー(?=[0-9])", "-", plain)
    plain = re.sub(r"(?<=[0-9])\s+(?=[0-9])", "-", plain.strip())
    plain = re.sub(r"\s+(?![0-9])|(?<![0-9])\s+", "", plain)
    for pattern, form in _BETWEEN_KANJI:
        plain = pattern.sub(form, plain)
    return plain


@cache
def _heads() -> dict[str, frozenset[str]]:
    heads: dict[str, set[str]] = {}
    for one in all_municipalities():
        for name in {one.name, one.short_name}:
            for head in (name, one.prefecture + name):
                heads.setdefault(fold_variants(_notation(head)), set()).add(one.code)
    return {head: frozenset(codes) for head, codes in heads.items()}


def _split_head(text: str) -> tuple[str, frozenset[str], str]:
    """The municipality at the beginning, the longest that fits: its text, its codes, and what follows."""
    longest = text[:_LONGEST_HEAD]
    folded = fold_variants(longest)
    if len(folded) != len(longest):
        folded = longest
    for length in range(len(folded), 1, -1):
        places = _heads().get(folded[:length])
        if places:
            return text[:length], places, text[length:]
    return "", frozenset(), text


def _digits_for_kanji(text: str) -> str:
    text = _KANJI_NUMBER_BEFORE_UNIT.sub(_digits, text)
    return _KANJI_NUMBER_AFTER_UNIT.sub(_digits, text)


def _digits(match: re.Match[str]) -> str:
    """Digits for a kanji numeral, kept apart from digits beside it: 1二番 must not become 12番."""
    value = from_kanji(match[0])
    if value is None:
        return match[0]
    before = "-" if match.string[: match.start()][-1:].isdigit() else ""
    after = "-" if match.string[match.end() :][:1].isdigit() else ""
    return f"{before}{value}{after}"


def _number_block(text: str) -> tuple[int, int, list[tuple[str, str]]]:
    """Where the first run of numbers begins and ends, and its (number, unit) pairs."""
    first = _ITEM.search(text)
    if first is None:
        return len(text), len(text), []
    items = []
    match: re.Match[str] | None = first
    end = first.end()
    while match is not None:
        items.append((match[1], match[2] or ""))
        end = match.end()
        match = _ITEM.match(text, end)
    return first.start(), end, items


def _building(text: str) -> str:
    """The building and room: floors as F, 号室 left out, a hyphen only between two numbers."""
    text = re.sub("(?<=[0-9])(?:号室|号|室|番地|番)(?=[0-9])", "-", text)
    text = re.sub("(?<=[0-9])(?:号室|号|室|番地|番)$", "", text)
    text = re.sub("(?<=[0-9])階", "F", text)
    text = re.sub("(?<=[ァ-ヺ])-(?=[ァ-ヺ])", "ー", text)
    return re.sub("(?<![0-9])[-・,.]+|[-・,.]+(?![0-9])", "", text)
