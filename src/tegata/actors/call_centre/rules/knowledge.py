"""What the operator says: in a call about a loss (SP-04, SP-05), and to enquiries by subject (SP-06)."""

from functools import cache
from importlib.resources import files
from typing import Annotated

import msgspec

from tegata.wire.problems import NOT_FOUND, Refused
from tegata.wire.text import Text


class Subject(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A subject that callers ask about. ``say`` are pairs of sentences, Japanese and English."""

    key: str
    title_ja: str
    title_en: str
    source: str
    say: Annotated[list[tuple[str, str]], msgspec.Meta(min_length=1)]

    @property
    def title(self) -> Text:
        """What it is about."""
        return Text(self.title_ja, self.title_en)

    @property
    def sentences(self) -> list[Text]:
        """What the operator says."""
        return [Text(ja, en) for ja, en in self.say]


@cache
def script() -> dict[str, Text]:
    """The sentences of a call by their place in it."""
    content = (files("tegata.actors.call_centre.rules") / "script.toml").read_bytes()
    return msgspec.toml.decode(content, type=dict[str, Text])


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file of subjects."""

    subject: list[Subject]


@cache
def subjects() -> dict[str, Subject]:
    """All subjects by key, in the order of the file."""
    content = (files("tegata.actors.call_centre.rules") / "knowledge.toml").read_bytes()
    return {subject.key: subject for subject in msgspec.toml.decode(content, type=Table).subject}


def subject_of(key: str) -> Subject:
    """A subject. Raises NOT_FOUND."""
    try:
        return subjects()[key]
    except KeyError:
        raise Refused(NOT_FOUND, {"field": "subject"}) from None
