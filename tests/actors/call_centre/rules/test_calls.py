"""What may happen in a call, and how it may end."""

from itertools import product
from typing import get_args

import pytest

from tegata.actors.call_centre.rules import calls as rules
from tegata.actors.call_centre.rules.calls import Facts, Held, Outcome, Result
from tegata.actors.call_centre.rules.knowledge import script, subject_of, subjects
from tegata.actors.call_centre.rules.menus import menus
from tegata.wire.certificates import Medium
from tegata.wire.problems import Refused

VALID = [Held("card", "sign", "valid"), Held("card", "auth", "valid"), Held("phone", "auth", "suspended")]
CARD: frozenset[Medium] = frozenset({"card"})
RIGHT = Facts(kind="loss", results=["not-matched", "matched"])
MOST = 3


def code_of(call: object, *arguments: object) -> str:
    assert callable(call)
    with pytest.raises(Refused) as refused:
        call(*arguments)
    return refused.value.code


@pytest.mark.parametrize(
    ("results", "stage"),
    [
        ([], "asking"),
        (["draft"], "reading-back"),
        (["unanswered"], "reading-back"),
        (["not-matched"], "asking"),
        (["not-matched", "draft"], "reading-back"),
        (["not-matched"] * 3, "refused"),
        (["not-matched", "barred"], "refused"),
        (["not-matched", "not-matched", "matched"], "identified"),
    ],
)
def test_the_stage_follows_from_the_sets_of_answers(results: list[Result], stage: str) -> None:
    assert rules.stage(Facts(kind="loss", results=results), MOST) == stage


@pytest.mark.rule("SP-04")
def test_a_caller_has_so_many_sets_of_answers_and_no_more() -> None:
    wrong: list[Result] = ["not-matched"] * MOST
    assert code_of(rules.may_ask, Facts(kind="loss", results=wrong), MOST) == "caller-attempts-used"
    rules.may_ask(Facts(kind="loss", results=wrong[1:]), MOST)
    rules.may_ask(Facts(kind="loss", results=[*wrong[1:], "unanswered"]), MOST)


def test_who_is_identified_or_asks_only_is_not_asked() -> None:
    assert code_of(rules.may_ask, RIGHT, MOST) == "conflict"
    assert code_of(rules.may_ask, Facts(kind="enquiry"), MOST) == "conflict"
    assert code_of(rules.may_ask, Facts(kind="loss", ended=True), MOST) == "call-ended"


@pytest.mark.rule("SP-04")
def test_nothing_is_suspended_for_who_is_not_identified() -> None:
    for results in ([], ["draft"], ["not-matched"], ["not-matched"] * 3):
        facts = Facts(kind="loss", results=results)  # type: ignore[arg-type]
        assert code_of(rules.may_suspend, facts, VALID, "card", MOST) == "caller-not-identified-yet"
    enquiry = Facts(kind="enquiry", results=["matched"])
    assert code_of(rules.may_suspend, enquiry, VALID, "card", MOST) == "caller-not-identified-yet"


def test_only_what_is_valid_is_suspended_and_what_was_asked_may_be_asked_again() -> None:
    rules.may_suspend(RIGHT, VALID, "card", MOST)
    assert code_of(rules.may_suspend, RIGHT, VALID, "phone", MOST) == "nothing-to-suspend"
    assert code_of(rules.may_suspend, RIGHT, [], "card", MOST) == "nothing-to-suspend"
    asked = Facts(kind="loss", results=["matched"], asked=frozenset({"phone"}))
    rules.may_suspend(asked, VALID, "phone", MOST)
    ended = Facts(kind="loss", results=["matched"], ended=True)
    assert code_of(rules.may_suspend, ended, VALID, "card", MOST) == "call-ended"


def test_a_suspension_without_an_answer_keeps_the_call_open() -> None:
    waiting = Facts(kind="loss", results=["matched"], asked=frozenset({"card", "phone"}), done=CARD)
    assert rules.stage(waiting, MOST) == "uncertain"
    assert rules.outcomes(waiting, VALID, MOST) == []
    for outcome in get_args(Outcome):
        assert code_of(rules.may_end, waiting, VALID, outcome, MOST) == "suspension-uncertain"


@pytest.mark.parametrize(
    ("facts", "outcomes"),
    [
        (Facts(kind="enquiry"), {"answered", "referred", "dropped"}),
        (Facts(kind="loss"), {"caller-stopped", "dropped"}),
        (Facts(kind="loss", results=["not-matched"]), {"caller-stopped", "dropped", "not-identified"}),
        (Facts(kind="loss", results=["not-matched"] * 3), {"not-identified", "dropped"}),
        (RIGHT, {"caller-stopped", "dropped"}),
        (Facts(kind="loss", results=["matched"], asked=CARD, done=CARD), {"suspended"}),
        (Facts(kind="loss", ended=True), set()),
    ],
)
def test_a_call_ends_in_the_ways_of_its_stage(facts: Facts, outcomes: set[str]) -> None:
    assert set(rules.outcomes(facts, VALID, MOST)) == outcomes
    for outcome in get_args(Outcome):
        if outcome in outcomes:
            rules.may_end(facts, VALID, outcome, MOST)
        else:
            assert code_of(rules.may_end, facts, VALID, outcome, MOST) in ("conflict", "call-ended")


def test_who_has_nothing_valid_is_told_so() -> None:
    assert rules.outcomes(RIGHT, VALID[2:], MOST)[0] == "nothing-to-suspend"


def test_the_later_answer_counts_for_what_it_names() -> None:
    later = [Held("card", "auth", "suspended"), Held("card", "sign", "suspended")]
    assert rules.newest([VALID, later]) == [later[1], later[0], VALID[2]]
    assert rules.newest([]) == []


def test_no_facts_are_without_a_stage_and_only_an_open_call_ends() -> None:
    results: list[list[Result]] = [[], ["draft"], ["unanswered"], ["matched"], ["not-matched"] * 3]
    media: list[frozenset[Medium]] = [frozenset(), CARD, frozenset({"card", "phone"})]
    for kind, answers, asked, done, ended in product(("loss", "enquiry"), results, media, media, (True, False)):
        facts = Facts(kind=kind, results=answers, asked=asked | done, done=done, ended=ended)  # type: ignore[arg-type]
        stage = rules.stage(facts, MOST)
        assert bool(rules.outcomes(facts, VALID, MOST)) == (stage not in ("ended", "uncertain"))


@pytest.mark.rule("SP-06")
def test_there_is_something_to_say_to_every_subject() -> None:
    assert {"revocation-failed", "password-forgotten", "resumption-failed"} <= subjects().keys()
    for subject in subjects().values():
        assert all(sentence.ja and sentence.en for sentence in subject.sentences)
        assert subject_of(subject.key) is subject
    with pytest.raises(Refused):
        subject_of("points")
    assert all(text.ja and text.en for text in script().values())
    assert {menu.kind for menu in menus().values()} == {"loss", "enquiry"}
