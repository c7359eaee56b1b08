"""A caller is identified by three answers, and certificates are suspended by telephone (SP-04)."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select, update

from tegata.actors.jlis.service import callers, crls, four_information, holders
from tegata.actors.jlis.start import on_start
from tegata.actors.jlis.tables import CallerAttemptRow, Person, RevocationRow
from tegata.japan.four_attributes import FourAttributes
from tegata.node.audit import entry_of
from tegata.node.tables import AuditRow
from tegata.pki.crl import read_crl
from tegata.wire.endpoint import PageQuery
from tegata.wire.four_information import CERTIFICATE_REVOKED
from tegata.wire.problems import NOT_FOUND, TOO_MANY
from tegata.wire.suspensions import CALLER_NOT_IDENTIFIED, NOTHING_TO_SUSPEND, CallerAnswers, SuspensionRequest
from tests.actors.jlis.outcomes import refusal
from tests.actors.jlis.world import HANAKO, Resident, World

CENTRE = "call_centre"
TARO = FourAttributes(
    name="髙橋　太郎", address="東京都港区芝１丁目２番３号", birth_date=HANAKO.birth_date, gender="male"
)


@pytest.fixture
def person(world: World) -> Resident:
    return world.holder()


def find(world: World, answers: CallerAnswers, caller: str = CENTRE) -> Any:
    return callers.find(world.node, answers, caller)


def audit(world: World, *actions: str) -> list[Any]:
    with world.node.database.read() as session:
        query = select(AuditRow).where(AuditRow.action.in_(actions)).order_by(AuditRow.number)
        return [entry_of(row) for row in session.scalars(query)]


@pytest.mark.rule("SP-04")
def test_who_answers_right_is_found_with_card_and_phone(world: World, person: Resident) -> None:
    world.holder(TARO)
    phone = person.phone().gets()
    answers = person.calls()
    found = find(world, answers)
    assert {(one.usage, one.medium, one.state) for one in found.certificates} == {
        (usage, medium, "valid") for usage in ("sign", "auth") for medium in ("card", "phone")
    }
    serials = {one.serial for one in found.certificates if one.medium == "phone" and one.usage == "sign"}
    assert serials == {phone.certificates["sign"].serial_number}
    assert find(world, answers).sub == found.sub
    other = find(world, person.calls(), "other_centre")
    assert other.sub != found.sub


def test_ways_of_writing_do_not_matter(quick_world: World) -> None:
    person = quick_world.holder()
    ways: list[dict[str, str]] = [
        {"name": "山田花子"},
        {"name": "山田 花子"},
        {"address": "東京都千代田区丸の内1-1-1"},
        {"address": "東京都千代田区丸の内一丁目１番１号"},
        {"address": "千代田区丸の内1丁目1番1号"},
    ]
    assert len({find(quick_world, person.calls(**changes)).sub for changes in ways}) == 1


def test_forms_of_a_character_can_not_be_heard(quick_world: World) -> None:
    assert find(quick_world, quick_world.holder(TARO).calls(name="高橋太郎")).sub


DO_NOT_FIT: list[dict[str, str]] = [
    {"name": "山田　華子"},
    {"name": TARO.name},
    {"birth_date": "1980-02-18"},
    {"birth_date": "9999-99-99"},
    {"address": "東京都千代田区丸の内１丁目１番２号"},
    {"address": TARO.address},
    {"address": "東京都千代田区丸の内１丁目１番１号　コーポ１０１"},
    {"name": " ", "address": "　"},
    {"name": "%", "address": "%"},
    {"name": "'; DROP TABLE person; --"},
    {"name": "山田\0花子?"},
]


@pytest.mark.rule("SP-04")
def test_one_answer_that_does_not_fit_is_enough_and_none_is_named(quick_world: World) -> None:
    person = quick_world.holder()
    quick_world.holder(TARO)
    for changes in DO_NOT_FIT:
        refused = refusal(lambda changes=changes: find(quick_world, person.calls(**changes)))
        assert (refused.type, refused.detail) == (CALLER_NOT_IDENTIFIED, {}), changes
    entries = audit(quick_world, "caller-refused")
    assert len(entries) == len(DO_NOT_FIT)
    for entry in entries:
        assert (entry.subject, entry.items, entry.detail) == (None, [], {"outcome": "caller-not-identified"})


def test_two_whom_the_answers_fit_are_nobody(quick_world: World) -> None:
    person = quick_world.holder()
    twin = quick_world.holder()
    assert refusal(lambda: find(quick_world, person.calls())).type is CALLER_NOT_IDENTIFIED
    twin.happens("death", None)
    assert find(quick_world, person.calls()).sub
    person.happens("death", None)
    assert refusal(lambda: find(quick_world, person.calls())).type is CALLER_NOT_IDENTIFIED


@pytest.mark.rule("SP-04")
def test_three_attempts_in_a_call_and_no_more(quick_world: World) -> None:
    world, person = quick_world, quick_world.holder()
    answers = person.calls()
    wrong = msgspec.structs.replace(answers, name="誰か")
    for _ in range(3):
        assert refusal(lambda: find(world, wrong)).type is CALLER_NOT_IDENTIFIED
    refused = refusal(lambda: find(world, answers))
    assert (refused.type, refused.detail) == (TOO_MANY, {"limit": "call"})
    assert find(world, answers, "other_centre").sub
    assert find(world, person.calls()).sub
    outcomes = [entry.detail["outcome"] for entry in audit(world, "caller-refused")]
    assert outcomes == ["caller-not-identified"] * 3 + ["too-many-attempts"]
    with world.node.database.read() as session:
        kept = session.scalars(select(CallerAttemptRow.person_id).where(CallerAttemptRow.call_id == answers.call_id))
        assert [one is not None for one in kept] == [False, False, False, True]


def test_a_call_centre_may_try_so_often_in_an_hour(quick_world: World) -> None:
    person = quick_world.holder()
    own = msgspec.structs.replace(quick_world.node.own, callers_per_hour=2)
    object.__setattr__(quick_world.node, "own", own)
    for _ in range(2):
        assert find(quick_world, person.calls()).sub
    refused = refusal(lambda: find(quick_world, person.calls()))
    assert (refused.type, refused.detail) == (TOO_MANY, {"limit": "hour"})
    assert find(quick_world, person.calls(), "other_centre").sub
    quick_world.passes(timedelta(minutes=61))
    assert find(quick_world, person.calls()).sub


@pytest.mark.rule("SP-04")
@pytest.mark.parametrize("medium", ["card", "phone"])
def test_what_is_lost_is_held_and_nothing_else(quick_world: World, medium: Any) -> None:
    world, person = quick_world, quick_world.holder()
    phone = person.phone().gets()
    held = world.suspends(person, medium)
    assert {(one.usage, one.medium, one.state, one.reason) for one in held} == {
        ("sign", medium, "suspended", "certificateHold"),
        ("auth", medium, "suspended", "certificateHold"),
    }
    other = "phone" if medium == "card" else "card"
    assert {person.state(usage, other).state for usage in ("sign", "auth")} == {"valid"}
    (entry,) = audit(world, "certificates-suspended")
    assert (entry.who, entry.subject is not None, entry.basis[:5]) == (CENTRE, True, "call:")
    assert len(entry.detail["certificates"]) == 2
    assert phone.states()["sign"] == ("valid" if medium == "card" else "suspended")


def test_what_is_held_is_answered_as_it_is(quick_world: World) -> None:
    world, person = quick_world, quick_world.holder()
    first = world.suspends(person, "card")
    world.passes(timedelta(hours=1))
    assert world.suspends(person, "card") == first
    with world.node.database.read() as session:
        assert session.scalar(select(func.count()).select_from(RevocationRow)) == 2
    assert len(audit(world, "certificates-suspended")) == 1


def test_nothing_to_suspend(quick_world: World) -> None:
    person = quick_world.holder()
    assert refusal(lambda: quick_world.suspends(person, "phone")).type is NOTHING_TO_SUSPEND
    person.phone().gets().orders("revoke")
    assert refusal(lambda: quick_world.suspends(person, "phone")).type is NOTHING_TO_SUSPEND
    person.phone().gets().orders("revoke", usages=["auth"])
    assert {one.state for one in quick_world.suspends(person, "phone")} == {"suspended", "revoked"}


@pytest.mark.rule("SP-04")
def test_a_handle_counts_in_the_call_that_led_to_it(quick_world: World) -> None:
    """Else whoever was identified once could be cut off at any time without a call."""
    person, other = quick_world.holder(), quick_world.holder(TARO)
    answers, others = person.calls(), other.calls()
    sub = find(quick_world, answers).sub
    find(quick_world, others)
    node = quick_world.node

    def suspend(sub: str, call_id: str, caller: str = CENTRE) -> Any:
        request = SuspensionRequest(call_id=call_id, medium="card")
        return lambda: callers.suspend(node, sub, request, caller)

    for attempt in (
        suspend(sub, "another-call"),
        suspend(sub, others.call_id),
        suspend(sub, answers.call_id, "other_centre"),
        suspend("nobody", answers.call_id),
    ):
        assert refusal(attempt).type is NOT_FOUND
    assert suspend(sub, answers.call_id)().items


@pytest.mark.rule("SP-04")
def test_the_person_sees_who_asked(quick_world: World) -> None:
    world, person = quick_world, quick_world.holder()
    answers = person.calls()
    find(world, answers)
    with world.node.database.begin() as tx:
        person_id = tx.session.scalars(select(Person.person_id)).one()
        sub = holders.handle(tx, world.node.secret("handles"), "portal", person_id)
    (seen,) = holders.accesses(world.node, sub, PageQuery(), "portal").items
    assert (seen.who, seen.items, seen.purpose, seen.basis, seen.outcome) == (
        CENTRE, [], "suspension", f"call:{answers.call_id}", "given",
    )  # fmt: skip


def test_a_cards_hold_is_listed_and_its_question_waits(quick_world: World) -> None:
    """A hold of the card says that nothing may be told now; one of the phone says nothing about the attributes."""
    world, person = quick_world, quick_world.holder()
    consent = person.phone().gets().consents()
    assert consent.serial == person.cards["sign"].serial_number
    world.passes(timedelta(days=1))
    question = world.question(consent)
    world.suspends(person, "phone")
    assert four_information.ask(world.node, question, "platform").serial == consent.serial
    world.suspends(person, "card")
    refused = refusal(lambda: four_information.ask(world.node, question, "platform"))
    assert (refused.type, refused.detail["reason"]) == (CERTIFICATE_REVOKED, "certificateHold")
    crls.issue_all(world.node, world.now)
    entry = read_crl(crls.newest(world.node, "sign", "all", None).der).lookup(consent.serial)
    assert entry is not None
    assert str(entry.reason) == "certificateHold"


def test_people_from_before_are_found_after_the_next_start(quick_world: World) -> None:
    world, person = quick_world, quick_world.holder()
    with world.node.database.begin() as tx:
        tx.session.execute(update(Person).values(birth_fingerprint=None))
    assert refusal(lambda: find(world, person.calls())).type is CALLER_NOT_IDENTIFIED
    on_start(world.node)
    assert find(world, person.calls()).sub
    corrected = msgspec.structs.replace(HANAKO, birth_date="1981-02-17")
    person.happens("correction", corrected)
    assert find(world, person.calls()).sub
    assert refusal(lambda: find(world, person.calls(birth_date=HANAKO.birth_date))).type is CALLER_NOT_IDENTIFIED
