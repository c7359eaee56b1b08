"""Kana to Latin letters: modified Hepburn without long marks (トウキョウ → Tokyo).

A help for readers, not an official spelling.
"""

import re

from tegata.japan.text import fold_width, to_katakana

_ROWS = {
    "": "アイウエオ",
    "k": "カキクケコ",
    "s": "サシスセソ",
    "t": "タチツテト",
    "n": "ナニヌネノ",
    "h": "ハヒフヘホ",
    "m": "マミムメモ",
    "r": "ラリルレロ",
    "g": "ガギグゲゴ",
    "z": "ザジズゼゾ",
    "d": "ダヂヅデド",
    "b": "バビブベボ",
    "p": "パピプペポ",
}
_SYLLABLES = {
    kana: consonant + vowel for consonant, row in _ROWS.items() for kana, vowel in zip(row, "aiueo", strict=True)
}
_SYLLABLES |= {"シ": "shi", "チ": "chi", "ツ": "tsu", "フ": "fu", "ジ": "ji", "ヂ": "ji", "ヅ": "zu"}
_SYLLABLES |= {"ヤ": "ya", "ユ": "yu", "ヨ": "yo", "ワ": "wa", "ヰ": "i", "ヱ": "e", "ヲ": "o", "ヴ": "vu", "ン": "N"}
_SMALL_Y = {"ャ": "a", "ュ": "u", "ョ": "o"}
_SMALL_VOWELS = {"ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o"}
_LATIN_UNIT = {"郡": "gun", "市": "shi", "区": "ku", "都": "to", "府": "fu", "県": "ken"}
_UNIT_READINGS = {
    "郡": ("グン",),
    "市": ("シ",),
    "区": ("ク",),
    "町": ("チョウ", "マチ"),
    "村": ("ソン", "ムラ"),
    "都": ("ト",),
    "府": ("フ",),
    "県": ("ケン",),
}


def to_romaji(kana: str) -> str:
    """Kana in lower-case Latin letters; what is no kana stays. Long ``オウ``, ``オオ``, ``ユウ`` become short."""
    text = to_katakana(fold_width(kana))
    latin = "".join(_syllables(text))
    latin = re.sub("Q(?=ch)", "t", latin)
    latin = re.sub("Q([a-z])", r"\1\1", latin).replace("Q", "tsu")
    latin = re.sub("N(?=[aiueoy])", "n'", latin).replace("N", "n")
    return re.sub("o[ou]|(?<=[yhj])uu", lambda long: long[0][0], latin)


def _syllables(text: str) -> list[str]:
    parts: list[str] = []
    for character in text:
        if character in _SMALL_Y and parts:
            parts[-1] = _contract(parts[-1], _SMALL_Y[character])
        elif character in _SMALL_VOWELS and parts:
            parts[-1] = parts[-1][:-1] + _SMALL_VOWELS[character]
        elif character == "ッ":
            parts.append("Q")
        elif character != "ー":
            parts.append(_SYLLABLES.get(character, character))
    return parts


def _contract(syllable: str, vowel: str) -> str:
    stem = syllable[:-1]
    return stem + vowel if stem in ("sh", "ch", "j") else f"{stem}y{vowel}"


def place_to_romaji(name: str, kana: str) -> str:
    """A place's reading with its unit apart: ``place_to_romaji("中央区", "チュウオウク")`` → ``Chuo-ku``."""
    for reading in _UNIT_READINGS.get(name[-1:], ()):
        if kana.endswith(reading) and kana != reading:
            unit = _LATIN_UNIT.get(name[-1]) or to_romaji(reading)
            return f"{to_romaji(kana.removesuffix(reading)).capitalize()}-{unit}"
    return to_romaji(kana).capitalize()
