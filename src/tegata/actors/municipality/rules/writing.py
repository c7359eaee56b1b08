"""How names, readings and addresses are written in the register: full width, one blank between surname and given name.

Each function gives the text as the register has it, or raises ``text-not-in-register-form`` with the field's name.
"""

import re
import unicodedata

from tegata.actors.municipality.problems import ADDRESS_ELSEWHERE, TEXT_NOT_WRITTEN
from tegata.japan.municipalities import municipality
from tegata.japan.text import is_katakana, to_full_width, to_katakana
from tegata.wire.problems import Refused

LONGEST_NAME = 80
LONGEST_ADDRESS = 200
"""FACTS section 1: what a certificate takes."""

_NEVER_WRITTEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_BLANKS = re.compile(r"\s+")


def name(text: str, field: str = "name") -> str:
    """A name of two parts at least; a foreign one may have more."""
    written = _BLANKS.sub("\u3000", _plain(text, field, LONGEST_NAME))
    if "\u3000" not in written:
        raise Refused(TEXT_NOT_WRITTEN, {"field": field, "cause": "one-part"})
    return written


def former_name(text: str) -> str | None:
    """A former surname (旧氏), None for none."""
    return _BLANKS.sub("\u3000", _plain(text, "former_name", LONGEST_NAME)) if text.strip() else None


def kana(text: str, field: str = "kana") -> str:
    """A reading in katakana."""
    written = _BLANKS.sub("\u3000", to_katakana(_plain(text, field, LONGEST_NAME)))
    if not is_katakana(written):
        raise Refused(TEXT_NOT_WRITTEN, {"field": field, "cause": "not-kana"})
    return written


def address(text: str, municipality_code: str, field: str = "rest") -> str:
    """An address from the prefecture on, in this municipality, with more than its name."""
    written = _plain(text, field, LONGEST_ADDRESS)
    place = municipality(municipality_code).full_name
    if not written.startswith(place):
        raise Refused(ADDRESS_ELSEWHERE, {"field": field})
    if written == place:
        raise Refused(TEXT_NOT_WRITTEN, {"field": field, "cause": "incomplete"})
    return written


def free_address(text: str, field: str) -> str:
    """An address anywhere, as someone names it who moves out."""
    return _plain(text, field, LONGEST_ADDRESS)


def _plain(text: str, field: str, longest: int) -> str:
    written = to_full_width(text.strip())
    visible = _SELECTORS.sub("", written)
    if not visible or len(written) > longest or any(unicodedata.category(c) in _NEVER_WRITTEN for c in visible):
        raise Refused(TEXT_NOT_WRITTEN, {"field": field})
    return written
