"""Kanji numerals up to 9,999, as addresses have them: 二十三 and 二三 are 23."""

_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九")} | {"零": 0}
_UNITS = {"十": 10, "百": 100, "千": 1000}

KANJI_NUMERAL = "[〇零一二三四五六七八九十百千]"
"""A regular expression for one character of a kanji numeral."""


def from_kanji(text: str) -> int | None:
    """The number, or ``None`` when ``text`` is no well-formed kanji numeral."""
    if not text:
        return None
    if all(character in _DIGITS for character in text):
        return int("".join(str(_DIGITS[character]) for character in text)) if len(text) <= 4 else None
    value = _with_units(text)
    return value if value is not None and to_kanji(value) == text else None


def _with_units(text: str) -> int | None:
    total, digit = 0, 0
    for character in text:
        if character in _UNITS:
            total += (digit or 1) * _UNITS[character]
            digit = 0
        elif character in _DIGITS:
            digit = _DIGITS[character]
        else:
            return None
    return total + digit


def to_kanji(number: int) -> str:
    """The usual form with units: ``23`` → 二十三. Raises ``ValueError`` outside 0–9,999."""
    if not 0 <= number <= 9999:
        raise ValueError("kanji numerals are written here for 0 to 9999")
    if number == 0:
        return "〇"
    parts = []
    for unit, size in (("千", 1000), ("百", 100), ("十", 10), ("", 1)):
        digit, number = divmod(number, size)
        if digit:
            parts.append(("" if digit == 1 and unit else "〇一二三四五六七八九"[digit]) + unit)
    return "".join(parts)
