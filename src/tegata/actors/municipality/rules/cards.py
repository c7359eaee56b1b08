"""Which card and certificates a resident may get at the counter, and which PINs (FACTS sections 1 and 3).

[GAP] Foreign residents' cards end with their period of stay, which the register of this network does not hold: theirs
end as everybody's do.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from tegata.actors.municipality.problems import CARD_ALREADY, EVENT_NOT_POSSIBLE, NO_CARD, PIN_NOT_ACCEPTED
from tegata.actors.municipality.rules.register import Record
from tegata.japan.dates import age_on, end_of_day, nth_birthday_end
from tegata.japan.four_attributes import BirthDate
from tegata.wire.certificates import TOO_YOUNG, Usage
from tegata.wire.problems import Refused

ADULT_AGE = 18
SIGN_AGE = 15
ADULT_BIRTHDAYS = 10
MINOR_BIRTHDAYS = 5

_DIGITS = re.compile(r"[0-9]{4}")
_PASSWORD = re.compile(r"(?=.*[A-Z])(?=.*[0-9])[A-Z0-9]{6,16}")


class CardFact(msgspec.Struct, frozen=True, kw_only=True):
    """A card that was handed over."""

    card_id: str
    issued_on: date
    expires_on: date


class Pins(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder typed: four digits, four digits, a password; empty for one that is not set now."""

    auth: str = ""
    text: str = ""
    sign: str = ""


def card_expiry(birth_date: BirthDate, issued_on: datetime) -> date:
    """The tenth birthday after the issue for adults, the fifth for minors."""
    age = age_on(birth_date, issued_on.date())
    is_minor = age is not None and age < ADULT_AGE
    return nth_birthday_end(birth_date, issued_on, MINOR_BIRTHDAYS if is_minor else ADULT_BIRTHDAYS).date()


def valid_card(cards: Sequence[CardFact], at: datetime) -> CardFact | None:
    """The newest card, if it has not expired."""
    newest = max(cards, key=lambda card: (card.issued_on, card.card_id), default=None)
    return newest if newest is not None and at <= end_of_day(newest.expires_on) else None


def check_resident(record: Record) -> None:
    """Only a resident gets cards and certificates."""
    if record.status != "resident":
        raise Refused(EVENT_NOT_POSSIBLE, {"state": record.status})


def card_to_write(record: Record, cards: Sequence[CardFact], at: datetime) -> CardFact:
    """The card that certificates are reissued on, or PINs set. Raises ``Refused``."""
    check_resident(record)
    card = valid_card(cards, at)
    if card is None:
        raise Refused(NO_CARD)
    return card


def check_new_card(record: Record, cards: Sequence[CardFact], at: datetime) -> None:
    """Whether a card may be handed over. Raises ``Refused``."""
    check_resident(record)
    if valid_card(cards, at) is not None:
        raise Refused(CARD_ALREADY)


def usages_for(record: Record, today: date) -> tuple[Usage, ...]:
    """Which certificates a resident can have: the signature certificate from the age of 15."""
    age = age_on(record.attributes.birth_date, today)
    return ("auth", "sign") if age is not None and age >= SIGN_AGE else ("auth",)


def check_usages(record: Record, usages: Sequence[Usage], today: date) -> None:
    """Before the card is touched: a key pair that is made anew ends the one before. Raises TOO_YOUNG."""
    if not set(usages) <= set(usages_for(record, today)):
        raise Refused(TOO_YOUNG)


def check_pins(pins: Pins, *, needs: Sequence[str]) -> None:
    """Each PIN that is needed is there, and each that is there has its form. Raises ``Refused``."""
    for which in ("auth", "text", "sign"):
        pin = getattr(pins, which)
        form = _PASSWORD if which == "sign" else _DIGITS
        if (pin or which in needs) and form.fullmatch(pin) is None:
            raise Refused(PIN_NOT_ACCEPTED, {"field": which})
