"""The language of the terminal."""

import os

from tegata.wire.text import Language, Text


def language() -> Language:
    """Japanese where the locale says so, else English."""
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "ja" if locale.lower().startswith("ja") else "en"


def t(ja: str | Text, en: str = "") -> str:
    """``t("日本語", "English")`` or ``t(text)``: the sentence in the language of the terminal."""
    return (ja if isinstance(ja, Text) else Text(ja, en)).to(language())
