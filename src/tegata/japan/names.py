"""Names of persons: comparing them, substitute characters for certificates, and their kana."""

import re

from tegata.japan.kanji import all_in_jis, common_form_in_jis, fold_variants, in_jis, is_variant_selector
from tegata.japan.likeness import Likeness
from tegata.japan.text import fold_width, to_katakana

_SMALL_TO_LARGE = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
_DASHES = re.compile("[‐‑‒–—―−ｰー－-]")


def normalise_name(name: str) -> str:
    """The name for comparing: letters half-width in upper case, kana full-width, no spaces. Kanji stay as they are."""
    return re.sub(r"\s+", "", fold_width(name)).upper()


def compare_names(a: str, b: str) -> Likeness:
    """How alike two names are. Only width, spaces and case may differ between names that count as the same."""
    if a == b:
        return Likeness.IDENTICAL
    left, right = normalise_name(a), normalise_name(b)
    if left == right:
        return Likeness.SAME_NOTATION
    if fold_variants(left) == fold_variants(right):
        return Likeness.VARIANT_CHARACTERS
    return Likeness.DIFFERENT


def normalise_kana(kana: str) -> str:
    """Kana for comparing with a bank's: full-width katakana, small kana large, one long mark, no spaces or dots."""
    katakana = to_katakana(fold_width(kana)).upper().translate(_SMALL_TO_LARGE)
    return _DASHES.sub("ー", re.sub(r"[\s・.,]+", "", katakana)).replace("ヲ", "オ")


def compare_kana(a: str, b: str) -> Likeness:
    """How alike two readings are; bank files write ｼﾖｳﾜ for ショウワ and ``-`` for ー, which counts as notation."""
    if a == b:
        return Likeness.IDENTICAL
    return Likeness.SAME_NOTATION if normalise_kana(a) == normalise_kana(b) else Likeness.DIFFERENT


def substitute(text: str) -> tuple[str, str]:
    """The text in JIS X 0208/0212 and the positions of substitutes, one digit a character: ``("高橋", "10")``.

    For the otherNames .1/.2 and .5/.6 of a certificate. A character outside becomes its common form, or 〓 where
    none is known. A variation selector is dropped and counts as a substitution of the character before it.
    """
    if all_in_jis(text):
        return text, "0" * len(text)
    characters: list[str] = []
    marks: list[str] = []
    for character in text:
        if is_variant_selector(character):
            marks[-1:] = ["1"] if marks else []
            continue
        fits = in_jis(character)
        characters.append(character if fits else common_form_in_jis(character))
        marks.append("0" if fits else "1")
    return "".join(characters), "".join(marks)
