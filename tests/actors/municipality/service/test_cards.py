"""Cards and certificates at the counter, over the citizen's card and J-LIS."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tegata.actors.citizen.service import cards as drawer
from tegata.actors.citizen.tables import CardRow as DrawerCard
from tegata.actors.citizen.tables import RememberedRow
from tegata.actors.municipality.rules.cards import Pins
from tegata.actors.municipality.service import cards, printing, register, terminal
from tegata.actors.municipality.service.terminal import Terminal
from tegata.actors.municipality.tables import ApplicationRow, CertificateRow
from tegata.card import Card, CardClient, check_number_b
from tegata.node import audit
from tegata.node.settings import SettingsError
from tegata.pki.attributes import attributes_of
from tegata.wire.certificates import ISSUE
from tegata.wire.problems import PEER_UNAVAILABLE, Refused
from tests.actors.municipality.world import (
    AUTH_PIN,
    HANAKO,
    HERE,
    HOME,
    KENJI,
    NEW_HOME,
    SAKURA,
    TARO,
    TEXT_PIN,
    THERE,
    World,
    certificate_of,
    make_world,
)
from tests.fixtures.nodes import NetworkMaker

PINS = Pins(auth="4321", text="8765", sign="NEWPW1")


def moves(world: World) -> None:
    """Hanako moves from Chiyoda to Shibuya."""
    register.move_in(
        world.node, THERE, [world.id_of(HANAKO)], address=NEW_HOME, postal_code="1500041",
        effective_on=world.today - timedelta(days=1),
    )  # fmt: skip


def code_of(call: Callable[..., Any], *arguments: Any, **named: Any) -> str:
    with pytest.raises(Refused) as refused:
        call(*arguments, **named)
    return refused.value.code


def card_of(world: World, card_id: str = "card-2") -> CardClient:
    with world.citizen.database.read() as session:
        return CardClient(Card.load(session.get_one(DrawerCard, card_id).image).transmit)


@pytest.mark.rule("FI-03")
def test_after_a_move_the_reissued_certificate_is_on_the_card_with_the_new_address(world: World) -> None:
    before = certificate_of(world.card_signs(HANAKO))
    printed = card_of(world).front(HANAKO.my_number, "visual-a")
    assert printed.address == HOME
    moves(world)
    written = cards.reissue(world.node, THERE, world.id_of(HANAKO), ["sign"], Pins(sign="NEWPW1"))
    assert [(one.usage, one.replaces) for one in written] == [("sign", before.serial_number)]
    after = certificate_of(world.card_signs(HANAKO, pin="NEWPW1"))
    assert after.serial_number == written[0].serial
    assert attributes_of(after).four.address == NEW_HOME
    assert attributes_of(before).four.address == HOME
    assert before.public_key() != after.public_key()
    assert card_of(world).text_attributes(TEXT_PIN).address == NEW_HOME
    assert card_of(world).my_number(TEXT_PIN) == HANAKO.my_number
    front = card_of(world).front(HANAKO.my_number, "visual-a")
    assert (front.name, front.address) == (HANAKO.attributes.name, NEW_HOME)
    assert (front.photo, front.security_code) == (printed.photo, printed.security_code)
    assert card_of(world).check_text(TEXT_PIN) == printing.text_issuer_key(world.node)
    assert world.card_signs(HANAKO, "auth", AUTH_PIN)
    assert world.revoked(HANAKO) == [("sign", "affiliationChanged")]
    assert audit.verify(world.node.database).ok


@pytest.mark.rule("FI-03")
def test_a_child_gets_the_authentication_certificate_only(quick_world: World) -> None:
    assert code_of(cards.reissue, quick_world.node, HERE, quick_world.id_of(SAKURA), ["sign"], Pins(sign="NEWPW1")) == (
        "too-young-for-signature"
    )
    assert quick_world.network.recorder.messages == []
    assert quick_world.card_signs(SAKURA, "auth", AUTH_PIN)
    written = cards.reissue(quick_world.node, HERE, quick_world.id_of(SAKURA), ["auth"], Pins(auth="1111"))
    assert [one.usage for one in written] == ["auth"]
    assert quick_world.revoked(SAKURA) == [("auth", "superseded")]


def test_a_card_is_handed_over_once_and_its_pins_are_the_holders(world: World) -> None:
    kenji = world.id_of(KENJI)
    written = [cards.issue_card(world.node, HERE, kenji, PINS, request_id="card-of-kenji") for _ in range(2)]
    assert [one.usage for one in written[0]] == ["auth", "sign"]
    assert written[0] == written[1]
    assert world.card_signs(KENJI, "sign", "NEWPW1")
    assert world.card_signs(KENJI, "auth", "4321")
    with world.citizen.database.read() as session:
        card = drawer.newest_card(session, KENJI.resident_code)
    client = card_of(world, card.card_id)
    assert client.card_number() == card.card_id
    assert client.resident_code("8765") == KENJI.resident_code
    front, number = client.front(KENJI.my_number, "visual-a"), KENJI.my_number
    number_b = check_number_b(front.birth_date, front.expires_on.year, front.security_code)
    assert client.front(number_b).name == KENJI.attributes.name
    assert client.back(number) == client.my_number(number, "text-a") == number
    with world.citizen.database.read() as session:
        known = set(session.scalars(select(RememberedRow.which).where(RememberedRow.card_id == card.card_id)))
    assert known == {"auth", "sign", "text", "resident-register"}
    assert code_of(cards.issue_card, world.node, HERE, kenji, PINS) == "card-already-held"
    with world.node.database.read() as session:
        assert len(session.scalars(select(CertificateRow)).all()) == 2


@pytest.mark.parametrize(
    ("who", "call", "code"),
    [
        (KENJI, lambda world, who: cards.reissue(world.node, HERE, who, ["sign"], PINS), "no-valid-card"),
        (KENJI, lambda world, who: cards.reset_pins(world.node, HERE, who, PINS), "no-valid-card"),
        (KENJI, lambda world, who: cards.issue_card(world.node, HERE, who, Pins(auth="1111")), "pin-form"),
        (KENJI, lambda world, who: cards.issue_card(world.node, THERE, who, PINS), "not-found"),
        (TARO, lambda world, who: cards.issue_card(world.node, HERE, who, PINS), "card-already-held"),
        (TARO, lambda world, who: cards.reissue(world.node, THERE, who, ["sign"], PINS), "not-found"),
        (TARO, lambda world, who: cards.reissue(world.node, HERE, who, ["sign"], Pins(sign="x")), "pin-form"),
        (TARO, lambda world, who: cards.reset_pins(world.node, THERE, who, PINS), "not-found"),
    ],
)
def test_what_can_not_be_done_says_why(quick_world: World, who: Any, call: Callable[..., Any], code: str) -> None:
    assert code_of(call, quick_world, quick_world.id_of(who)) == code


def test_pins_are_set_anew_after_they_were_blocked(quick_world: World) -> None:
    for _ in range(3):
        assert code_of(quick_world.card_signs, HANAKO, "auth", "0000") in ("card-wrong-pin", "card-pin-blocked")
    assert code_of(quick_world.card_signs, HANAKO, "auth", AUTH_PIN) == "card-pin-blocked"
    cards.reset_pins(quick_world.node, HERE, quick_world.id_of(HANAKO), Pins(auth="2468"))
    assert quick_world.card_signs(HANAKO, "auth", "2468")
    assert quick_world.card_signs(HANAKO)


@pytest.mark.rule("FI-03")
def test_nothing_is_issued_before_j_lis_knows_of_the_change(quick_world: World) -> None:
    quick_world.network.take_down("jlis")
    moves(quick_world)
    reissue = (cards.reissue, quick_world.node, THERE, quick_world.id_of(HANAKO), ["sign"], Pins(sign="NEWPW1"))
    assert code_of(*reissue) == "register-change-not-delivered"
    quick_world.network.bring_up("jlis")
    assert code_of(*reissue) == "register-change-not-delivered"
    quick_world.network.advance(timedelta(minutes=1))
    written = reissue[0](*reissue[1:])
    certificate = certificate_of(quick_world.card_signs(HANAKO, pin="NEWPW1"))
    assert certificate.serial_number == written[0].serial
    assert attributes_of(certificate).four.address == NEW_HOME


@pytest.mark.parametrize("when", ["before-issue", "after-issue", "at-writing"])
def test_a_reissue_that_stopped_goes_on_with_the_same_key(
    quick_world: World, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Whatever stops, the same request ends with one certificate that fits the key on the card."""
    node, call, write = quick_world.node, quick_world.node.call, Terminal.write

    def stops(endpoint: Any, *arguments: Any, **named: Any) -> Any:
        if endpoint is ISSUE and when == "before-issue":
            raise Refused(PEER_UNAVAILABLE)
        answer = call(endpoint, *arguments, **named)
        if endpoint is ISSUE and when == "after-issue":
            raise Refused(PEER_UNAVAILABLE)
        return answer

    def does_not_write(_self: Terminal) -> None:
        raise Refused(PEER_UNAVAILABLE)

    hanako = quick_world.id_of(HANAKO)
    with monkeypatch.context() as patched:
        patched.setattr(node, "call", stops)
        if when == "at-writing":
            patched.setattr(Terminal, "write", does_not_write)
        assert code_of(cards.reissue, node, HERE, hanako, ["sign"], Pins(sign="NEWPW1"), request_id="r") == (
            "peer-unavailable"
        )
    assert Terminal.write is write
    written = cards.reissue(node, HERE, hanako, ["sign"], Pins(sign="NEWPW1"), request_id="r")
    certificate = certificate_of(quick_world.card_signs(HANAKO, pin="NEWPW1"))
    assert certificate.serial_number == written[0].serial
    assert quick_world.revoked(HANAKO) == [("sign", "superseded")]
    with node.database.read() as session:
        assert len(session.scalars(select(ApplicationRow)).all()) == 1


def test_a_key_that_was_made_by_someone_else_meanwhile_is_not_applied_for(quick_world: World) -> None:
    """The card was reissued under another request in between: the first one makes a key of its own."""
    node, hanako = quick_world.node, quick_world.id_of(HANAKO)
    first = cards.reissue(node, HERE, hanako, ["sign"], Pins(sign="NEWPW1"), request_id="one")
    second = cards.reissue(node, HERE, hanako, ["sign"], Pins(sign="NEWPW1"), request_id="two")
    third = cards.reissue(node, HERE, hanako, ["sign"], Pins(sign="NEWPW1"), request_id="one")
    assert first[0].serial < second[0].serial < third[0].serial
    assert certificate_of(quick_world.card_signs(HANAKO, pin="NEWPW1")).serial_number == third[0].serial


def test_a_card_of_another_issuer_is_not_written(make_network: NetworkMaker) -> None:
    world = make_world(make_network, actors={"municipality": {"card_issuer_key": "11" * 32}})
    assert code_of(cards.reset_pins, world.node, HERE, world.id_of(HANAKO), Pins(auth="1111")) == "card-not-written"
    assert world.card_signs(HANAKO, "auth", AUTH_PIN)


@pytest.mark.parametrize("key", ["xyz", "11" * 31])
def test_an_issuer_key_that_is_none_is_an_error_of_the_settings(make_network: NetworkMaker, key: str) -> None:
    world = make_world(make_network, actors={"municipality": {"card_issuer_key": key}})
    with pytest.raises(SettingsError, match="card_issuer_key"):
        terminal.open_terminal(world.node, "card-2")


def test_a_card_that_loses_its_power_before_it_is_written_says_so_and_nothing_is_noted(
    quick_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, hanako, write = quick_world.node, quick_world.id_of(HANAKO), Terminal.write

    def loses_power(self: Terminal) -> None:
        drawer.connect(quick_world.citizen, "card-2")
        write(self)

    with monkeypatch.context() as patched:
        patched.setattr(Terminal, "write", loses_power)
        with pytest.raises(Refused) as refused:
            cards.reissue(node, HERE, hanako, ["auth"], Pins(auth="1111"), request_id="r")
    assert (refused.value.code, refused.value.detail) == ("card-not-written", {"status": "6982"})
    with node.database.read() as session:
        assert session.scalars(select(CertificateRow)).all() == []
    cards.reissue(node, HERE, hanako, ["auth"], Pins(auth="1111"), request_id="r")
    assert quick_world.card_signs(HANAKO, "auth", "1111")


def test_without_the_drawer_nothing_is_written(quick_world: World) -> None:
    quick_world.network.take_down("citizen")
    assert code_of(cards.reset_pins, quick_world.node, HERE, quick_world.id_of(HANAKO), Pins(auth="1111")) == (
        "peer-unavailable"
    )


def test_no_pin_and_no_my_number_is_seen_by_who_watches_the_messages(quick_world: World) -> None:
    cards.issue_card(quick_world.node, HERE, quick_world.id_of(KENJI), PINS)
    seen = str([message.body_masked for message in quick_world.network.recorder.messages])
    for secret in (PINS.auth.encode().hex(), PINS.sign.encode().hex(), KENJI.my_number.encode().hex()):
        assert secret not in seen
    assert KENJI.attributes.name not in seen
