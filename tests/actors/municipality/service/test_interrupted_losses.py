"""Lost and found cards where J-LIS, the terminal or the clerk stops on the way, and what comes twice."""

from datetime import timedelta
from typing import Any

import pytest

from tegata.actors.municipality.service import cards, losses
from tegata.actors.municipality.service.terminal import Terminal
from tegata.wire.certificates import ISSUE, OF_RESIDENT, REVOKE
from tegata.wire.problems import PEER_UNAVAILABLE, Refused
from tests.actors.municipality.losses import BOTH, PINS, code_of, happened, states, stopped_by_telephone
from tests.actors.municipality.world import (
    HANAKO,
    HERE,
    KENJI,
    World,
    certificate_of,
)


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
        (ISSUE, 1, False, False), (ISSUE, 1, True, True), (OF_RESIDENT, 2, True, True), (None, 0, True, False),
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
