"""失効 and 利用再開 on the phone, and every place where they can break off (rules SP-03, SP-05)."""

from typing import Any

import pytest

from tegata.actors.citizen.service import cards, phones, signing
from tegata.actors.citizen.service.phones import orders, shelf, talk
from tegata.card import Card, CardClient
from tegata.node import audit
from tegata.node.node import Node
from tegata.wire.phones import NOT_YOUR_PHONE
from tegata.wire.problems import Refused
from tests.actors.citizen.phones.bureau import Bureau, Mood
from tests.actors.citizen.phones.site import PHONE_PASSWORD, PHONE_PIN
from tests.actors.municipality.world import PASSWORD, certificate_of


def refusal(work: Any, *arguments: Any, **named: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        work(*arguments, **named)
    return refused.value


def on_phone(node: Node, phone_id: str) -> dict[str, bool]:
    return {one.usage: one.on_phone for one in phones.look(node, phone_id).held}


@pytest.mark.rule("SP-03")
@pytest.mark.parametrize("occasion", ["trade-in", "disposal", "repair", "no-longer-wanted"])
def test_a_revocation_is_signed_with_the_password_and_takes_the_certificates_off_the_phone(
    node: Node, bureau: Bureau, phone: str, occasion: Any
) -> None:
    outcome = phones.order(node, phone, "revoke", occasion=occasion, secret=PHONE_PASSWORD)
    assert outcome.state == "done"
    assert on_phone(node, phone) == {"auth": False, "sign": False}
    (order,) = bureau.orders_sent()
    assert (order.action, order.usages, order.occasion) == ("revoke", ["auth", "sign"], occasion)
    noted = audit.entries_for(node.database, "P000002")[0].entry
    assert (noted.action, noted.detail["occasion"], noted.detail["outcome"]) == ("phone-order", occasion, "done")
    assert refusal(phones.sign_with_phone, node, "P000002", "auth", PHONE_PIN, b"x").code == "phone-without-certificate"
    assert [one.state and one.state.state for one in phones.look(node, phone).held] == ["revoked", "revoked"]


@pytest.mark.rule("SP-03")
def test_one_can_be_revoked_and_the_rest_by_the_pin_where_the_password_has_nothing_left_to_sign_with(
    node: Node, bureau: Bureau, phone: str
) -> None:
    phones.order(node, phone, "revoke", occasion="trade-in", secret=PHONE_PASSWORD, usages=["sign"])
    assert on_phone(node, phone) == {"auth": True, "sign": False}
    assert phones.sign_with_phone(node, "P000002", "auth", PHONE_PIN, b"x")
    assert orders.key_for(node, phone, ["auth"]) == "auth"
    assert phones.order(node, phone, "revoke", occasion="trade-in", secret=PHONE_PIN).state == "done"
    assert on_phone(node, phone) == {"auth": False, "sign": False}
    assert [order.usages for order in bureau.orders_sent()] == [["sign"], ["auth"]]


@pytest.mark.rule("SP-05")
def test_what_was_suspended_by_telephone_is_resumed_on_the_phone(node: Node, bureau: Bureau, phone: str) -> None:
    assert refusal(phones.order, node, phone, "resume", occasion="found", secret=PHONE_PASSWORD).code == "conflict"
    bureau.put(phone, "auth", "sign", state="suspended", reason="certificateHold")
    assert phones.order(node, phone, "resume", occasion="found", secret=PHONE_PASSWORD).state == "done"
    assert on_phone(node, phone) == {"auth": True, "sign": True}
    assert [one.state and one.state.state for one in phones.look(node, phone).held] == ["valid", "valid"]
    assert bureau.orders_sent()[-1].action == "resume"


@pytest.mark.parametrize("mood", ["down", "answer-lost", "rubbish"])
def test_nothing_leaves_the_phone_before_it_is_confirmed_and_it_is_taken_up_again(
    node: Node, bureau: Bureau, phone: str, mood: Any
) -> None:
    order_id = orders.sign(node, phone, "revoke", ["auth", "sign"], "trade-in", PHONE_PASSWORD)
    bureau.mood = mood
    assert orders.pass_on(node, order_id).state == "waiting"
    assert on_phone(node, phone) == {"auth": True, "sign": True}
    open_order = phones.look(node, phone).open_order
    assert open_order is not None
    assert refusal(orders.sign, node, phone, "revoke", ["auth"], "trade-in", PHONE_PASSWORD).code == (
        "phone-has-something-open"
    )
    bureau.mood = "well"
    assert orders.pass_on(node, order_id).state == "done"
    assert orders.pass_on(node, order_id).state == "done"
    assert on_phone(node, phone) == {"auth": False, "sign": False}
    assert len({order.order_id for order in bureau.orders_sent()}) == 1


def test_a_refusal_ends_an_order_and_leaves_the_phone_as_it_was(node: Node, bureau: Bureau, phone: str) -> None:
    bureau.refuses = NOT_YOUR_PHONE
    order_id = orders.sign(node, phone, "revoke", ["auth"], "repair", PHONE_PASSWORD)
    outcome = orders.pass_on(node, order_id)
    assert (outcome.state, outcome.refusal) == ("refused", NOT_YOUR_PHONE)
    assert orders.pass_on(node, order_id) == outcome
    assert on_phone(node, phone) == {"auth": True, "sign": True}
    assert phones.look(node, phone).open_order is None


def test_a_wrong_password_spends_a_try_and_orders_nothing(node: Node, bureau: Bureau, phone: str) -> None:
    wrong = refusal(orders.sign, node, phone, "revoke", ["auth"], "repair", "WRONG1")
    assert (wrong.code, wrong.detail) == ("card-wrong-pin", {"tries_left": 4})
    assert refusal(orders.sign, node, phone, "revoke", ["auth"], "repair", "1234").code == "card-malformed-pin"
    blocked = [refusal(orders.sign, node, phone, "revoke", ["auth"], "repair", "WRONG1").code for _ in range(4)]
    assert blocked[2:] == ["card-wrong-pin", "card-pin-blocked"]
    assert refusal(orders.sign, node, phone, "revoke", ["auth"], "repair", PHONE_PASSWORD).code == "card-pin-blocked"
    assert bureau.orders_sent() == []
    assert phones.look(node, phone).open_order is None


def test_what_is_not_to_be_had_is_refused(node: Node, phone: str) -> None:
    assert refusal(orders.sign, node, phone, "revoke", [], "repair", PHONE_PASSWORD).code == "conflict"
    assert refusal(orders.sign, node, phone, "resume", ["sign"], "found", PHONE_PASSWORD).code == "conflict"
    assert refusal(orders.sign, node, "p0", "revoke", ["sign"], "repair", PHONE_PASSWORD).code == "not-found"
    assert refusal(orders.pass_on, node, "o0").code == "not-found"
    order_id = orders.sign(node, phone, "revoke", ["sign"], "repair", PHONE_PASSWORD)
    assert refusal(orders.of_phone, node, "another", order_id).code == "not-found"
    shelf.hand_over(node, phone, "repair")
    assert refusal(orders.pass_on, node, order_id).code == "phone-not-here"
    assert refusal(orders.sign, node, phone, "revoke", ["auth"], "repair", PHONE_PASSWORD).code == "phone-not-here"
    shelf.come_back(node, phone)
    assert orders.pass_on(node, order_id).state == "done"


@pytest.mark.rule("SP-03")
def test_a_factory_reset_takes_no_certificate_away(node: Node, bureau: Bureau, phone: str) -> None:
    before = certificate_of(phones.sign_with_phone(node, "P000002", "sign", PHONE_PASSWORD, b"x"))
    phones.reset(node, phone)
    seen = phones.look(node, phone)
    assert (seen.known_at, seen.reset_at) == (None, node.clock.now())
    assert on_phone(node, phone) == {"auth": True, "sign": True}
    assert certificate_of(phones.sign_with_phone(node, "P000002", "sign", PHONE_PASSWORD, b"x")) == before
    assert all(one.state == "valid" for one in bureau.states[phone])
    assert talk.hear(node, phone)
    assert [one.state and one.state.state for one in phones.look(node, phone).held] == ["valid", "valid"]


@pytest.mark.rule("SP-03")
def test_handing_a_phone_over_revokes_nothing(node: Node, bureau: Bureau, phone: str) -> None:
    phones.hand_over(node, phone, "trade-in")
    assert all(one.state == "valid" for one in bureau.states[phone])
    assert on_phone(node, phone) == {"auth": True, "sign": True}
    assert refusal(phones.sign_with_phone, node, "P000002", "sign", PHONE_PASSWORD, b"x").code == "not-found"
    assert refusal(phones.come_back, node, phone).code == "conflict"
    assert refusal(phones.reset, node, phone).code == "phone-not-here"
    assert refusal(phones.hand_over, node, phone, "lost").code == "phone-not-here"
    other = phones.get(node, "P000002", "tegata-one")
    assert refusal(phones.hand_over, node, other, "eaten").code == "invalid"
    for how in ("lost", "repair"):
        phones.hand_over(node, other, how)
        phones.come_back(node, other)
    assert phones.look(node, other).here


def test_a_new_phone_takes_the_place_of_the_old_one(node: Node, bureau: Bureau, phone: str) -> None:
    new = phones.get(node, "P000002", "tegata-lite")
    phones.apply(node, "P000002", new, card_password=PASSWORD, password="NEWONE1", pin="1111")
    assert phones.hear(node, phone)
    assert [one.state and one.state.reason for one in phones.look(node, phone).held] == ["superseded", "superseded"]
    assert orders.allowed(node, phone, "revoke") == []
    assert orders.allowed(node, new, "revoke") == ["auth", "sign"]


def test_what_nobody_answers_is_shown_as_it_was_last_heard(node: Node, bureau: Bureau, phone: str) -> None:
    bureau.put(phone, "sign", state="suspended", reason="certificateHold")
    assert phones.hear(node, phone)
    bureau.put(phone, "sign", state="valid", reason=None)
    moods: tuple[Mood, ...] = ("down", "answer-lost", "rubbish")
    for mood in moods:
        bureau.mood = mood
        assert not phones.hear(node, phone)
        states = {one.usage: one.state and one.state.state for one in phones.look(node, phone).held}
        assert states == {"auth": "valid", "sign": "suspended"}
    bureau.mood = "well"
    del bureau.states[phone]
    assert phones.hear(node, phone)
    assert [one.state for one in phones.look(node, phone).held] == [None, None]


def test_a_phone_that_never_applied_asks_nobody(node: Node, bureau: Bureau) -> None:
    empty = phones.get(node, "P000002", "tegata-one")
    assert phones.hear(node, empty)
    assert bureau.asked == []


def test_a_revoked_certificate_leaves_its_file_and_no_other(node: Node, phone: str) -> None:
    phones.order(node, phone, "revoke", occasion="repair", secret=PHONE_PASSWORD, usages=["sign"])
    with node.database.read() as session:
        row = cards.card_row(session, phone)
        client = CardClient(Card.load(row.image).transmit)
        assert (signing.can(row, "sign"), signing.can(row, "auth")) == (False, True)
        assert not client.has_certificate("sign")
        assert client.read_certificate("sign-ca") is not None
