"""Width and kana of Japanese text. Only letters, digits, signs and kana change; kanji never do."""

import re
import unicodedata

_ASCII_TO_FULL = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}
_ASCII_TO_HALF = {full: half for half, full in _ASCII_TO_FULL.items()}

_HALF_KANA = "".join(chr(code) for code in range(0xFF61, 0xFFA0))
_FULL_KANA = unicodedata.normalize("NFKC", _HALF_KANA[:-2]) + "゛゜"
_KANA_TO_HALF = dict(zip(map(ord, _FULL_KANA), _HALF_KANA, strict=True)) | {0x3099: "ﾞ", 0x309A: "ﾟ"}
_HALF_KANA_RUN = re.compile("[｡-ﾟ]+")
_VOICED = re.compile("[ガ-ヺヷ-ヺ]")

_HIRAGANA_TO_KATAKANA = {code: code + 0x60 for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}
_KATAKANA_TO_HIRAGANA = {katakana: hiragana for hiragana, katakana in _HIRAGANA_TO_KATAKANA.items()}


def to_full_width(text: str) -> str:
    """Half-width letters, digits, signs, spaces and kana as full-width ones: ``ｶﾞ1-2`` → ``ガ１－２``."""
    return _full_kana(text).translate(_ASCII_TO_FULL)


def to_half_width(text: str) -> str:
    """Full-width letters, digits, signs, spaces and katakana as half-width ones: ``ガ１`` → ``ｶﾞ1``.

    What has no half-width form (hiragana, kanji, ヮ ヵ ヶ ヰ ヱ) stays. :func:`to_full_width` gives the text back.
    """
    return _half_kana(text).translate(_ASCII_TO_HALF)


def fold_width(text: str) -> str:
    """One form for comparing: letters, digits, signs and spaces half-width, kana full-width."""
    return _full_kana(text).translate(_ASCII_TO_HALF)


def _full_kana(text: str) -> str:
    return _HALF_KANA_RUN.sub(lambda run: _compose(run[0]), text)


def _compose(run: str) -> str:
    composed = unicodedata.normalize("NFKC", run)
    return composed.replace("\u3099", "゛").replace("\u309a", "゜")


def _half_kana(text: str) -> str:
    decomposed = _VOICED.sub(lambda kana: unicodedata.normalize("NFD", kana[0]), text)
    return decomposed.translate(_KANA_TO_HALF)


def to_katakana(text: str) -> str:
    """Hiragana as katakana; everything else stays."""
    return text.translate(_HIRAGANA_TO_KATAKANA)


def to_hiragana(text: str) -> str:
    """Katakana as hiragana; what has no hiragana (ヷ, ヸ, ヹ, ヺ, ー) stays."""
    return text.translate(_KATAKANA_TO_HIRAGANA)


def is_katakana(text: str) -> bool:
    """Whether ``text`` is full-width katakana (with ー, ・ and spaces) and not empty."""
    return re.fullmatch(r"[ァ-ヺー・ヽヾ 　]*[ァ-ヺ][ァ-ヺー・ヽヾ 　]*", text) is not None


def is_half_kana(text: str) -> bool:
    """Whether ``text`` is half-width katakana with ASCII letters, digits and signs, as bank files have names."""
    return re.fullmatch(r"[ -~｡-ﾟ]*[ｦ-ﾝ][ -~｡-ﾟ]*", text) is not None
