"""A sentence in the two languages that people see."""

from typing import Literal

import msgspec

Language = Literal["ja", "en"]


class Text(msgspec.Struct, frozen=True):
    """One sentence or word, Japanese first."""

    ja: str
    en: str

    def to(self, language: Language) -> str:
        """The sentence in one language."""
        return self.ja if language == "ja" else self.en
