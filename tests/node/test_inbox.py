import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from tegata.node import inbox
from tegata.node.inbox import Answer, once, request_hash
from tegata.node.node import Node
from tegata.node.tables import InboxRow
from tegata.wire.problems import CONFLICT, KEY_REUSED, Refused
from tests.node.pair import TELL, Note, Pair, Word, heard, note, notes

ANSWER = Answer(201, "application/json", b'{"a":1}')


def do(node: Node, *words: str, hashed: bytes = b"h", key: str = "k", answer: Answer = ANSWER) -> Answer:
    """Each word is a transaction of its own."""

    def work() -> Answer:
        for word in words:
            note(node, word)
        return answer

    return once(node.database, caller="bank", key=key, request_hash=hashed, work=work)


def test_the_second_time_the_same_answer_is_given_and_nothing_done(alpha: Node) -> None:
    first, second = do(alpha, "one"), do(alpha, "one")
    assert not first.replayed
    assert second == Answer(201, "application/json", b'{"a":1}', replayed=True)
    assert notes(alpha) == ["one"]


def test_another_content_under_the_same_key_is_refused(alpha: Node) -> None:
    do(alpha, "one")
    with pytest.raises(Refused) as refused:
        do(alpha, "two", hashed=b"other")
    assert refused.value.type is KEY_REUSED
    assert notes(alpha) == ["one"]


def test_callers_do_not_share_keys(alpha: Node) -> None:
    do(alpha, "one")
    once(alpha.database, caller="portal", key="k", request_hash=b"x", work=lambda: ANSWER)
    with alpha.database.read() as session:
        assert session.scalar(select(func.count()).select_from(InboxRow)) == 2


def test_work_that_changes_nothing_is_answered_the_same_way(alpha: Node) -> None:
    assert not do(alpha).replayed
    assert do(alpha).replayed


def test_several_transactions_and_reads_of_one_work_are_one(alpha: Node) -> None:
    def work() -> Answer:
        note(alpha, "one")
        assert notes(alpha) == ["one"], "what was done is seen by the rest of the work"
        other = threading.Thread(target=lambda: seen.extend(notes(alpha)))
        other.start()
        other.join()
        note(alpha, "two")
        return ANSWER

    seen: list[str] = []
    once(alpha.database, caller="bank", key="k", request_hash=b"h", work=work)
    assert seen == [], "nobody else sees it before the answer is kept"
    assert notes(alpha) == ["one", "two"]


def test_a_fault_undoes_all_and_the_repetition_does_it(alpha: Node) -> None:
    def work() -> Answer:
        note(alpha, "one")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        once(alpha.database, caller="bank", key="k", request_hash=b"h", work=work)
    assert notes(alpha) == []
    assert not do(alpha, "one").replayed
    assert notes(alpha) == ["one"]


def test_a_refusal_is_not_kept_but_what_was_recorded_before_it_is(alpha: Node) -> None:
    def work() -> Answer:
        note(alpha, "tried")
        with alpha.database.begin() as transaction:
            transaction.session.add(Note(word="undone", at=transaction.now))
            raise Refused(CONFLICT)

    for _ in range(2):
        with pytest.raises(Refused):
            once(alpha.database, caller="bank", key="k", request_hash=b"h", work=work)
    assert notes(alpha) == ["tried", "tried"]
    assert not do(alpha, "one").replayed


def test_an_answer_that_refuses_is_not_kept(alpha: Node) -> None:
    refusal = Answer(409, "application/problem+json", b"{}")
    assert do(alpha, "one", answer=refusal) == refusal
    assert not do(alpha, "two").replayed


def test_messages_are_sent_when_the_answer_is_kept(pair: Pair) -> None:
    woken = threading.Event()
    pair.alpha.database.after_send.append(woken.set)

    def work() -> Answer:
        note(pair.alpha, "one")
        assert not woken.is_set()
        return ANSWER

    once(pair.alpha.database, caller="bank", key="k", request_hash=b"h", work=work)
    assert woken.is_set()
    pair.scheduler.settle()
    assert heard(pair.beta) == ["one"]


def test_a_call_of_another_actor_commits_what_was_done_so_far(pair: Pair) -> None:
    def work() -> Answer:
        note(pair.alpha, "one")
        pair.alpha.call(TELL, Word("called"), path={"kind": "plain"})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        once(pair.alpha.database, caller="bank", key="k", request_hash=b"h", work=work)
    assert notes(pair.alpha) == ["one"]
    assert heard(pair.beta) == ["called"]


def test_the_outbox_can_be_emptied_in_the_middle_of_a_work(pair: Pair) -> None:
    def work() -> Answer:
        note(pair.alpha, "one")
        assert pair.alpha.dispatcher.run_once(to="beta") == 1
        note(pair.alpha, "two")
        return ANSWER

    once(pair.alpha.database, caller="bank", key="k", request_hash=b"h", work=work)
    assert heard(pair.beta) == ["one"]
    assert notes(pair.alpha) == ["one", "two"]


def test_the_same_change_twice_at_once_is_done_once(alpha: Node) -> None:
    barrier, answers = threading.Barrier(4), []

    def arrive() -> None:
        barrier.wait()
        answers.append(do(alpha, "one"))

    threads = [threading.Thread(target=arrive) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert notes(alpha) == ["one"]
    assert sorted(answer.replayed for answer in answers) == [False, True, True, True]


def test_another_process_that_was_quicker_is_believed(alpha: Node) -> None:
    def work() -> Answer:
        quicker = threading.Thread(target=lambda: inbox._do(inbox.Receipt(alpha.database, "bank", "k", b"h"), quick))
        quicker.start()
        quicker.join()
        note(alpha, "slow")
        return ANSWER

    def quick() -> Answer:
        note(alpha, "quick")
        return Answer(200, "text/plain", b"quick")

    answer = once(alpha.database, caller="bank", key="k", request_hash=b"h", work=work)
    assert (answer.body, answer.replayed) == (b"quick", True)
    assert notes(alpha) == ["quick"]


def test_answers_are_sealed_and_forgotten_in_time(alpha: Node) -> None:
    do(alpha, "one")
    with alpha.database.read() as session:
        stored = session.connection().exec_driver_sql("SELECT body FROM node_inbox").scalar_one()
    assert ANSWER.body not in bytes(stored)
    now = alpha.clock.now()
    assert inbox.forget(alpha.database, now + inbox.KEPT_FOR) == 0
    assert inbox.forget(alpha.database, now + inbox.KEPT_FOR + timedelta(seconds=1)) == 1


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_only_the_same_parts_have_the_same_hash(one: list[str], other: list[str]) -> None:
    assert (request_hash(*one) == request_hash(*other)) == (one == other)
