"""Signing with a card by its holder, whoever asks: the one way in the network."""

from typing import Any

import pytest

from tegata.actors.citizen.service import cards, sign_with_card, signing
from tegata.card import CardContentRefused, CardError
from tegata.node import audit
from tegata.node.node import Node
from tegata.wire.problems import Refused
from tests.actors.municipality.world import AUTH_PIN, HANAKO, KENJI, PASSWORD, SAKURA, World, certificate_of


def refusal(node: Node, *arguments: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        sign_with_card(node, *arguments)
    return refused.value


@pytest.mark.rule("FI-02")
@pytest.mark.parametrize("holder", [HANAKO.resident_code, "P000002"])
def test_a_person_is_named_by_id_or_resident_code(world: World, holder: str) -> None:
    document = sign_with_card(world.citizen, holder, "sign", PASSWORD, b"payload", asker="bank")
    auth = sign_with_card(world.citizen, holder, "auth", AUTH_PIN, b"payload")
    assert certificate_of(document).serial_number != 0
    assert certificate_of(document).subject != certificate_of(auth).subject
    noted = [one.entry for one in audit.entries_for(world.citizen.database, "P000002")]
    assert [(one.action, one.detail["usage"], one.detail["asker"]) for one in reversed(noted)] == [
        ("signed", "sign", "bank"), ("signed", "auth", ""),
    ]  # fmt: skip


def test_each_refusal_has_its_reason_and_tries_are_counted(world: World) -> None:
    node = world.citizen
    wrong = refusal(node, HANAKO.resident_code, "sign", "WRONG1", b"x")
    assert (wrong.code, wrong.detail) == ("card-wrong-pin", {"tries_left": 4})
    assert refusal(node, HANAKO.resident_code, "sign", "short", b"x").code == "card-malformed-pin"
    assert refusal(node, HANAKO.resident_code, "auth", "abcd", b"x").code == "card-malformed-pin"
    assert refusal(node, SAKURA.resident_code, "sign", PASSWORD, b"x").code == "card-without-certificate"
    assert refusal(node, KENJI.resident_code, "auth", AUTH_PIN, b"x").code == "not-found"
    for left in (3, 2, 1):
        assert refusal(node, HANAKO.resident_code, "sign", "WRONG1", b"x").detail == {"tries_left": left}
    assert refusal(node, HANAKO.resident_code, "sign", "WRONG1", b"x").code == "card-pin-blocked"
    assert refusal(node, HANAKO.resident_code, "sign", PASSWORD, b"x").code == "card-pin-blocked"
    with node.database.read() as session:
        assert signing.tries_left(cards.card_row(session, "card-2"), "sign") == 0
    assert audit.verify(node.database).ok


def test_a_pin_is_changed_by_who_knows_it(quick_world: World) -> None:
    node = quick_world.citizen
    signing.change_pin(node, "card-2", "sign", PASSWORD, "NEWPW99")
    assert refusal(node, HANAKO.resident_code, "sign", PASSWORD, b"x").code == "card-wrong-pin"
    assert sign_with_card(node, HANAKO.resident_code, "sign", "NEWPW99", b"x")
    with pytest.raises(Refused) as refused:
        signing.change_pin(node, "card-2", "auth", AUTH_PIN, "12345")
    assert refused.value.code == "card-malformed-pin"


@pytest.mark.parametrize(
    ("failure", "code"), [(CardError(0x6F00), "card-failure"), (CardContentRefused("x"), "card-content")]
)
def test_whatever_a_card_says_is_a_refusal_of_a_type(failure: Any, code: str) -> None:
    refused = signing.refusal_of(failure)
    assert refused.code == code
    assert refused.type.title.ja
    assert refused.type.advice.en
