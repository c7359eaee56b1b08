from dataclasses import replace
from datetime import date

import pytest

from tegata.card import (
    Card,
    CardClient,
    CardContentRefused,
    CardError,
    Holder,
    MalformedPin,
    Personaliser,
    WrongPin,
    check_number_b,
    printed_back,
    printed_front,
    write_holder,
)
from tegata.card.portrait import as_png
from tegata.japan.dates import MalformedBirthDate
from tests.card.support import BACK, FOUR, FRONT, ISSUER_KEY, MY_NUMBER, RESIDENT_CODE

HOLDER = Holder(
    attributes=FOUR, my_number=MY_NUMBER, resident_code=RESIDENT_CODE, card_number="C1", security_code="0042",
    issued_on=date(2023, 4, 1), expires_on=date(2033, 2, 17),
)  # fmt: skip
NUMBER_B = check_number_b(FOUR.birth_date, 2033, "0042")


@pytest.fixture
def written(blank: Card) -> Card:
    write(blank, HOLDER)
    return blank


def write(card: Card, holder: Holder) -> None:
    counter = Personaliser(card.transmit, ISSUER_KEY)
    counter.authenticate()
    write_holder(counter, holder)
    card.reset()


@pytest.mark.parametrize("extended", [False, True])
def test_the_front_opens_to_both_check_numbers_and_the_back_to_my_number(written: Card, extended: bool) -> None:
    client = CardClient(written.transmit, extended=extended)
    front = client.front(NUMBER_B)
    assert front == client.front(MY_NUMBER, "visual-a")
    assert (front.name, front.address, front.birth_date, front.gender) == (
        FOUR.name, FOUR.address, FOUR.birth_date, FOUR.gender,
    )  # fmt: skip
    assert (front.expires_on, front.security_code) == (date(2033, 2, 17), "0042")
    assert as_png(front.photo).startswith(b"\x89PNG")
    assert client.back(MY_NUMBER) == MY_NUMBER
    assert client.my_number(MY_NUMBER, "text-a") == MY_NUMBER
    assert client.text_attributes(NUMBER_B, "text-b") == FOUR


def test_the_back_does_not_open_to_what_is_printed_on_the_front(written: Card) -> None:
    client = CardClient(written.transmit)
    client.verify_pin("visual-b", NUMBER_B)
    with pytest.raises(MalformedPin):
        client.back(NUMBER_B)
    with pytest.raises(MalformedPin):
        client.front(NUMBER_B, "text-b")


def test_a_wrong_check_number_says_how_many_tries_are_left(written: Card) -> None:
    client = CardClient(written.transmit)
    with pytest.raises(WrongPin) as wrong:
        client.front("00000000000000")
    assert wrong.value.tries_left == 9
    assert client.pin_tries("visual-a") == 10


def test_after_a_move_all_files_have_the_new_address_and_the_photo_is_the_same(written: Card) -> None:
    before = CardClient(written.transmit).front(NUMBER_B)
    moved = replace(HOLDER, attributes=FOUR.__class__(**{**as_dict(), "address": "大阪府大阪市北区梅田１丁目１番１号"}))
    write(written, moved)
    client = CardClient(written.transmit)
    after = client.front(NUMBER_B)
    assert after.address == client.text_attributes(NUMBER_B, "text-b").address == moved.attributes.address
    assert after.photo == before.photo


def as_dict() -> dict[str, str]:
    return {"name": FOUR.name, "address": FOUR.address, "birth_date": FOUR.birth_date, "gender": FOUR.gender}


def test_what_is_printed_is_seen_without_a_pin_and_costs_no_try(written: Card) -> None:
    image = written.dump()
    assert printed_front(image) == CardClient(written.transmit).front(NUMBER_B)
    assert printed_back(image) == MY_NUMBER
    assert Card.load(image).dump() == image


def test_on_a_blank_card_nothing_is_printed_and_a_reader_finds_no_file(blank: Card) -> None:
    assert printed_front(blank.dump()) is None
    assert printed_back(blank.dump()) is None
    with pytest.raises(CardError) as refused:
        CardClient(blank.transmit).front(NUMBER_B)
    assert refused.value.sw == 0x6A82


@pytest.mark.parametrize("content", [b"\xff\x20\x03abc", BACK, FRONT[:-3], b"\xff\x20\x82\xff\xff", b"\0"])
def test_a_reader_refuses_a_front_that_is_none(written: Card, content: bytes) -> None:
    counter = Personaliser(written.transmit, ISSUER_KEY)
    counter.authenticate()
    counter.write_visual(content, FRONT)
    client = CardClient(written.transmit)
    with pytest.raises(CardContentRefused):
        client.front(NUMBER_B)
    with pytest.raises(CardContentRefused):
        client.back(MY_NUMBER)


def test_a_birth_date_that_can_not_be_is_refused_before_the_check_number_is_set(blank: Card) -> None:
    with pytest.raises(MalformedBirthDate):
        write(blank, replace(HOLDER, attributes=FOUR.__class__(**{**as_dict(), "birth_date": "2023-02-30"})))
