"""Calls from the first word to the last, the records that stay, and what J-LIS does not answer."""

from datetime import datetime, time, timedelta

import pytest

from tegata.actors.call_centre.rules.calls import Held
from tegata.actors.call_centre.rules.menus import menu_of
from tegata.actors.call_centre.service import callers, calls, figures, suspensions
from tegata.actors.call_centre.tables import AnswersRow
from tegata.japan.dates import JST
from tegata.node import audit
from tegata.wire.problems import Refused
from tests.actors.call_centre.world import HANAKO, PHONE_MODEL, SERIAL, SPECS, WRONG, World
from tests.fixtures.nodes import NetworkMaker


def code_of(call: object, *arguments: object) -> str:
    assert callable(call)
    with pytest.raises(Refused) as refused:
        call(*arguments)
    return refused.value.code


@pytest.mark.rule("SP-04")
def test_a_lost_card_and_phone_are_suspended_in_one_call(world: World) -> None:
    call_id = world.takes()
    assert world.call(call_id).stage == "asking"
    number = world.says(call_id)
    assert world.call(call_id).said == HANAKO
    callers.compare(world.node, world.sato, call_id, number)
    call = world.call(call_id)
    assert (call.stage, call.said) == ("identified", None)
    assert call.held == [Held(medium, usage, "valid") for medium in ("card", "phone") for usage in ("sign", "auth")]
    suspensions.suspend(world.node, world.sato, call_id, ["card", "phone"])
    call = world.call(call_id)
    assert call.stage == "suspended"
    assert {one.state for one in call.held} == {"suspended"}
    assert world.suspended == [(call_id, "card"), (call_id, "phone")]
    calls.end(world.node, world.sato, call_id, "suspended")
    assert world.call(call_id).stage == "ended"
    assert calls.open_calls(world.node, world.sato) == []


def test_each_step_is_in_the_audit_with_operator_and_call(world: World) -> None:
    call_id = world.takes()
    with pytest.raises(Refused):
        world.compares(call_id, WRONG)
    world.compares(call_id)
    suspensions.suspend(world.node, world.sato, call_id, ["phone"])
    calls.end(world.node, world.sato, call_id, "suspended")
    told = [(row.action, row.subject, row.who) for row in world.audit()]
    assert told == [
        ("call-taken", None, "sato"),
        ("caller-asked", None, "sato"),
        ("caller-not-identified", None, "sato"),
        ("caller-asked", None, "sato"),
        ("caller-identified", "hanako-here", "sato"),
        ("suspension-asked", "hanako-here", "sato"),
        ("suspended", "hanako-here", "sato"),
        ("call-ended", "hanako-here", "sato"),
    ]
    reception = world.call(call_id).reception
    assert {row.detail["call"] for row in world.audit()} == {reception}
    asked = [row for row in world.audit() if row.action == "caller-asked"]
    assert {(tuple(row.items), row.to) for row in asked} == {(("name", "birth_date", "address"), "jlis")}
    assert "花子" not in repr([(row.items, row.detail) for row in world.audit()])
    assert audit.verify(world.node.database).faults == []


def test_the_reception_number_is_short_and_counts_the_day(quick_world: World) -> None:
    first, second = quick_world.takes(), quick_world.takes()
    assert [quick_world.call(one).reception for one in (first, second)] == ["230925-01", "230925-02"]
    quick_world.network.clock.advance(timedelta(days=1))
    assert quick_world.call(quick_world.takes()).reception == "230926-01"


@pytest.mark.rule("SP-04")
def test_after_three_wrong_sets_nothing_more_is_compared(quick_world: World) -> None:
    call_id = quick_world.takes()
    for _ in range(3):
        assert code_of(quick_world.compares, call_id, WRONG) == "caller-not-identified"
    assert quick_world.call(call_id).stage == "refused"
    assert code_of(quick_world.says, call_id) == "caller-attempts-used"
    assert code_of(callers.compare, quick_world.node, quick_world.sato, call_id, 4) == "conflict"
    assert (
        code_of(suspensions.suspend, quick_world.node, quick_world.sato, call_id, ["card"])
        == "caller-not-identified-yet"
    )
    assert len(quick_world.asked) == 3
    calls.end(quick_world.node, quick_world.sato, call_id, "not-identified")


def test_the_number_of_sets_is_a_setting(make_network: NetworkMaker) -> None:
    world = World(make_network(SPECS, "", actors={"call_centre": {"attempts": 1}}))
    call_id = world.takes()
    assert code_of(world.compares, call_id, WRONG) == "caller-not-identified"
    assert world.call(call_id).stage == "refused"


def test_the_same_set_sent_twice_is_compared_once(quick_world: World) -> None:
    call_id = quick_world.takes()
    number = quick_world.says(call_id, WRONG)
    assert code_of(callers.compare, quick_world.node, quick_world.sato, call_id, number) == "caller-not-identified"
    callers.compare(quick_world.node, quick_world.sato, call_id, number)
    assert len(quick_world.asked) == 1
    assert quick_world.call(call_id).facts.wrong == 1


def test_answers_that_are_corrected_while_read_back_are_one_set(quick_world: World) -> None:
    call_id = quick_world.takes()
    quick_world.says(call_id, WRONG)
    quick_world.compares(call_id)
    assert [row.result for row in quick_world.call(call_id).answers] == ["matched"]


def test_nothing_of_the_register_is_kept(quick_world: World) -> None:
    call_id = quick_world.identified()
    suspensions.suspend(quick_world.node, quick_world.sato, call_id, ["card"])
    call = quick_world.call(call_id)
    kept = repr([*(row.certificates for row in call.answers), *(row.certificates for row in call.suspensions)])
    assert str(SERIAL) not in kept
    assert PHONE_MODEL not in kept
    with quick_world.node.database.read() as session:
        raw = session.connection().exec_driver_sql("SELECT answers FROM answers").scalar_one()
    assert "花子".encode() not in bytes(raw)


@pytest.mark.rule("SP-04")
def test_while_jlis_is_down_the_call_stays_open_and_goes_on_later(quick_world: World) -> None:
    call_id = quick_world.takes()
    quick_world.network.take_down("jlis")
    assert code_of(quick_world.compares, call_id) == "peer-unavailable"
    call = quick_world.call(call_id)
    assert (call.stage, call.said, call.facts.wrong) == ("reading-back", HANAKO, 0)
    quick_world.network.bring_up("jlis")
    callers.compare(quick_world.node, quick_world.sato, call_id, 1)
    quick_world.network.take_down("jlis")
    assert code_of(suspensions.suspend, quick_world.node, quick_world.sato, call_id, ["phone"]) == "peer-unavailable"
    assert quick_world.call(call_id).stage == "uncertain"
    assert code_of(calls.end, quick_world.node, quick_world.sato, call_id, "dropped") == "suspension-uncertain"
    assert [check.health for check in figures.checks(quick_world.node)] == ["warning", "ok"]
    quick_world.network.bring_up("jlis")
    suspensions.suspend(quick_world.node, quick_world.sato, call_id, ["phone"])
    assert quick_world.call(call_id).stage == "suspended"
    assert quick_world.suspended == [(call_id, "phone")]
    assert [check.health for check in figures.checks(quick_world.node)] == ["ok", "ok"]


@pytest.mark.rule("SP-04")
def test_a_suspension_whose_answer_was_lost_is_repeated_and_done_once(world: World) -> None:
    call_id = world.identified()
    with world.answers_lost("/suspensions"):
        assert code_of(suspensions.suspend, world.node, world.sato, call_id, ["card"]) == "peer-unavailable"
    assert world.suspended == [(call_id, "card")]
    assert world.call(call_id).stage == "uncertain"
    suspensions.suspend(world.node, world.sato, call_id, ["card"])
    suspensions.suspend(world.node, world.sato, call_id, ["card"])
    assert world.suspended == [(call_id, "card")]
    assert [one.state for one in world.call(call_id).held if one.medium == "card"] == ["suspended", "suspended"]


def test_a_comparison_whose_answer_was_lost_costs_the_caller_nothing(quick_world: World) -> None:
    call_id = quick_world.takes()
    with quick_world.answers_lost("/callers"):
        assert code_of(quick_world.compares, call_id) == "peer-unavailable"
    callers.compare(quick_world.node, quick_world.sato, call_id, 1)
    assert quick_world.call(call_id).stage == "identified"


def test_what_jlis_refuses_for_good_leaves_nothing_open(quick_world: World) -> None:
    call_id = quick_world.identified()
    quick_world.jlis.state["held"] = []
    node, who = quick_world.node, quick_world.sato
    assert code_of(suspensions.suspend, node, who, call_id, ["phone"]) == "nothing-to-suspend"
    call = quick_world.call(call_id)
    assert call.stage == "identified"
    assert [row.refused for row in call.suspensions] == ["nothing-to-suspend"]
    assert quick_world.audit()[-1].action == "suspension-refused"
    calls.end(node, who, call_id, "caller-stopped")


def test_when_jlis_has_had_too_many_in_an_hour_it_is_tried_again_later(quick_world: World) -> None:
    call_id = quick_world.takes()
    quick_world.jlis.state["too-many"] = "hour"
    assert code_of(quick_world.compares, call_id) == "too-many-attempts"
    assert quick_world.call(call_id).stage == "reading-back"
    assert "not-identified" in quick_world.call(call_id).outcomes
    quick_world.jlis.state["too-many"] = ""
    callers.compare(quick_world.node, quick_world.sato, call_id, 1)
    assert quick_world.call(call_id).stage == "identified"


def test_when_jlis_takes_no_more_in_this_call_it_can_only_end(quick_world: World) -> None:
    call_id = quick_world.takes()
    quick_world.jlis.state["too-many"] = "call"
    assert code_of(quick_world.compares, call_id) == "too-many-attempts"
    assert quick_world.call(call_id).stage == "refused"
    calls.end(quick_world.node, quick_world.sato, call_id, "not-identified")


def test_only_its_operator_has_a_call(quick_world: World) -> None:
    call_id = quick_world.identified()
    node, mori = quick_world.node, quick_world.mori
    assert code_of(suspensions.suspend, node, mori, call_id, ["card"]) == "call-of-another-operator"
    assert code_of(callers.write_down, node, mori, call_id, HANAKO) == "call-of-another-operator"
    assert code_of(callers.compare, node, mori, call_id, 1) == "call-of-another-operator"
    assert code_of(calls.end, node, mori, call_id, "dropped") == "call-of-another-operator"
    assert code_of(suspensions.suspend, node, quick_world.chief, call_id, ["card"]) == "call-of-another-operator"
    assert code_of(calls.call_of, node, mori, "unknown") == "not-found"
    assert calls.open_calls(node, mori) == []
    assert [call.call_id for call in calls.open_calls(node, quick_world.chief)] == [call_id]
    calls.end(node, quick_world.chief, call_id, "dropped")
    ending = quick_world.call(call_id).ending
    assert ending is not None
    assert (ending.outcome, ending.who) == ("dropped", "chief")


def test_an_ended_call_takes_nothing_more(quick_world: World) -> None:
    call_id = quick_world.identified()
    node, sato = quick_world.node, quick_world.sato
    calls.end(node, sato, call_id, "dropped")
    calls.end(node, sato, call_id, "dropped")
    assert code_of(suspensions.suspend, node, sato, call_id, ["card"]) == "call-ended"
    assert code_of(callers.write_down, node, sato, call_id, HANAKO) == "call-ended"
    assert code_of(calls.end, node, sato, call_id, "caller-stopped") == "call-ended"
    assert quick_world.suspended == []


def test_a_call_that_drops_stays_in_the_work_list_until_it_is_ended(quick_world: World) -> None:
    first, second = quick_world.identified(), quick_world.takes()
    assert [call.call_id for call in calls.open_calls(quick_world.node, quick_world.sato)] == [first, second]
    assert [check.health for check in figures.checks(quick_world.node)] == ["ok", "ok"]
    quick_world.network.clock.advance(timedelta(hours=1))
    assert [check.health for check in figures.checks(quick_world.node)] == ["ok", "warning"]
    for call_id in (first, second):
        calls.end(quick_world.node, quick_world.sato, call_id, "dropped")
    assert [check.health for check in figures.checks(quick_world.node)] == ["ok", "ok"]


@pytest.mark.rule("SP-06")
def test_an_enquiry_is_recorded_with_its_subject_and_outcome(quick_world: World) -> None:
    call_id = quick_world.takes(4)
    assert quick_world.call(call_id).stage == "enquiry"
    assert code_of(calls.end, quick_world.node, quick_world.sato, call_id, "answered") == "conflict"
    assert code_of(calls.end, quick_world.node, quick_world.sato, call_id, "answered", "points") == "not-found"
    calls.end(quick_world.node, quick_world.sato, call_id, "referred", "password-forgotten")
    ending = quick_world.call(call_id).ending
    assert ending is not None
    assert (ending.outcome, ending.subject) == ("referred", "password-forgotten")
    assert figures.today(quick_world.node).by_subject == {"password-forgotten": 1}


@pytest.mark.rule("SP-06")
def test_outside_the_hours_no_enquiry_is_taken_and_a_loss_is(quick_world: World) -> None:
    quick_world.network.advance(datetime.combine(quick_world.now.date(), time(20), JST))
    with pytest.raises(Refused) as refused:
        quick_world.takes(4)
    assert refused.value.code == "menu-closed"
    assert refused.value.detail == {"menu": 4, "opens": "2023-09-26T09:30:00+09:00"}
    assert quick_world.call(quick_world.takes(2)).stage == "asking"


@pytest.mark.rule("SP-06")
def test_an_enquiry_that_was_taken_in_time_goes_on_after_the_hours(quick_world: World) -> None:
    quick_world.network.advance(datetime.combine(quick_world.now.date(), time(19, 59, 59), JST))
    call_id = quick_world.takes(4)
    quick_world.network.advance(timedelta(minutes=5))
    calls.end(quick_world.node, quick_world.sato, call_id, "answered", "other")
    assert quick_world.call(call_id).stage == "ended"


def test_an_enquiry_about_a_loss_goes_on_as_one(quick_world: World) -> None:
    enquiry = quick_world.takes(4)
    loss = calls.to_loss(quick_world.node, quick_world.sato, enquiry, menu_of(2))
    assert quick_world.call(loss).stage == "asking"
    ending = quick_world.call(enquiry).ending
    assert ending is not None
    assert ending.outcome == "moved-to-loss"
    node, sato = quick_world.node, quick_world.sato
    assert code_of(calls.to_loss, node, sato, enquiry, menu_of(2)) == "conflict"
    assert code_of(calls.to_loss, node, sato, loss, menu_of(2)) == "conflict"


def answers_kept(world: World) -> list[bool]:
    with world.node.database.read() as session:
        return [row.answers is not None for row in session.query(AnswersRow).order_by(AnswersRow.asked_at)]


def test_answers_are_erased_after_their_time_and_that_they_were_asked_stays(world: World) -> None:
    ended, left = world.identified(), world.takes()
    world.says(left)
    world.network.advance(timedelta(days=3))
    calls.end(world.node, world.sato, ended, "dropped")
    world.network.advance(timedelta(days=5))
    assert answers_kept(world) == [True, False]
    world.network.advance(timedelta(days=3))
    assert answers_kept(world) == [False, False]
    call = world.call(ended)
    assert [(row.questions, row.who, row.result) for row in call.answers] == [
        (["name", "birth_date", "address"], "sato", "matched")
    ]
    assert code_of(callers.compare, world.node, world.sato, left, 1) == "conflict"
    callers.write_down(world.node, world.sato, left, HANAKO)
    callers.compare(world.node, world.sato, left, 1)


def test_the_figures_of_the_day(quick_world: World) -> None:
    call_id = quick_world.identified()
    suspensions.suspend(quick_world.node, quick_world.sato, call_id, ["card", "phone"])
    calls.end(quick_world.node, quick_world.sato, call_id, "suspended")
    with pytest.raises(Refused):
        quick_world.compares(quick_world.takes(), WRONG)
    quick_world.takes(4)
    today = figures.today(quick_world.node)
    assert (today.calls, today.waiting, today.suspensions, today.not_identified) == (3, 2, 2, 1)
    assert today.by_menu == {2: 2, 4: 1}
    figure = figures.figure(quick_world.node, "ja")
    assert figure is not None
    assert figure.ja == "電話 3・停止 2"
    quick_world.network.clock.advance(timedelta(days=1))
    tomorrow = figures.today(quick_world.node)
    assert (tomorrow.calls, tomorrow.waiting, tomorrow.suspensions) == (0, 2, 0)
