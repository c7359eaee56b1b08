"""One log, read by feed, push and poll (FI-06; RFC 8417, 8935, 8936)."""

from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from tegata.node import housekeeping
from tegata.node.identity import service_key
from tegata.wire import changes
from tegata.wire.changes import PollRequest, StreamChoice, VerificationRequest
from tegata.wire.endpoint import AfterQuery
from tests.actors.platform.world import Operated, claims_of


def _moved(operated: Operated, people: int = 2) -> None:
    """A log of two entries for each person."""
    holders = [operated.holder() for _ in range(people)]
    for person in holders:
        operated.consents(person)
    for person in holders:
        person.moves()
    operated.to_next(7, 5)


def _choose(operated: Operated, delivery: Any, status: Any = "enabled") -> changes.Stream:
    return operated.bank.call(changes.CHOOSE_STREAM, StreamChoice(delivery=delivery, status=status))


def _poll(operated: Operated, **asked: Any) -> changes.PollAnswer:
    return operated.bank.call(changes.POLL, PollRequest(**asked))


@pytest.mark.rule("FI-06")
def test_a_security_event_is_signed_and_names_no_one(operated: Operated) -> None:
    _moved(operated, 1)
    token = operated.bank.state["taken"][-1]
    key = ECKey.import_key(service_key(operated.node).public_jwk)
    decoded = jwt.decode(token, key)
    assert decoded.header["typ"] == "secevent+jwt"
    claims = decoded.claims
    assert not claims.keys() & {"exp", "sub"}
    assert (claims["iss"], claims["aud"]) == (operated.node.base_url, "bank")
    assert claims["sub_id"]["format"] == "opaque"
    event = claims["events"][changes.CREDENTIAL_CHANGE]
    assert (event["credential_type"], event["change_type"]) == ("x509", "revoke")
    for personal in ("山田", "花子", "千代田", "1980"):
        assert personal not in str(claims)


def test_the_feed_can_be_read_again_from_any_number(operated: Operated) -> None:
    _moved(operated)
    every = operated.log()
    assert [change.number for change in every] == [1, 2, 3, 4]
    page = operated.bank.call(changes.FEED, query=AfterQuery(after=1, limit=2))
    assert page.items == every[1:3]
    assert page.next_cursor == "3"
    assert operated.bank.call(changes.FEED, query=AfterQuery(after=4)).items == []


def test_pushes_come_in_order_and_each_once(operated: Operated) -> None:
    _moved(operated, 3)
    assert operated.pushed() == operated.log()
    operated.network.settle()
    assert len(operated.pushed()) == 6


def test_a_receiver_that_is_down_gets_everything_later(operated: Operated) -> None:
    operated.bank.state["mood"] = "down"
    _moved(operated)
    assert operated.pushed() == []
    assert operated.bank.call(changes.STREAM).delivered_to == 0
    operated.bank.state["mood"] = "well"
    operated.network.advance(timedelta(hours=2))
    assert operated.pushed() == operated.log()
    assert operated.bank.call(changes.STREAM).delivered_to == 4


def test_a_refused_push_is_parked_and_stays_in_the_feed(operated: Operated) -> None:
    operated.bank.state["mood"] = "refuses"
    _moved(operated, 1)
    assert len(operated.node.dispatcher.parked()) == 2
    assert any(check.name == "stream-bank" and check.health == "failed" for check in operated.node.checks())
    assert len(operated.log()) == 2


def test_what_is_held_back_in_a_pause_is_pushed_afterwards(operated: Operated) -> None:
    _choose(operated, "push", "paused")
    _moved(operated)
    assert operated.pushed() == []
    chosen = _choose(operated, "push")
    operated.network.settle()
    assert chosen.newest == 4
    assert operated.pushed() == operated.log()
    _choose(operated, "push")
    operated.network.settle()
    assert len(operated.pushed()) == 4, "choosing again sends nothing again"


def test_what_was_pushed_long_ago_is_not_pushed_again(operated: Operated) -> None:
    _moved(operated, 1)
    operated.network.clock.advance(timedelta(days=60))
    housekeeping.forget(operated.node, operated.now)  # the outbox forgets what it delivered
    assert operated.bank.call(changes.STREAM).delivered_to == 2
    _choose(operated, "poll")
    _choose(operated, "push")
    operated.network.settle()
    assert [change.number for change in operated.pushed()] == [1, 2]


def test_what_was_taken_by_poll_is_not_pushed(operated: Operated) -> None:
    _choose(operated, "poll")
    _moved(operated)
    _poll(operated, ack=list(_poll(operated, max_events=3).sets))
    _choose(operated, "push")
    operated.network.settle()
    assert [change.number for change in operated.pushed()] == [4]
    assert operated.bank.call(changes.STREAM).delivered_to == 4


def test_poll_gives_until_it_is_acknowledged(operated: Operated) -> None:
    _choose(operated, "poll")
    _moved(operated)
    first = _poll(operated, max_events=3)
    assert len(first.sets) == 3
    assert first.more_available
    assert _poll(operated, max_events=3).sets.keys() == first.sets.keys(), "nothing was acknowledged"
    second = _poll(operated, ack=list(first.sets))
    assert [claims_of(token)["jti"] for token in second.sets.values()] == ["bank.4"]
    assert not second.more_available
    assert _poll(operated, ack=list(second.sets)).sets == {}
    assert operated.bank.call(changes.STREAM).delivered_to == 4
    assert operated.pushed() == []


def test_an_error_of_the_receiver_is_kept_and_the_event_not_given_again(operated: Operated) -> None:
    _choose(operated, "poll")
    _moved(operated, 1)
    jti = next(iter(_poll(operated).sets))
    left = _poll(operated, set_errs={jti: {"err": "authentication_failed", "description": "x" * 5000}})
    assert jti not in left.sets


@pytest.mark.parametrize("jti", ["bank.999", "other.1", "bank.-1", "bank.１", "nonsense", "bank." + "9" * 40])
def test_an_acknowledgement_of_something_else_is_passed_over(operated: Operated, jti: str) -> None:
    _choose(operated, "poll")
    _moved(operated, 1)
    asked = {"set_errs": {jti: {"err": "x"}}} if "１" in jti else {"ack": [jti]}
    assert len(_poll(operated, **asked).sets) == 2


@pytest.mark.parametrize("delivery", ["push", "poll"])
def test_a_verification_event_comes_by_the_chosen_way(operated: Operated, delivery: str) -> None:
    _choose(operated, delivery)
    operated.bank.call(changes.VERIFY_STREAM, VerificationRequest(state="abc"))
    operated.network.settle()
    if delivery == "push":
        tokens = [token.decode() for token in operated.bank.state["taken"]]
    else:
        tokens = list(_poll(operated).sets.values())
    assert [claims_of(token)["events"] for token in tokens] == [{changes.VERIFICATION: {"state": "abc"}}]
    if delivery == "poll":
        assert _poll(operated, ack=[claims_of(tokens[0])["jti"]]).sets == {}
