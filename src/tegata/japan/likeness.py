"""How alike two texts of a record are: one scale for names, kana and addresses."""

from enum import StrEnum


class Likeness(StrEnum):
    """From the same text to another one. Only the first two may be taken for the same without asking a person."""

    IDENTICAL = "identical"
    """The same characters."""
    SAME_NOTATION = "same_notation"
    """The same but for width, spaces, case or the way of writing numbers."""
    VARIANT_CHARACTERS = "variant_characters"
    """The same but for forms of a character (髙 and 高): probably the same, a person decides."""
    DIFFERENT = "different"

    @property
    def is_same(self) -> bool:
        """Whether no person needs to look."""
        return self in (Likeness.IDENTICAL, Likeness.SAME_NOTATION)
