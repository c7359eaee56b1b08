"""Forms of the same kanji, and which characters JIS X 0208 and 0212 have."""

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

SUBSTITUTE_OF_LAST_RESORT = "〓"
"""The mark for a missing character (geta), itself in JIS X 0208, where no common form is known."""

_TWINS = "－～∥―￠￡￢￤＇＂"
"""Signs of JIS X 0208/0212 for which the platforms' tables use another code point than Python's."""

_COMPATIBILITY = re.compile("[\uf900-\ufaff\U0002f800-\U0002fa1f]")
_VARIATION_SELECTOR = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


_HALF_KANA_FOLLOWS = b"\x8e"
"""The octet before a half-width kana in EUC-JP; no other character has it anywhere."""


@cache
def _groups() -> dict[str, str]:
    text = (files("tegata.japan") / "data" / "kanji_variants.toml").read_text(encoding="utf-8")
    return {member: group for group in tomllib.loads(text)["groups"] for member in group}


@cache
def _common_forms() -> dict[int, str]:
    return {ord(member): group[0] for member, group in _groups().items()}


def variants_of(character: str) -> tuple[str, ...]:
    """All known forms of ``character`` with itself, the common form first; only itself when none is known."""
    return tuple(_groups().get(character, character))


def is_variant_selector(character: str) -> bool:
    """Whether the character only selects a form of the one before it (Unicode variation selector)."""
    return _VARIATION_SELECTOR.fullmatch(character) is not None


def fold_variants(text: str) -> str:
    """Every kanji as its common form, without variation selectors: for comparing, never for keeping."""
    unified = _COMPATIBILITY.sub(lambda one: unicodedata.normalize("NFC", one[0]), _VARIATION_SELECTOR.sub("", text))
    return unified.translate(_common_forms())


def in_jis(character: str) -> bool:
    """Whether ASCII, JIS X 0208 or JIS X 0212 has the character (half-width kana count as missing)."""
    if character in _TWINS:
        return True
    try:
        return not character.encode("euc_jp").startswith(_HALF_KANA_FOLLOWS)
    except UnicodeEncodeError:
        return False


def all_in_jis(text: str) -> bool:
    """Whether each character is one that :func:`in_jis` has, signs with two code points left aside: quick, for most."""
    try:
        return _HALF_KANA_FOLLOWS not in text.encode("euc_jp")
    except UnicodeEncodeError:
        return False


def common_form_in_jis(character: str) -> str:
    """A form of ``character`` that JIS X 0208/0212 has, or :data:`SUBSTITUTE_OF_LAST_RESORT`."""
    candidates = (*variants_of(character), unicodedata.normalize("NFKC", character))
    fitting = (form for form in candidates if len(form) == 1 and in_jis(form))
    return next(fitting, SUBSTITUTE_OF_LAST_RESORT)
