from datetime import date, datetime, timedelta

import msgspec
import pytest

from tegata.actors.municipality.rules.cards import (
    CardFact,
    Pins,
    card_expiry,
    card_to_write,
    check_new_card,
    check_pins,
    usages_for,
    valid_card,
)
from tegata.japan.dates import JST, end_of_day
from tegata.wire.problems import Refused
from tests.actors.municipality.rules.test_register import RESIDENT, after

NOW = datetime(2023, 9, 25, 10, 0, tzinfo=JST)
CARD = CardFact(card_id="c1", issued_at=datetime(2022, 1, 1, tzinfo=JST), expires_on=date(2031, 2, 17))


def code_of(call: object, *arguments: object, **named: object) -> str:
    assert callable(call)
    with pytest.raises(Refused) as refused:
        call(*arguments, **named)
    return refused.value.code


@pytest.mark.parametrize(
    ("birth_date", "expires"),
    [
        ("1980-02-17", date(2033, 2, 17)), ("1980-10-01", date(2032, 10, 1)), ("2012-03-31", date(2028, 3, 31)),
        ("2005-09-25", date(2033, 9, 25)), ("2005-09-26", date(2027, 9, 26)), ("1980-02-29", date(2033, 2, 28)),
        ("0000-00-00", date(2033, 1, 1)),
    ],
)  # fmt: skip
def test_an_adults_card_ends_with_the_tenth_birthday_a_minors_with_the_fifth(birth_date: str, expires: date) -> None:
    assert card_expiry(birth_date, NOW) == expires


def test_a_card_is_valid_to_the_last_second_of_its_last_day() -> None:
    end = end_of_day(CARD.expires_on)
    assert valid_card([CARD], end) == CARD
    assert valid_card([CARD], end + timedelta(seconds=1)) is None
    assert valid_card([], NOW) is None


def test_only_the_newest_card_counts() -> None:
    expired = msgspec.structs.replace(
        CARD, card_id="c2", issued_at=datetime(2023, 1, 1, tzinfo=JST), expires_on=date(2023, 9, 24)
    )
    assert valid_card([CARD, expired], NOW) is None
    assert card_to_write(RESIDENT, [CARD], NOW) == CARD
    assert code_of(card_to_write, RESIDENT, [CARD, expired], NOW) == "no-valid-card"


@pytest.mark.parametrize("event", ["move_out", "death", "left_country"])
def test_who_is_no_resident_gets_neither_card_nor_certificate(event: str) -> None:
    gone = after(event)  # type: ignore[arg-type]
    assert code_of(card_to_write, gone, [CARD], NOW) == "register-event-not-possible"
    assert code_of(check_new_card, gone, [], NOW) == "register-event-not-possible"


def test_nobody_holds_two_valid_cards() -> None:
    assert code_of(check_new_card, RESIDENT, [CARD], NOW) == "card-already-held"
    check_new_card(RESIDENT, [], NOW)


@pytest.mark.parametrize(("birth_date", "both"), [("2008-09-25", True), ("2008-09-26", False), ("0000-00-00", False)])
def test_the_signature_certificate_comes_with_fifteen(birth_date: str, both: bool) -> None:
    four = msgspec.structs.replace(RESIDENT.attributes, birth_date=birth_date)
    found = usages_for(msgspec.structs.replace(RESIDENT, attributes=four), NOW.date())
    assert found == (("auth", "sign") if both else ("auth",))


@pytest.mark.parametrize(
    ("pins", "field"),
    [
        (Pins(auth="123"), "auth"), (Pins(auth="12345"), "auth"), (Pins(auth="１２３４"), "auth"),
        (Pins(text="abcd"), "text"), (Pins(sign="abc123"), "sign"), (Pins(sign="ABCDEF"), "sign"),
        (Pins(sign="123456"), "sign"), (Pins(sign="ABC12"), "sign"), (Pins(sign="A1" * 9), "sign"),
        (Pins(sign="ABC123\n"), "sign"), (Pins(), "text"),
    ],
)  # fmt: skip
def test_a_pin_that_is_none_is_refused_with_its_field(pins: Pins, field: str) -> None:
    with pytest.raises(Refused) as refused:
        check_pins(pins, needs=("text",) if pins == Pins() else ())
    assert (refused.value.code, refused.value.detail["field"]) == ("pin-form", field)


def test_pins_that_are_not_needed_may_be_missing() -> None:
    check_pins(Pins(sign="ABC123"), needs=("sign",))
