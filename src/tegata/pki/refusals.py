"""The base of every refusal in this room: a stable code, a sentence in two languages, and what to do next."""

from collections.abc import Mapping
from typing import ClassVar, NamedTuple


class Advice(NamedTuple):
    """What a person is told: what is wrong (``ja``, ``en``) and what to do next (``next_ja``, ``next_en``)."""

    ja: str
    en: str
    next_ja: str
    next_en: str


class Refused(Exception):
    """Something was checked and refused. ``code`` is stable: store, log and send it; ``detail`` is for engineers.

    A subclass lists its codes, and what a person is told for each, in :attr:`ADVICE`; no other code can be raised.
    """

    ADVICE: ClassVar[Mapping[str, Advice]] = {}

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        self.advice = self.ADVICE[code]
        super().__init__(f"{code}: {detail or self.advice.en}")
