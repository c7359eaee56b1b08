"""Lost, found and returned cards at the counter, over J-LIS and the drawer; what stops on the way, and comes twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from sqlalchemy import select

from tegata.actors.citizen.service import cards as drawer
from tegata.actors.citizen.tables import CardRow as DrawerCard
from tegata.actors.jlis.service import authorities, ocsp
from tegata.actors.municipality.rules import cards as rules
from tegata.actors.municipality.rules.cards import Pins
from tegata.actors.municipality.service import cards, holders, losses, procedures, register
from tegata.actors.municipality.service.holders import certificates_of
from tegata.actors.municipality.service.terminal import Terminal
from tegata.actors.municipality.tables import CardEventRow
from tegata.card import Card, CardClient
from tegata.card.errors import CardError
from tegata.node import audit
from tegata.pki.ocsp import Good, Revoked, build_request, check_response
from tegata.wire.certificates import ISSUE, OF_RESIDENT, REVOKE, Usage
from tegata.wire.problems import PEER_UNAVAILABLE, Refused
from tests.actors.municipality.world import (
    AUTH_PIN,
    HANAKO,
    HERE,
    KENJI,
    NEW_HOME,
    PASSWORD,
    SAKURA,
    TARO,
    THERE,
    World,
    certificate_of,
    make_world,
)
from tests.fixtures.nodes import NetworkMaker

PINS = Pins(auth="4321", text="8765", sign="NEWPW1")
BOTH = ("auth", "sign")


def code_of(call: Callable[..., Any], *arguments: Any, **named: Any) -> str:
    with pytest.raises(Refused) as refused:
        call(*arguments, **named)
    return refused.value.code


def states(world: World, who: Any = HANAKO) -> dict[Usage, list[str]]:
    """State and reason of each certificate by usage, as J-LIS has them, oldest first."""
    found: dict[Usage, list[str]] = {"auth": [], "sign": []}
    for one in certificates_of(world.node, who.resident_code):
        found[one.usage].append(f"{one.state} {one.reason or ''}".strip())
    return found


def happened(world: World) -> list[tuple[str, str, str | None]]:
    """What happened to cards."""
    with world.node.database.read() as session:
        rows = session.scalars(select(CardEventRow).order_by(CardEventRow.number))
        return [(row.card_id, row.event, row.reason) for row in rows]


def stopped_by_telephone(world: World, usages: tuple[Usage, ...] = BOTH) -> None:
    """J-LIS holds Hanako's certificates, and the municipality knows of it only from J-LIS."""
    known = certificates_of(world.node, HANAKO.resident_code)
    valid = [one for one in known if one.state == "valid" and one.usage in usages]
    holders.revoke(world.node, HERE, valid, "certificateHold", f"call-{known[-1].serial}")


def says_ocsp(world: World, certificate: x509.Certificate) -> Good | Revoked:
    """What the responder answers about a signature certificate."""
    root = authorities.roots(world.jlis, "sign")[0]
    answer = ocsp.answer(world.jlis, "sign", build_request(certificate, root)).der
    status = check_response(answer, certificate, root, at=world.clock.now()).status
    assert isinstance(status, Good | Revoked)
    return status


def card_of(world: World, card_id: str) -> CardClient:
    with world.citizen.database.read() as session:
        return CardClient(Card.load(session.get_one(DrawerCard, card_id).image).transmit)


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


def test_a_returned_card_is_erased(world: World) -> None:
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


def test_a_broken_card_ends_without_lying_on_the_terminal(quick_world: World) -> None:
    quick_world.network.take_down("citizen")
    losses.give_up(quick_world.node, HERE, quick_world.id_of(HANAKO), "defective")
    assert states(quick_world) == {usage: ["revoked cessationOfOperation"] for usage in BOTH}


def test_a_card_that_is_not_there_is_not_taken_back_and_nothing_is_revoked(quick_world: World) -> None:
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


class Stops:
    """Lets the municipality's messages fail from a given one on."""

    def __init__(self, world: World, endpoint: Any, at: int, *, answered: bool) -> None:
        self.call, self.endpoint, self.at, self.answered = world.node.call, endpoint, at, answered
        self.count = 0

    def __call__(self, endpoint: Any, *arguments: Any, **named: Any) -> Any:
        self.count += endpoint is self.endpoint
        fails = endpoint is self.endpoint and self.count == self.at
        if fails and not self.answered:
            raise Refused(PEER_UNAVAILABLE)
        answer = self.call(endpoint, *arguments, **named)
        if fails:
            raise Refused(PEER_UNAVAILABLE)
        return answer


def never_two_valid(world: World) -> None:
    for usage, found in states(world).items():
        assert found.count("valid") <= 1, usage


@pytest.mark.parametrize(("at", "answered"), [(1, True), (2, False)], ids=["answer-lost", "not-reached"])
@pytest.mark.parametrize("event", ["reported_lost", "given_up"])
def test_j_lis_goes_down_on_the_way_and_the_same_request_does_the_rest(
    quick_world: World, monkeypatch: pytest.MonkeyPatch, event: str, at: int, answered: bool
) -> None:
    node, hanako = quick_world.node, quick_world.id_of(HANAKO)

    def request() -> Any:
        if event == "given_up":
            return losses.give_up(node, HERE, hanako, "returned", request_id="r")
        return losses.report_loss(node, HERE, hanako, request_id="r")

    with monkeypatch.context() as patched:
        patched.setattr(node, "call", Stops(quick_world, REVOKE, at, answered=answered))
        assert code_of(request) == "peer-unavailable"
    assert happened(quick_world) == []
    reason = "revoked cessationOfOperation" if event == "given_up" else "suspended certificateHold"
    first = request()
    assert states(quick_world) == {usage: [reason] for usage in BOTH}
    assert first == request()
    assert [found[1] for found in happened(quick_world)] == [event]


@pytest.mark.parametrize(
    ("endpoint", "at", "answered", "by_telephone"),
    [
        (ISSUE, 1, False, False), (ISSUE, 1, True, True), (ISSUE, 2, False, True), (ISSUE, 2, True, False),
        (OF_RESIDENT, 2, True, True), (None, 0, True, False),
    ],
)  # fmt: skip
def test_a_found_card_is_taken_up_where_it_stopped(
    quick_world: World, monkeypatch: pytest.MonkeyPatch, endpoint: Any, at: int, answered: bool, by_telephone: bool
) -> None:
    """None: the card can not be written. Whatever stops, no usage ever has two valid certificates."""
    node, hanako = quick_world.node, quick_world.id_of(HANAKO)
    if by_telephone:
        stopped_by_telephone(quick_world)
    else:
        losses.report_loss(node, HERE, hanako)

    def does_not_write(_self: Terminal) -> None:
        raise Refused(PEER_UNAVAILABLE)

    with monkeypatch.context() as patched:
        if endpoint is None:
            patched.setattr(Terminal, "write", does_not_write)
        else:
            patched.setattr(node, "call", Stops(quick_world, endpoint, at, answered=answered))
        assert code_of(cards.take_up_again, node, HERE, hanako, PINS, request_id="f") == "peer-unavailable"
    assert "found" not in [found[1] for found in happened(quick_world)]
    never_two_valid(quick_world)
    written = cards.take_up_again(node, HERE, hanako, PINS, request_id="f")
    assert certificate_of(quick_world.card_signs(HANAKO, pin="NEWPW1")).serial_number == written[1].serial
    assert states(quick_world) == {usage: ["revoked superseded", "valid"] for usage in BOTH}
    again = cards.take_up_again(node, HERE, hanako, PINS, request_id="f")
    assert [(one.usage, one.serial) for one in again] == [(one.usage, one.serial) for one in written]
    assert [found[1] for found in happened(quick_world)].count("found") == 1


def test_what_was_collected_before_a_second_stop_is_not_written(
    quick_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found, stopped on the way, stopped by telephone once more: what was issued in between is held, so it is left."""
    node, hanako = quick_world.node, quick_world.id_of(HANAKO)
    losses.report_loss(node, HERE, hanako)
    with monkeypatch.context() as patched:
        patched.setattr(node, "call", Stops(quick_world, ISSUE, 2, answered=True))
        assert code_of(cards.take_up_again, node, HERE, hanako, PINS, request_id="f") == "peer-unavailable"
    stopped_by_telephone(quick_world)
    cards.take_up_again(node, HERE, hanako, PINS, request_id="f")
    assert states(quick_world) == {usage: ["revoked superseded", "revoked superseded", "valid"] for usage in BOTH}
    assert quick_world.card_signs(HANAKO, pin="NEWPW1")
    assert quick_world.card_signs(HANAKO, "auth", "4321")


def test_a_card_that_was_half_handed_over_and_given_up_is_not_written_any_more(
    quick_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, kenji = quick_world.node, quick_world.id_of(KENJI)
    with monkeypatch.context() as patched:
        patched.setattr(node, "call", Stops(quick_world, ISSUE, 1, answered=True))
        assert code_of(cards.issue_card, node, HERE, kenji, PINS, request_id="c") == "peer-unavailable"
    losses.give_up(node, HERE, kenji, "defective")
    assert code_of(cards.issue_card, node, HERE, kenji, PINS, request_id="c") == "no-valid-card"
    assert states(quick_world, KENJI)["auth"] == ["revoked cessationOfOperation"]
    quick_world.network.advance(timedelta(minutes=1))
    assert cards.issue_card(node, HERE, kenji, PINS, request_id="d")
    assert quick_world.card_signs(KENJI, pin="NEWPW1")


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
def test_with_a_card_that_was_lost_nobody_moves_in_without_a_move_out(quick_world: World) -> None:
    hanako = quick_world.id_of(HANAKO)
    losses.report_loss(quick_world.node, HERE, hanako)
    assert (
        code_of(
            register.move_in, quick_world.node, THERE, [hanako], address=NEW_HOME, postal_code="1500041",
            effective_on=quick_world.today,
        )
        == "move-in-needs-move-out-or-card"
    )  # fmt: skip


def test_who_moved_with_a_lost_card_finds_it_at_the_new_counter_and_who_gave_it_up_misses_no_reissue(
    quick_world: World,
) -> None:
    node, hanako = quick_world.node, quick_world.id_of(HANAKO)
    losses.report_loss(node, HERE, hanako)
    register.move_out(node, HERE, [hanako], destination="東京都渋谷区", effective_on=quick_world.today)
    assert code_of(cards.take_up_again, node, HERE, hanako, PINS) == "register-event-not-possible"
    register.move_in(node, THERE, [hanako], address=NEW_HOME, postal_code="1500041", effective_on=quick_world.today)
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


def test_setting_the_text_pin_leaves_the_one_of_the_resident_register(quick_world: World) -> None:
    node, kenji = quick_world.node, quick_world.id_of(KENJI)
    cards.issue_card(node, HERE, kenji, PINS)
    cards.reset_pins(node, HERE, kenji, Pins(text="2222"))
    with quick_world.citizen.database.read() as session:
        card_id = drawer.newest_card(session, KENJI.resident_code).card_id
    assert card_of(quick_world, card_id).resident_code("8765") == KENJI.resident_code
    child = quick_world.id_of(SAKURA)
    assert "sign" not in cards.pin_tries(node, HERE, child)


def test_old_and_new_pins_differ() -> None:
    """The tests above prove something only then."""
    assert PINS.sign != PASSWORD
    assert PINS.auth != AUTH_PIN
    assert rules.usable([], "card") == []
