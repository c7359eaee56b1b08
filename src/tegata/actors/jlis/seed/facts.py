"""What is told of the people of a population, and which certificates that comes to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

from tegata.japan.four_attributes import FourAttributes
from tegata.pki.profiles import USAGES, Usage

Ended = Literal["affiliationChanged", "superseded"]
"""Why a certificate of before ended: one of the four attributes changed, or it was renewed (FACTS section 2)."""

ENDS: dict[Ended, tuple[Usage, ...]] = {"affiliationChanged": ("sign",), "superseded": USAGES}
"""Which certificates end with each: a change of an attribute leaves the authentication certificate alone (FI-03)."""


@dataclass(frozen=True, kw_only=True)
class SeedCard:
    """A card that was handed out at ``issued_at``; keys are DER SubjectPublicKeyInfo, None for no certificate."""

    card_id: str
    issued_at: datetime
    expires_on: date
    auth_key: bytes
    sign_key: bytes | None = None

    def key(self, usage: Usage) -> bytes | None:
        """The public key of a usage."""
        return self.sign_key if usage == "sign" else self.auth_key


@dataclass(frozen=True, kw_only=True)
class SeedEarlier:
    """How a person's first certificates ended at ``until``, after the card was handed out; with whom they were for.

    ``attributes`` and ``municipality_code`` are the person's of before.
    """

    until: datetime
    reason: Ended
    attributes: FourAttributes
    municipality_code: str


@dataclass(frozen=True, kw_only=True)
class SeedPerson:
    """A resident whose record begins with event number 1 (``event_id``, ``registered_at``)."""

    resident_code: str
    municipality_code: str
    attributes: FourAttributes
    event_id: str
    registered_at: datetime
    card: SeedCard | None = None
    earlier: SeedEarlier | None = None


class SeedIssue(NamedTuple):
    """A certificate that was issued for a person's card."""

    person: SeedPerson
    usage: Usage
    serial: int
    der: bytes


class Order(NamedTuple):
    """One certificate to be made, for whom it was then; ``ended`` by what, if it is not the present one."""

    person: SeedPerson
    usage: Usage
    serial: int
    issued_at: datetime
    attributes: FourAttributes
    municipality_code: str
    replaces: int | None = None
    ended: SeedEarlier | None = None


def orders(people: Iterable[SeedPerson], usage: Usage, serial: int) -> Iterator[Order]:
    """The certificates of one usage in the order of their serials, which count up from ``serial``."""
    for person in people:
        card, before = person.card, None
        if card is None or card.key(usage) is None:
            continue
        issued_at, earlier = card.issued_at, earlier_of(person, usage)
        if earlier is not None:
            yield Order(person, usage, serial, issued_at, earlier.attributes, earlier.municipality_code, ended=earlier)
            before, serial, issued_at = serial, serial + 1, earlier.until
        yield Order(person, usage, serial, issued_at, person.attributes, person.municipality_code, before)
        serial += 1


def earlier_of(person: SeedPerson, usage: Usage) -> SeedEarlier | None:
    """How a certificate of one usage ended before the present one, if there was one."""
    earlier = person.earlier
    return earlier if earlier is not None and usage in ENDS[earlier.reason] else None


def serials_of(usage: Usage, reason: Ended | None) -> int:
    """How many serials of a usage a holder takes whose first certificates ended so, or did not."""
    return 1 if reason is None or usage not in ENDS[reason] else 2
