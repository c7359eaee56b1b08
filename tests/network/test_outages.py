"""Machines and lines that fail on the way from a move to the bank's record: caught up, nothing lost or done twice."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from tegata.actors.bank.service import changes
from tegata.actors.bank.tables import NoticeRow
from tegata.actors.platform.service import crls, security_events, streams
from tegata.network.population import Person
from tegata.node import runs
from tegata.node.web.app import create_app
from tegata.wire.changes import CHOOSE_STREAM, PUSH, StreamChoice
from tegata.wire.endpoint import AfterQuery
from tests.fixtures.whole_network import NetworkOpener
from tests.network.doors import Door, Mood
from tests.node.web.running import free_port, running
from tests.whole import CONSENTS, WholeNetwork


def moved(whole: WholeNetwork, count: int = 1) -> list[Person]:
    """People with a consent who have moved and have new certificates."""
    people = whole.holders()[:count]
    for person in people:
        whole.moves(person)
        whole.reissues(person)
    return people


def door_of_the_bank(whole: WholeNetwork, mood: Mood) -> Door:
    """Put a door before the bank's events."""
    door = Door(create_app(whole["bank"]), PUSH.path)
    door.mood = mood
    whole.network.local.register(whole["bank"].base_url, door)
    return door


def notices(whole: WholeNetwork) -> list[tuple[int, str]]:
    """What the bank has applied of the operator's log since the network was set up, and how it learned of each entry.

    The first one has number 1 here.
    """
    query = select(NoticeRow.number, NoticeRow.via).where(NoticeRow.applied_at.is_not(None))
    with whole["bank"].database.read() as session:
        rows = session.execute(query.order_by(NoticeRow.number))
        return [(number - CONSENTS, via) for number, via in rows if number > CONSENTS]


def up_to_date(whole: WholeNetwork, person: Person) -> None:
    """The bank's record says what the register says, and was changed once for it, by one case."""
    assert [source for source, _ in whole.versions(person)] == ["import", "register"]
    assert whole.customer(person).address == whole.registered(person).address
    assert [(case.state, case.outcome) for case in whole.cases(person)] == [("closed", "taken-over")]


@pytest.mark.rule("FI-03")
@pytest.mark.rule("FI-07")
def test_a_move_reaches_the_banks_record_with_the_next_morning(whole: WholeNetwork) -> None:
    (person,) = moved(whole)
    before = whole.customer(person).address
    whole.to_next(6, 59)
    assert whole.customer(person).address == before
    whole.to_next(7, 30)
    assert whole.customer(person).address != before
    up_to_date(whole, person)
    assert whole.waiting() == []


@pytest.mark.rule("FI-04")
@pytest.mark.rule("FI-06")
def test_jlis_is_down_at_seven(whole: WholeNetwork) -> None:
    (person,) = moved(whole)
    operator = whole["platform"]
    whole.to_next(6, 50)
    number = crls.lists(operator, "sign")[0].number
    with whole.switched_off("jlis"):
        whole.to_next(7, 36)
        assert len(whole.versions(person)) == 1
        run = runs.last_runs(operator)["crl"]
        assert run is not None
        assert (run.state, run.code, run.attempts) == ("failed", "peer-unavailable", 8)
        assert {"crl-sign", "jobs"} <= {check.name for check in operator.checks() if check.health != "ok"}
    whole.advance(timedelta(minutes=15))
    newest = crls.lists(operator, "sign")[0]
    assert (newest.number, newest.skipped) == (number + 1, 0)
    up_to_date(whole, person)
    assert [check for check in operator.checks() if check.health != "ok"] == []
    assert whole.waiting() == []


@pytest.mark.rule("FI-06")
def test_the_operator_is_down_for_a_day(whole: WholeNetwork) -> None:
    first, second = whole.holders()[:2]
    waiting = whole.holders(consented=False)[0]
    whole.moves(first)
    whole.reissues(first)
    tuesday, wednesday = (whole.now.replace(hour=7) + timedelta(days=days) for days in (1, 2))
    with whole.switched_off("platform"):
        whole.jump(tuesday)
        whole.jump(tuesday + timedelta(hours=3))
        whole.moves(second)
        whole.reissues(second)
        assert whole.gives_consent(waiting) is None, "the bank keeps what was signed until it can be passed on"
        whole.jump(wednesday)
        assert [len(whole.versions(person)) for person in (first, second, waiting)] == [1, 1, 1]
    whole.to_next(7, 30)
    newest = crls.lists(whole["platform"], "sign")[0]
    assert newest.skipped == 1, "a list that was never seen is named"
    for person in (first, second):
        up_to_date(whole, person)
    assert whole.consent_of(waiting)
    whole.advance(timedelta(days=1))
    for person in (first, second):
        up_to_date(whole, person)
    assert [case.trigger for case in whole.cases(waiting)] in ([], ["first"])
    assert whole.waiting() == []


@pytest.mark.rule("FI-06")
def test_the_same_push_twice_because_the_answer_was_lost(whole: WholeNetwork) -> None:
    (person,) = moved(whole)
    door = door_of_the_bank(whole, "answer-lost")
    whole.to_next(7, 0)
    assert len(door.bodies) == 1
    assert notices(whole) == [(1, "push")], "the bank has taken it"
    door.mood = "well"
    whole.to_next(8, 30)
    assert [outcome for *_, outcome in whole.passed("Push")] == ["peer-unavailable", "ok"]
    assert door.bodies == [door.bodies[0]] * 2
    whole.jump(whole.now + timedelta(days=7))
    whole["platform"].call(PUSH, door.bodies[0])
    whole.advance(timedelta(hours=1))
    assert notices(whole) == [(1, "push")]
    up_to_date(whole, person)


@pytest.mark.rule("FI-06")
@pytest.mark.parametrize("missing_one_comes", [True, False], ids=["late", "never"])
def test_pushes_out_of_order(whole: WholeNetwork, missing_one_comes: bool) -> None:
    people = moved(whole, 3)
    bank, operator = whole["bank"], whole["platform"]
    bank.call(CHOOSE_STREAM, StreamChoice(delivery="none"))
    whole.to_next(7, 6)
    tokens = tokens_of_today(whole)
    assert len(tokens) == len(people)
    for token in (tokens[2], tokens[1]):
        operator.call(PUSH, token)
    assert notices(whole) == [], "what comes before is awaited"
    assert changes.has_gap(bank)
    if missing_one_comes:
        operator.call(PUSH, tokens[0])
        assert not changes.has_gap(bank)
    whole.advance(timedelta(minutes=15))
    expected = [(1, "push" if missing_one_comes else "feed"), (2, "push"), (3, "push")]
    assert notices(whole) == expected
    bank.call(CHOOSE_STREAM, StreamChoice(delivery="push"))
    whole.advance(timedelta(days=1))
    assert notices(whole) == expected, "the operator pushed all of them once more"
    assert len(whole.passed("Push")) >= len(people)
    for person in people:
        up_to_date(whole, person)
    assert whole.waiting() == []


def tokens_of_today(whole: WholeNetwork) -> list[bytes]:
    """What the operator would push of its log since the network was set up."""
    operator = whole["platform"]
    entries = streams.feed(operator, "bank", AfterQuery(after=CONSENTS)).items
    events = [security_events.of_change(operator, "bank", entry) for entry in entries]
    return [security_events.encode(operator, event).encode() for event in events]


@pytest.fixture
def apart(open_network: NetworkOpener) -> Iterator[tuple[WholeNetwork, Door]]:
    """The bank by itself, behind a port of its own; the others are reached over HTTP as well."""
    port = free_port()
    whole: WholeNetwork = open_network(
        apart=["bank"], peers={"bank": f"http://127.0.0.1:{port}/bank"}, peer_timeout_seconds=0.5
    )
    door = Door(whole.networks[1].app, PUSH.path)
    with running(door, port), running(whole.network.app, int(whole.base_url.rpartition(":")[2])):
        yield whole, door


@pytest.mark.rule("FI-06")
@pytest.mark.parametrize("mood", ["failing", "silent"])
@pytest.mark.parametrize("recovers", [True, False], ids=["for a while", "for good"])
def test_the_banks_endpoint_fails_or_does_not_answer(
    apart: tuple[WholeNetwork, Door], mood: Mood, recovers: bool
) -> None:
    whole, door = apart
    (person,) = moved(whole)
    door.mood = mood
    whole.to_next(7, 20)
    assert len(door.bodies) > 1, "it is tried again"
    assert whole.waiting() == [("platform", "bank", "waiting")]
    assert len(whole.versions(person)) == 1
    if recovers:
        door.mood = "well"
    whole.to_next(8, 5)
    up_to_date(whole, person)
    assert notices(whole) == [(1, "push" if recovers else "feed")], "without any push the log tells it at eight"
    assert (whole.waiting() == []) == recovers
    door.mood = "well"
    whole.to_next(14)
    up_to_date(whole, person)
    assert whole.waiting() == []
    assert len(set(door.bodies)) == 1
    assert len(notices(whole)) == 1
