"""Switches that stand apart from one command's tests (the others are tested with their commands)."""

import pytest

from tegata.card import Behaviour, CardClient, CardError
from tests.card.support import JPKI_AID, Keys, ask, personalised, select, verify


@pytest.mark.parametrize("blocked", [0x6983, 0x6984])
def test_the_tries_of_a_blocked_pin_are_none_or_its_status_by_the_switches(keys: Keys, blocked: int) -> None:
    for switch, answer in (("tries", "63C0"), ("blocked", f"{blocked:04X}")):
        behaviour = Behaviour(blocked_status=blocked, status_of_blocked_pin=switch)  # type: ignore[arg-type]
        card = personalised(keys, behaviour)
        select(card, JPKI_AID)
        assert verify(card, "0018", "0000") == "63C2"
        assert ask(card, "00200080") == "63C2"
        for _ in range(2):
            verify(card, "0018", "0000")
        assert ask(card, "00200080") == answer
        assert CardClient(card.transmit).pin_tries("auth") == 0


def test_extended_commands_are_refused_where_the_switch_says_so(keys: Keys) -> None:
    card = personalised(keys, Behaviour(extended_length=False))
    select(card, JPKI_AID, "000A")
    assert ask(card, "00B00000 000004") == "6700"
    assert ask(card, "00B00000 04")[-4:] == "9000"
    assert ask(card, "00A4020C 000002 000A") == "6700"
    certificate = CardClient(card.transmit, extended=False).read_certificate("auth")
    assert certificate.public_key() == keys.auth.public_key()
    with pytest.raises(CardError) as refused:
        CardClient(card.transmit, extended=True).read_certificate("auth-ca")
    assert refused.value.sw == 0x6700
