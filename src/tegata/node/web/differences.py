"""Which characters of a text changed."""

from difflib import SequenceMatcher

import msgspec

Part = tuple[bool, str]
"""A piece of a text, and whether the other text has it too."""


class Differences(msgspec.Struct, frozen=True):
    """Two texts in pieces."""

    before: list[Part]
    after: list[Part]


def differences(before: object, after: object) -> Differences:
    """What was kept, left out and put in between two values as text; None is empty."""
    old, new = ("" if value is None else str(value) for value in (before, after))
    left: list[Part] = []
    right: list[Part] = []
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        kept = kind == "equal"
        if old_to > old_from:
            left.append((kept, old[old_from:old_to]))
        if new_to > new_from:
            right.append((kept, new[new_from:new_to]))
    return Differences(left, right)
