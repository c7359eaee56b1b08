import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tegata.node.outbox import LONGEST_DELAY, delay, fate_of
from tegata.node.tables import OutboxRow
from tegata.wire.problems import (
    CONFLICT,
    INTERNAL,
    NOT_ALLOWED,
    NOT_FOUND,
    PEER_UNAVAILABLE,
    TOO_MANY,
    UNAUTHENTICATED,
    ProblemType,
    Refused,
)
from tests.node.pair import TELL, Pair, Word, heard, note


def states(pair: Pair) -> list[tuple[str, str, int]]:
    with pair.alpha.database.read() as session:
        rows = session.scalars(select(OutboxRow).order_by(OutboxRow.number))
        return [(row.key, row.state, row.attempts) for row in rows]


def test_messages_arrive_in_order_and_once(pair: Pair) -> None:
    for word in ("one", "two", "three"):
        note(pair.alpha, word)
    assert heard(pair.beta) == []
    assert pair.alpha.dispatcher.run_once() == 3
    assert pair.alpha.dispatcher.run_once() == 0
    assert heard(pair.beta) == ["one", "two", "three"]
    message = pair.recorder.messages[0]
    assert (message.sender, message.receiver, message.step, message.outcome) == ("alpha", "beta", "②", "ok")


def test_a_delivered_body_is_forgotten(pair: Pair) -> None:
    note(pair.alpha, "one")
    with pair.alpha.database.read() as session:
        assert session.scalars(select(OutboxRow.body)).one() is not None
    pair.scheduler.settle()
    with pair.alpha.database.read() as session:
        assert session.scalars(select(OutboxRow.body)).one() is None


def test_the_same_key_and_message_again_is_sent_once(pair: Pair) -> None:
    note(pair.alpha, "one")
    note(pair.alpha, "one")
    pair.scheduler.settle()
    note(pair.alpha, "one")
    assert pair.scheduler.settle() == 0
    assert heard(pair.beta) == ["one"]


def test_the_same_key_for_another_message_is_an_error_that_undoes_the_change(pair: Pair) -> None:
    note(pair.alpha, "one")
    with pytest.raises(ValueError, match="word-one"), pair.alpha.database.begin() as transaction:
        transaction.send(TELL, Word("other"), to="beta", key="word-one", path={"kind": "plain"})
    assert states(pair) == [("word-one", "waiting", 0)]


def test_a_receiver_that_is_away_is_tried_again_by_the_networks_clock_and_order_is_kept(pair: Pair) -> None:
    pair.local.take_down(pair.beta.base_url)
    note(pair.alpha, "one")
    assert pair.alpha.dispatcher.run_once() == 0
    note(pair.alpha, "two")
    assert pair.alpha.dispatcher.run_once() == 0
    assert states(pair) == [("word-one", "waiting", 1), ("word-two", "waiting", 0)]
    pair.local.bring_up(pair.beta.base_url)
    assert pair.alpha.dispatcher.run_once() == 0, "not due yet"
    pair.clock.advance(timedelta(seconds=10))
    assert pair.alpha.dispatcher.run_once() == 2
    assert heard(pair.beta) == ["one", "two"]


def test_a_receiver_that_is_away_for_a_day_gets_everything_in_order(pair: Pair) -> None:
    pair.local.take_down(pair.beta.base_url)
    for hour in range(6):
        note(pair.alpha, f"w{hour}")
        pair.scheduler.advance_to(pair.clock.now() + timedelta(hours=4))
    pair.local.bring_up(pair.beta.base_url)
    pair.scheduler.advance_to(pair.clock.now() + LONGEST_DELAY)
    assert heard(pair.beta) == [f"w{hour}" for hour in range(6)]


def test_a_refused_message_is_parked_shown_and_can_be_sent_again(pair: Pair) -> None:
    note(pair.alpha, "unheard-of")
    note(pair.alpha, "next")
    assert pair.alpha.dispatcher.run_once() == 1
    assert heard(pair.beta) == ["next"], "what comes after goes on"
    [parked] = pair.alpha.dispatcher.parked()
    assert (parked.last_code, parked.attempts) == ("conflict", 1)
    assert [(c.receiver, c.state, c.messages) for c in pair.alpha.dispatcher.counts()] == [("beta", "parked", 1)]
    pair.alpha.dispatcher.resend(parked.number)
    assert pair.alpha.dispatcher.parked() == []
    pair.alpha.dispatcher.run_once()
    assert [row.attempts for row in pair.alpha.dispatcher.parked()] == [1]


@pytest.mark.parametrize("number", [1, 99])
def test_only_a_parked_message_can_be_sent_again(pair: Pair, number: int) -> None:
    note(pair.alpha, "one")
    with pytest.raises(KeyError):
        pair.alpha.dispatcher.resend(number)


def test_an_answer_that_was_lost_does_not_make_the_change_twice(pair: Pair) -> None:
    note(pair.alpha, "one")
    pair.scheduler.settle()
    with pair.alpha.database.begin() as transaction:  # as if the sender had been killed before it noted the answer
        transaction.session.execute(update(OutboxRow).values(state="waiting", body=b'{"word":"one","name":""}'))
    assert pair.alpha.dispatcher.run_once() == 1
    assert heard(pair.beta) == ["one"]


def test_a_fault_of_ones_own_delays_one_message_and_stops_nothing(pair: Pair) -> None:
    class Broken:
        def headers(self, peer: str, base_url: str, method: str, url: str) -> dict[str, str]:
            raise ZeroDivisionError

        def forget(self, peer: str) -> None:
            raise AssertionError

    pair.alpha.peers.authenticator = Broken()
    note(pair.alpha, "one")
    assert pair.alpha.dispatcher.run_once() == 0
    with pair.alpha.database.read() as session:
        assert session.scalars(select(OutboxRow.last_code)).one() == "ZeroDivisionError"
    assert states(pair) == [("word-one", "waiting", 1)]


def test_nothing_is_delivered_within_a_transaction(pair: Pair) -> None:
    with pair.alpha.database.begin(), pytest.raises(RuntimeError, match="transaction of alpha is open"):
        pair.alpha.dispatcher.run_once()


def test_one_receiver_alone_can_be_served(pair: Pair) -> None:
    note(pair.alpha, "one")
    assert pair.alpha.dispatcher.run_once(to="gamma") == 0
    assert pair.alpha.dispatcher.run_once(to="beta") == 1


def test_the_background_thread_delivers_what_a_commit_wakes_it_for(pair: Pair) -> None:
    arrived = threading.Event()
    pair.beta.state["answered"] = arrived.set
    pair.alpha.dispatcher.start()
    pair.alpha.dispatcher.start()
    note(pair.alpha, "one")
    assert arrived.wait(timeout=20)
    pair.alpha.dispatcher.stop()
    assert heard(pair.beta) == ["one"]
    assert not [thread for thread in threading.enumerate() if thread.name == "outbox alpha"]


def test_attempts_grow_apart_up_to_an_hour() -> None:
    waits = [delay(attempt) for attempt in range(1, 60)]
    assert waits[:3] == [timedelta(seconds=10), timedelta(seconds=20), timedelta(seconds=40)]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_DELAY


@pytest.mark.parametrize(
    ("kind", "fate"),
    [
        (PEER_UNAVAILABLE, "waiting"),
        (INTERNAL, "waiting"),
        (TOO_MANY, "waiting"),
        (UNAUTHENTICATED, "waiting"),
        (CONFLICT, "parked"),
        (NOT_ALLOWED, "parked"),
        (NOT_FOUND, "parked"),
    ],
)
def test_what_trying_again_can_heal_is_tried_again(kind: ProblemType, fate: str) -> None:
    assert fate_of(Refused(kind)) == fate
