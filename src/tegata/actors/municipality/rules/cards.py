"""A card's state, which card and certificates a resident may get at the counter, and which PINs (FACTS 1 to 4).

The state of a card is a function of what happened to it and a time (decision 0011). In order: given up, or past its
last day: ended, and ended for ever; reported lost and not found since: stopped; else in use.

[GAP] Foreign residents' cards end with their period of stay, which the register of this network does not hold: theirs
end as everybody's do.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

import msgspec

from tegata.actors.municipality.problems import (
    CARD_ALREADY,
    CARD_NOT_STOPPED,
    CARD_STOPPED,
    EVENT_NOT_POSSIBLE,
    NO_CARD,
    PIN_NOT_ACCEPTED,
)
from tegata.actors.municipality.rules.register import Record
from tegata.japan.dates import JST, age_on, end_of_day, nth_birthday_end
from tegata.japan.four_attributes import BirthDate
from tegata.wire.certificates import TOO_YOUNG, CertificateState, Medium, Reason, Usage
from tegata.wire.problems import Refused

ADULT_AGE = 18
SIGN_AGE = 15
ADULT_BIRTHDAYS = 10
MINOR_BIRTHDAYS = 5

Happening = Literal["reported_lost", "found", "given_up"]
WhyGivenUp = Literal["lost", "returned", "defective"]
State = Literal["in_use", "stopped", "ended"]

REVOKED_AS: dict[WhyGivenUp, Reason] = {
    "lost": "keyCompromise", "returned": "cessationOfOperation", "defective": "cessationOfOperation",
}  # fmt: skip
"""Why J-LIS is asked to revoke the certificates of a card that is given up."""

Occasion = Literal["lost", "forgotten", "trade-in", "disposal", "repair", "no-longer-wanted"]
PHONE_REVOKED_AS: dict[Occasion, Reason] = {
    "lost": "keyCompromise", "forgotten": "cessationOfOperation", "trade-in": "cessationOfOperation",
    "disposal": "cessationOfOperation", "repair": "cessationOfOperation", "no-longer-wanted": "cessationOfOperation",
}  # fmt: skip
"""Why a phone's certificates are revoked at the counter: it is not back, its password is forgotten, or SP-03's."""

_DIGITS = re.compile(r"[0-9]{4}")
_PASSWORD = re.compile(r"(?=.*[A-Z])(?=.*[0-9])[A-Z0-9]{6,16}")


class CardEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a card; ``reason`` for one that was given up."""

    event: Happening
    at: datetime
    reason: WhyGivenUp | None = None


class CardFact(msgspec.Struct, frozen=True, kw_only=True):
    """A card that was handed over, and what happened to it since."""

    card_id: str
    issued_at: datetime
    expires_on: date
    events: tuple[CardEvent, ...] = ()

    @property
    def issued_on(self) -> date:
        """The day of the handing over, in Japan."""
        return self.issued_at.astimezone(JST).date()


class Pins(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder typed, empty for one that is not set now: four digits each, and the password for signing.

    ``register`` is the PIN of the resident register's application (住民基本台帳用).
    """

    auth: str = ""
    text: str = ""
    sign: str = ""
    register: str = ""


def card_expiry(birth_date: BirthDate, issued_on: datetime) -> date:
    """The tenth birthday after the issue for adults, the fifth for minors."""
    age = age_on(birth_date, issued_on.date())
    is_minor = age is not None and age < ADULT_AGE
    return nth_birthday_end(birth_date, issued_on, MINOR_BIRTHDAYS if is_minor else ADULT_BIRTHDAYS).date()


def state_of(card: CardFact, at: datetime) -> State:
    """What a card is at a moment, from what had happened to it by then."""
    past = sorted((event for event in card.events if event.at <= at), key=lambda event: event.at)
    if at > end_of_day(card.expires_on) or any(event.event == "given_up" for event in past):
        return "ended"
    return "stopped" if past and past[-1].event == "reported_lost" else "in_use"


def lost_since(card: CardFact, at: datetime) -> datetime | None:
    """When a card that is stopped was reported lost; None for any other."""
    if state_of(card, at) != "stopped":
        return None
    return max(event.at for event in card.events if event.event == "reported_lost" and event.at <= at)


def newest_card(cards: Sequence[CardFact], at: datetime) -> CardFact | None:
    """The card that was handed over last: no other counts. Of two at the same moment, the one that has not ended."""
    return max(cards, key=lambda card: (card.issued_at, state_of(card, at) != "ended", card.card_id), default=None)


def kept_card(cards: Sequence[CardFact], at: datetime) -> CardFact | None:
    """The newest card, if it has not ended: in use or stopped."""
    newest = newest_card(cards, at)
    return newest if newest is not None and state_of(newest, at) != "ended" else None


def valid_card(cards: Sequence[CardFact], at: datetime) -> CardFact | None:
    """The newest card, if it is in use."""
    card = kept_card(cards, at)
    return card if card is not None and state_of(card, at) == "in_use" else None


def check_resident(record: Record) -> None:
    """Only a resident gets cards and certificates."""
    if record.status != "resident":
        raise Refused(EVENT_NOT_POSSIBLE, {"state": record.status})


def card_to_write(record: Record, cards: Sequence[CardFact], at: datetime) -> CardFact:
    """The card that certificates are reissued on, or PINs set. Raises ``Refused``."""
    check_resident(record)
    return card_to_report(cards, at)


def card_to_report(cards: Sequence[CardFact], at: datetime) -> CardFact:
    """The card in use: the one that can be reported lost. Raises NO_CARD, or CARD_STOPPED."""
    card = card_to_give_up(cards, at)
    if state_of(card, at) == "stopped":
        raise Refused(CARD_STOPPED)
    return card


def card_to_find(record: Record, cards: Sequence[CardFact], at: datetime, *, held: bool) -> CardFact:
    """The card that was found: reported lost here, or ``held`` at J-LIS by telephone. Raises ``Refused``."""
    check_resident(record)
    card = card_to_give_up(cards, at)
    if state_of(card, at) != "stopped" and not held:
        raise Refused(CARD_NOT_STOPPED)
    return card


def card_to_give_up(cards: Sequence[CardFact], at: datetime) -> CardFact:
    """The card that ends now, in use or stopped. Raises NO_CARD."""
    card = kept_card(cards, at)
    if card is None:
        raise Refused(NO_CARD)
    return card


def check_new_card(record: Record, cards: Sequence[CardFact], at: datetime) -> None:
    """Whether a card may be handed over. Raises ``Refused``."""
    check_resident(record)
    card = kept_card(cards, at)
    if card is not None:
        raise Refused(CARD_STOPPED if state_of(card, at) == "stopped" else CARD_ALREADY)


def usable(certificates: Sequence[CertificateState], medium: Medium) -> list[CertificateState]:
    """The certificates of a medium that are not over: valid, or held."""
    return [one for one in certificates if one.medium == medium and one.state in ("valid", "suspended")]


def newest_of(certificates: Sequence[CertificateState], medium: Medium) -> list[CertificateState]:
    """The newest certificate of each usage on a medium."""
    by_usage = {one.usage: one for one in sorted(certificates, key=lambda one: one.serial) if one.medium == medium}
    return list(by_usage.values())


def held(certificates: Sequence[CertificateState]) -> list[CertificateState]:
    """The certificates of the card that are held (一時利用停止), by telephone or at a counter."""
    return [one for one in usable(certificates, "card") if one.state == "suspended"]


def needs_reissue(certificates: Sequence[CertificateState]) -> bool:
    """Whether the newest signature certificate of the card was revoked by a change of an attribute."""
    newest = next((one for one in newest_of(certificates, "card") if one.usage == "sign"), None)
    return newest is not None and newest.state == "revoked" and newest.reason == "affiliationChanged"


def card_procedures(
    record: Record, cards: Sequence[CardFact], certificates: Sequence[CertificateState], at: datetime
) -> tuple[str, ...]:
    """What the counter can do about a person's card and phone now, by name, at the municipality of the record.

    ``certificates`` are as J-LIS has them; none where it was not asked, or does not answer.
    """
    card, is_resident = kept_card(cards, at), record.status == "resident"
    found: list[str] = []
    if card is None:
        found += ["card"] if is_resident else []
    else:
        reported = state_of(card, at) == "stopped"
        if is_resident:
            found += ["found_card"] if reported or held(certificates) else ["reissue", "pins"]
        if not reported and record.status in ("resident", "moved_out"):
            found.append("lost_card")
        found += ["give_up_card", "return_card"]
    if usable(certificates, "phone"):
        found.append("phone_certificates")
    return tuple(found)


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
    for which in Pins.__struct_fields__:
        pin = getattr(pins, which)
        form = _PASSWORD if which == "sign" else _DIGITS
        if (pin or which in needs) and form.fullmatch(pin) is None:
            raise Refused(PIN_NOT_ACCEPTED, {"field": which})
