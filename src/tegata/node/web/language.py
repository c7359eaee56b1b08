"""The language of the page that is being made."""

from tegata.node.web.visit import CURRENT
from tegata.wire.text import Language, Text


def current_language() -> Language:
    """The language of the page that is being made; Japanese outside of one."""
    visit = CURRENT.get(None)
    return visit.language if visit else "ja"


def translate(text: str | Text, english: str | None = None) -> str:
    """``t("日本語", "English")`` or ``t(text)``: the sentence in the language of the page."""
    if isinstance(text, Text):
        return text.to(current_language())
    return text if current_language() == "ja" or english is None else english
