"""PINs at the counter: each alone, with the tries that are left."""

from tegata.actors.citizen.service import cards as drawer
from tegata.actors.municipality.rules.cards import Pins
from tegata.actors.municipality.service import cards
from tests.actors.municipality.losses import PINS, card_of, code_of
from tests.actors.municipality.world import (
    HANAKO,
    HERE,
    KENJI,
    SAKURA,
    World,
)


def test_each_pin_is_set_alone_and_its_tries_are_told(quick_world: World) -> None:
    node, hanako = quick_world.node, quick_world.id_of(HANAKO)
    for _ in range(3):
        code_of(quick_world.card_signs, HANAKO, "auth", "0000")
    code_of(quick_world.card_signs, HANAKO, "sign", "WRONG1")
    before = cards.pin_tries(node, HERE, hanako)
    assert (before["auth"], before["sign"], before["text"]) == (0, 4, 3)
    for which, pin in {"auth": "1111", "sign": "NEWPW1", "text": "2222", "register": "3333"}.items():
        told = cards.reset_pins(node, HERE, hanako, Pins(**{which: pin}))
        assert told == {which: 5 if which == "sign" else 3}
    client = card_of(quick_world, "card-2")
    assert client.text_attributes("2222").name == HANAKO.attributes.name
    client.verify_pin("resident-register", "3333")
    assert quick_world.card_signs(HANAKO, "auth", "1111")
    assert cards.pin_tries(node, HERE, hanako) == {"auth": 3, "text": 3, "sign": 5, "register": 3}
    kenji = quick_world.id_of(KENJI)
    cards.issue_card(node, HERE, kenji, PINS)
    cards.reset_pins(node, HERE, kenji, Pins(text="2222"))
    with quick_world.citizen.database.read() as session:
        card_id = drawer.newest_card(session, KENJI.resident_code).card_id
    assert card_of(quick_world, card_id).resident_code("8765") == KENJI.resident_code
    child = quick_world.id_of(SAKURA)
    assert "sign" not in cards.pin_tries(node, HERE, child)
