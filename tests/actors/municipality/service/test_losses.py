"""Lost, found and returned cards at the counter, over J-LIS and the drawer; what stops on the way, and comes twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509

from tegata.actors.citizen.service import cards as drawer
from tegata.actors.jlis.service import authorities, ocsp
from tegata.actors.municipality.rules.cards import Pins
from tegata.actors.municipality.service import cards, losses, procedures, register
from tegata.card.errors import CardError
from tegata.node import audit
from tegata.pki.ocsp import Good, Revoked, build_request, check_response
from tests.actors.municipality.losses import BOTH, PINS, card_of, code_of, happened, states, stopped_by_telephone
from tests.actors.municipality.world import (
    AUTH_PIN,
    HANAKO,
    HERE,
    KENJI,
    NEW_HOME,
    SAKURA,
    TARO,
    THERE,
    World,
    certificate_of,
    make_world,
)
from tests.fixtures.nodes import NetworkMaker


def says_ocsp(world: World, certificate: x509.Certificate) -> Good | Revoked:
    """What the responder answers about a signature certificate."""
    root = authorities.roots(world.jlis, "sign")[0]
    answer = ocsp.answer(world.jlis, "sign", build_request(certificate, root)).der
    status = check_response(answer, certificate, root, at=world.clock.now()).status
    assert isinstance(status, Good | Revoked)
    return status


@pytest.mark.rule("SP-05")
def test_a_card_is_lost_and_found_and_signs_with_new_certificates(make_network: NetworkMaker) -> None:
    world = make_world(make_network, actors={"jlis": {"ocsp_minutes": 0}})
    node, hanako = world.node, world.id_of(HANAKO)
    old = certificate_of(world.card_signs(HANAKO))
    assert says_ocsp(world, old) == Good()

    held = losses.report_loss(node, HERE, hanako, police_report="千代田 123", request_id="loss")
    assert [(one.usage, one.state, one.reason) for one in held] == [
        (usage, "suspended", "certificateHold") for usage in BOTH
    ]
    assert says_ocsp(world, old) == Revoked(world.clock.now(), "certificateHold")
    assert code_of(cards.reissue, node, HERE, hanako, ["sign"], PINS) == "card-stopped"
    assert code_of(cards.issue_card, node, HERE, hanako, PINS) == "card-stopped"
    assert code_of(cards.reset_pins, node, HERE, hanako, PINS) == "card-stopped"
    assert [one.name for one in procedures.stopped_cards(node, HERE)] == ["山田　花子"]
    assert procedures.stopped_cards(node, THERE) == []

    world.network.advance(timedelta(days=2))
    written = cards.take_up_again(node, HERE, hanako, Pins(sign="NEWPW1"), request_id="found")
    new = certificate_of(world.card_signs(HANAKO, pin="NEWPW1"))
    assert [one.usage for one in written] == list(BOTH)
    assert new.serial_number == written[1].serial
    assert new.public_key() != old.public_key()
    assert certificate_of(world.card_signs(HANAKO, "auth", AUTH_PIN)).serial_number == written[0].serial
    assert states(world) == {usage: ["revoked superseded", "valid"] for usage in BOTH}
    assert says_ocsp(world, new) == Good()
    assert isinstance(says_ocsp(world, old), Revoked)
    assert happened(world) == [("card-2", "reported_lost", None), ("card-2", "found", None)]
    assert procedures.stopped_cards(node, HERE) == []
    assert cards.reissue(node, HERE, hanako, ["sign"], PINS)
    assert audit.verify(node.database).ok


@pytest.mark.rule("SP-05")
def test_a_card_that_is_not_found_is_given_up_and_a_new_one_handed_over(world: World) -> None:
    node, hanako = world.node, world.id_of(HANAKO)
    losses.report_loss(node, HERE, hanako)
    losses.give_up(node, HERE, hanako, "lost")
    assert states(world) == {usage: ["revoked keyCompromise"] for usage in BOTH}
    assert code_of(cards.take_up_again, node, HERE, hanako, PINS) == "no-valid-card"
    written = cards.issue_card(node, HERE, hanako, PINS)
    assert states(world) == {usage: ["revoked keyCompromise", "valid"] for usage in BOTH}
    assert certificate_of(world.card_signs(HANAKO, pin="NEWPW1")).serial_number == written[1].serial
    with world.citizen.database.read() as session:
        assert drawer.newest_card(session, HANAKO.resident_code).card_id != "card-2"
    assert code_of(cards.issue_card, node, HERE, hanako, PINS) == "card-already-held"
    seen = [one.entry.action for one in reversed(audit.entries_for(node.database, hanako))]
    assert seen == ["card-reported-lost", "card-given-up", "card-handed-over", *["certificate-written"] * 2]


def test_a_returned_card_is_erased(quick_world: World) -> None:
    world = quick_world
    node, hanako = world.node, world.id_of(HANAKO)
    before = card_of(world, "card-2")
    losses.give_up(node, HERE, hanako, "returned")
    assert states(world) == {usage: ["revoked cessationOfOperation"] for usage in BOTH}
    assert code_of(world.card_signs, HANAKO, "auth", AUTH_PIN) == "card-without-certificate"
    left = card_of(world, "card-2")
    assert before.read_certificate("auth") is not None
    for read in (lambda: left.read_certificate("auth"), left.card_number):
        with pytest.raises(CardError) as refused:
            read()
        assert refused.value.sw == 0x6A82
    assert happened(world) == [("card-2", "given_up", "returned")]
    cards.issue_card(node, HERE, hanako, PINS)
    assert world.card_signs(HANAKO, pin="NEWPW1")


def test_a_card_that_is_not_there_is_not_taken_back_but_a_broken_one_ends(
    quick_world: World,
) -> None:
    hanako = quick_world.id_of(HANAKO)
    quick_world.network.take_down("citizen")
    for call in (
        lambda: losses.give_up(quick_world.node, HERE, hanako, "returned"),
        lambda: cards.take_up_again(quick_world.node, HERE, hanako, PINS),
        lambda: cards.pin_tries(quick_world.node, HERE, hanako),
    ):
        stopped_by_telephone(quick_world)
        assert code_of(call) == "peer-unavailable"
    assert states(quick_world) == {usage: ["suspended certificateHold"] for usage in BOTH}
    assert happened(quick_world) == []
    losses.give_up(quick_world.node, HERE, hanako, "defective")
    assert states(quick_world) == {usage: ["revoked cessationOfOperation"] for usage in BOTH}


@pytest.mark.rule("SP-04")
def test_what_was_stopped_by_telephone_is_reported_and_found_at_the_counter_all_the_same(quick_world: World) -> None:
    node, hanako = quick_world.node, quick_world.id_of(HANAKO)
    stopped_by_telephone(quick_world)
    before = len(quick_world.network.recorder.messages)
    held = losses.report_loss(node, HERE, hanako)
    assert [one.state for one in held] == ["suspended", "suspended"]
    passed = [message.label.en for message in quick_world.network.recorder.messages[before:]]
    assert passed == ["State of certificates"]
    cards.take_up_again(node, HERE, hanako, Pins())
    assert quick_world.card_signs(HANAKO)
    assert code_of(cards.take_up_again, node, HERE, hanako, Pins()) == "card-not-stopped"
    stopped_by_telephone(quick_world, ("auth",))
    cards.take_up_again(node, HERE, hanako, Pins())
    assert states(quick_world)["auth"] == ["revoked superseded", "revoked superseded", "valid"]


def test_a_childs_card_is_found_with_the_certificate_that_a_child_has(quick_world: World) -> None:
    node, sakura = quick_world.node, quick_world.id_of(SAKURA)
    losses.report_loss(node, HERE, sakura)
    written = cards.take_up_again(node, HERE, sakura, Pins(auth="1111"))
    assert [one.usage for one in written] == ["auth"]
    assert states(quick_world, SAKURA) == {"auth": ["revoked superseded", "valid"], "sign": []}
    assert quick_world.card_signs(SAKURA, "auth", "1111")


def test_a_report_under_a_request_of_before_does_not_stop_a_card_that_was_found(quick_world: World) -> None:
    node, hanako = quick_world.node, quick_world.id_of(HANAKO)
    losses.report_loss(node, HERE, hanako, request_id="loss")
    cards.take_up_again(node, HERE, hanako, Pins())
    assert [one.state for one in losses.report_loss(node, HERE, hanako, request_id="loss")] == ["valid", "valid"]
    assert quick_world.card_signs(HANAKO)
    assert len(happened(quick_world)) == 2


REFUSED: list[tuple[Any, Callable[..., Any], str]] = [
    (KENJI, lambda world, who: losses.report_loss(world.node, HERE, who), "no-valid-card"),
    (KENJI, lambda world, who: losses.give_up(world.node, HERE, who, "lost"), "no-valid-card"),
    (KENJI, lambda world, who: cards.take_up_again(world.node, HERE, who, PINS), "no-valid-card"),
    (KENJI, lambda world, who: cards.pin_tries(world.node, HERE, who), "no-valid-card"),
    (TARO, lambda world, who: losses.report_loss(world.node, THERE, who), "not-found"),
    (TARO, lambda world, who: losses.give_up(world.node, THERE, who, "returned"), "not-found"),
    (TARO, lambda world, who: cards.take_up_again(world.node, THERE, who, PINS), "not-found"),
    (TARO, lambda world, who: cards.take_up_again(world.node, HERE, who, PINS), "card-not-stopped"),
    (TARO, lambda world, who: cards.take_up_again(world.node, HERE, who, Pins(auth="1")), "pin-form"),
    (
        TARO,
        lambda world, who: losses.revoke_phone_certificates(world.node, HERE, who, [("sign", 1)], "lost"),
        "no-phone-certificate",
    ),
    (
        TARO,
        lambda world, who: losses.revoke_phone_certificates(world.node, HERE, who, [], "lost"),
        "no-phone-certificate",
    ),
]


def test_what_can_not_be_done_says_why_and_changes_nothing(quick_world: World) -> None:
    for who, call, code in REFUSED:
        assert code_of(call, quick_world, quick_world.id_of(who)) == code
    assert happened(quick_world) == []
    assert quick_world.revoked(TARO) == quick_world.revoked(KENJI) == []


@pytest.mark.rule("FI-03")
def test_who_moved_with_a_lost_card_needs_a_move_out_and_finds_the_card_at_the_new_counter(
    quick_world: World,
) -> None:
    node, hanako = quick_world.node, quick_world.id_of(HANAKO)
    losses.report_loss(node, HERE, hanako)
    move_in = {"address": NEW_HOME, "postal_code": "1500041", "effective_on": quick_world.today}
    assert code_of(register.move_in, node, THERE, [hanako], **move_in) == "move-in-needs-move-out-or-card"
    register.move_out(node, HERE, [hanako], destination="東京都渋谷区", effective_on=quick_world.today)
    assert code_of(cards.take_up_again, node, HERE, hanako, PINS) == "register-event-not-possible"
    register.move_in(node, THERE, [hanako], **move_in)
    assert [one.resident_id for one in procedures.stopped_cards(node, THERE)] == [hanako]
    assert procedures.missing_reissues(node, THERE) == []
    cards.take_up_again(node, THERE, hanako, PINS)
    assert states(quick_world)["sign"] == ["revoked affiliationChanged", "valid"]
    assert procedures.missing_reissues(node, THERE) == []


def test_a_card_is_taken_back_after_its_holder_has_died(quick_world: World) -> None:
    node, hanako = quick_world.node, quick_world.id_of(HANAKO)
    register.die(node, HERE, hanako, effective_on=quick_world.today)
    losses.give_up(node, HERE, hanako, "returned")
    assert states(quick_world) == {usage: ["revoked cessationOfOperation"] for usage in BOTH}
    assert code_of(cards.issue_card, node, HERE, hanako, PINS) == "register-event-not-possible"
