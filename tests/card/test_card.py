"""The rules of the module docstring of card.py, one after the other."""

import pytest

from tegata.card import Card
from tegata.card.card import ATR, COMMANDS
from tests.card.support import COMMON_AID, ISSUER_KEY, JPKI_AID, TEXT_AID, ask, authenticate, select


def test_power_and_reset_give_the_atr_of_the_real_card(card: Card) -> None:
    assert card.atr == card.power() == card.reset() == ATR == bytes.fromhex("3BE000FF8131FE4514")


def test_asking_for_the_atr_is_no_reset(card: Card) -> None:
    select(card, JPKI_AID, "000A")
    assert card.atr == ATR
    assert ask(card, "00B0000001") == "309000"


def test_a_blank_card_has_token_information_and_nothing_else(blank: Card) -> None:
    select(blank, JPKI_AID, "0006")
    assert ask(blank, "00B0000020") == b"JPKIAPICCTOKEN2".ljust(32).hex().upper() + "9000"
    assert len(ask(blank, "00B0000000")) == 2 * (160 + 2)
    for file in ("0001", "0002", "000A", "000B", "0017", "0018", "001A", "001B"):
        assert ask(blank, f"00A4020C02{file}") == "6A82"


def test_a_short_issuer_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16 bytes"):
        Card.blank(ISSUER_KEY[:15])


@pytest.mark.parametrize("apdu", ["", "00", "00A404", "00A4040C0AD392", "00A4020C0000"])
def test_rule_1_lengths_that_do_not_add_up(card: Card, apdu: str) -> None:
    assert ask(card, apdu) == "6700"


@pytest.mark.parametrize("ins", sorted(set(range(256)) - set(COMMANDS)))
def test_rule_2_unknown_instructions(card: Card, ins: int) -> None:
    assert ask(card, f"00{ins:02X}0000") == ask(card, f"80{ins:02X}000000") == "6D00"


@pytest.mark.parametrize(
    ("apdu", "sw"),
    [
        ("01A4040C", "6881"),
        ("03200080", "6881"),
        ("0CB0000000", "6882"),
        ("80A4040C", "6E00"),
        ("FFB0000000", "6E00"),
        ("002A0080", "6E00"),
        ("00D80000", "6E00"),
    ],
)
def test_rule_3_class(card: Card, apdu: str, sw: str) -> None:
    assert ask(card, apdu) == sw


def test_rule_4_only_long_writes_may_be_chained(card: Card) -> None:
    select(card, JPKI_AID, "0018")
    assert ask(card, "10200080023132") == "6884"
    assert ask(card, "00200080") == "63C3"


def test_rule_4_another_command_breaks_a_chain(card: Card) -> None:
    authenticate(card)
    select(card, COMMON_AID, "0001")
    assert ask(card, "10D6000001AA") == "9000"
    assert ask(card, "00A4020C020001") == "6883"
    assert ask(card, "00B0000001") == "FF9000"


def test_rule_4_a_refused_command_ends_a_chain(card: Card) -> None:
    authenticate(card)
    select(card, COMMON_AID, "0001")
    assert ask(card, "10D6000001AA") == "9000"
    assert ask(card, "00FF0000") == "6D00"
    assert ask(card, "00D6000001BB") == "9000"
    assert ask(card, "00B0000001") == "BB9000"


def test_rule_4_a_chain_has_an_end(card: Card) -> None:
    authenticate(card)
    select(card, COMMON_AID, "0001")
    part = "10D60000 00 7FFF" + "00" * 0x7FFF
    assert ask(card, part) == "9000"
    assert ask(card, "10D6000001AA") == "6700"


def test_a_chain_is_one_command(card: Card) -> None:
    authenticate(card)
    select(card, COMMON_AID, "0001")
    assert [ask(card, "10D6000002AABB"), ask(card, "10D6000001CC"), ask(card, "00D6000001DD")] == ["9000"] * 3
    assert ask(card, "00B0000004") == "AABBCCDD9000"


@pytest.mark.parametrize(
    "apdu", ["00200000", "00200081", "00240080", "802A9E9A00", "002C0080", "00C0000100", "80D80001", "00840001"]
)
def test_rule_5_parameters(card: Card, apdu: str) -> None:
    select(card, JPKI_AID, "0018")
    assert ask(card, apdu) == "6A86"


@pytest.mark.parametrize(
    "apdu", ["00B0000001", "00200080", "0024018001AA", "802A008001AA00", "00D6000001AA", "000E0000"]
)
def test_rule_6_a_file_is_selected(card: Card, apdu: str) -> None:
    select(card, JPKI_AID)
    assert ask(card, apdu) == "6986"


@pytest.mark.parametrize(
    ("file", "apdu"),
    [
        ("0018", "00B0000001"),
        ("0017", "00B0000001"),
        ("000A", "00200080"),
        ("0017", "002000800431323334"),
        ("000A", "00240180023132"),
        ("000A", "802A008001AA00"),
        ("0018", "802A008001AA00"),
        ("0018", "00D6000001AA"),
        ("0017", "000E0000"),
        ("000A", "002C0280023132"),
        ("0018", "00478000"),
        ("000A", "80D8000001AA"),
    ],
)
def test_rule_6_the_file_is_of_the_right_kind(card: Card, file: str, apdu: str) -> None:
    authenticate(card)
    select(card, JPKI_AID, file)
    assert ask(card, apdu) == "6981"


@pytest.mark.parametrize(("file", "apdu"), [("000A", "00B0000001"), ("0018", "00200080"), ("0017", "00478100")])
def test_rule_6_the_issuer_selects_what_is_not_written_and_does_not_find_it(blank: Card, file: str, apdu: str) -> None:
    authenticate(blank)
    select(blank, JPKI_AID, file)
    assert ask(blank, apdu) == "6A82"


def test_rule_9_what_exceeds_le_waits(card: Card) -> None:
    authenticate(card)
    select(card, JPKI_AID, "0017")
    whole = ask(card, "0047810000 0000")
    assert whole.endswith("9000")
    parts = [ask(card, "0047810004"), ask(card, "00C0000000"), ask(card, "00C000000A")]
    assert [part[-4:] for part in parts] == ["6100", "610A", "9000"]
    assert "".join(part[:-4] for part in parts) == whole[:-4]
    assert ask(card, "00C0000000") == "6985"


def test_rule_9_the_next_command_ends_the_waiting(card: Card) -> None:
    authenticate(card)
    select(card, JPKI_AID, "0017")
    for other in ("00B00000", "00FF0000", "00", "10200080", "00A4020C020017", "00A4020C029999"):
        assert ask(card, "00478100") == "6100"
        ask(card, other)
        assert ask(card, "00C0000000") == "6985"
        select(card, JPKI_AID, "0017")


def test_get_response_needs_le(card: Card) -> None:
    authenticate(card)
    select(card, JPKI_AID, "0017")
    assert ask(card, "00478100") == "6100"
    assert ask(card, "00C00000") == "6700"


def test_a_reset_forgets_selection_pins_and_issuer(card: Card) -> None:
    authenticate(card)
    select(card, TEXT_AID, "0011")
    assert ask(card, "002000800435363738") == "9000"
    card.reset()
    assert ask(card, "00B0000001") == "6986"
    select(card, TEXT_AID, "0001")
    assert ask(card, "00B0000001") == "6982"
    assert ask(card, "00D6000001AA") == "6982"
