"""What a person decides, and what becomes of questions that were not answered."""

import pytest

from tegata.actors.bank.service import cases, changes, decisions, questions
from tegata.node import audit
from tegata.wire.four_information import Answer, VerifiedClaims
from tegata.wire.problems import Refused
from tests.actors.bank.world import Banked, moved
from tests.actors.jlis.world import HANAKO

NEW_NAME = "佐藤　花子"


def renamed(banked: Banked) -> int:
    """A customer whose name changed: the case waits for a person."""
    person, _ = banked.with_consent()
    person.happens("name_change", moved(HANAKO, name=NEW_NAME))
    person.gets("sign")
    banked.to_next(7, 15)
    return banked.case(state="review").case_id


def test_taking_over_keeps_the_history_and_the_audit(banked: Banked) -> None:
    case_id = renamed(banked)
    decisions.take_over(banked.node, case_id, ["name"], "suzuki", kana="サトウ　ハナコ")
    row = banked.customer()
    assert (row.name, row.kana, row.version) == (NEW_NAME, "サトウ　ハナコ", 2)
    case = banked.case(trigger="revoked")
    assert (case.state, case.outcome, case.told) == ("closed", "decided", None)
    entries = [each.entry for each in audit.entries_for(banked.node.database, "1000001")]
    updated = [entry for entry in entries if entry.action == "customer-updated"]
    assert [(entry.who, entry.items, entry.basis) for entry in updated] == [
        ("suzuki", ["name", "kana"], case.consent_id)
    ]


def test_keeping_leaves_the_record(quick_bank: Banked) -> None:
    case_id = renamed(quick_bank)
    decisions.ask_customer(quick_bank.node, case_id, "suzuki")
    assert quick_bank.case(trigger="revoked").state == "customer"
    decisions.keep(quick_bank.node, case_id, "suzuki")
    assert (quick_bank.customer().name, quick_bank.case(trigger="revoked").outcome) == (HANAKO.name, "kept")


def test_what_can_not_be_decided_is_refused(quick_bank: Banked) -> None:
    case_id = renamed(quick_bank)
    wrong = [
        lambda: decisions.confirm_identity(quick_bank.node, case_id, "x"),
        lambda: decisions.reject_identity(quick_bank.node, case_id, "x"),
        lambda: decisions.ask_again(quick_bank.node, case_id, "x"),
        lambda: decisions.done(quick_bank.node, case_id, "x"),
        lambda: decisions.take_over(quick_bank.node, case_id, [], "x"),
    ]
    for attempt in wrong:
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code == "conflict"
    decisions.keep(quick_bank.node, case_id, "x")
    with pytest.raises(Refused):
        decisions.keep(quick_bank.node, case_id, "x")
    with pytest.raises(Refused):
        decisions.keep(quick_bank.node, 4711, "x")


@pytest.mark.rule("FI-07")
def test_after_a_death_a_person_has_to_look(quick_bank: Banked) -> None:
    person, _ = quick_bank.with_consent()
    person.happens("death", None)
    quick_bank.to_next(7, 15)
    case = quick_bank.case(trigger="revoked")
    assert (case.state, case.code, case.reason) == ("refused", "certificate-revoked", "cessationOfOperation")
    decisions.ask_again(quick_bank.node, case.case_id, "suzuki")
    assert (quick_bank.case(trigger="revoked").state, quick_bank.case(trigger="revoked").attempts) == ("refused", 2)
    decisions.done(quick_bank.node, case.case_id, "suzuki")
    assert quick_bank.case(trigger="revoked").outcome == "noted"


def withdraw(banked: Banked, person: object, consent_id: str) -> None:
    from tegata.actors.jlis.service import consents as jlis_consents

    jlis_consents.withdraw(banked.jlis.node, consent_id, person.withdrawal(consent_id), "portal")  # type: ignore[attr-defined]


@pytest.mark.rule("FI-09")
def test_a_withdrawal_ends_cases_and_questions(quick_bank: Banked) -> None:
    person, consent = quick_bank.with_consent()
    person.moves()
    quick_bank.to_next(7, 15)
    assert quick_bank.case(trigger="revoked").state == "waiting"
    withdraw(quick_bank, person_with_new_card(person), consent.consent_id)
    quick_bank.to_next(12)
    assert quick_bank.case(trigger="revoked").outcome == "consent-ended"
    with pytest.raises(Refused):
        decisions.ask_now(quick_bank.node, "1000001", "suzuki")


def person_with_new_card(person: object) -> object:
    """Somebody who withdraws needs a certificate that counts."""
    person.gets("sign")  # type: ignore[attr-defined]
    return person


def test_a_withdrawal_that_only_the_answer_tells_is_believed(quick_bank: Banked) -> None:
    person, consent = quick_bank.with_consent()
    withdraw(quick_bank, person, consent.consent_id)
    case_id = decisions.ask_now(quick_bank.node, "1000001", "suzuki")
    with quick_bank.node.database.read() as session:
        case = cases.row_of(session, case_id)
    assert (case.state, case.outcome, case.code) == ("closed", "consent-ended", "consent-withdrawn")
    with pytest.raises(Refused):
        decisions.ask_now(quick_bank.node, "1000001", "suzuki")


def test_a_consent_of_today_is_asked_by_from_tomorrow(quick_bank: Banked) -> None:
    quick_bank.add()
    quick_bank.collects(quick_bank.holder())
    case_id = decisions.ask_now(quick_bank.node, "1000001", "suzuki")
    case = quick_bank.case(case_id=case_id)
    assert (case.state, case.code) == ("waiting", "consent-not-yet-valid")
    quick_bank.to_next(0, 5)
    assert quick_bank.case(case_id=case_id).outcome == "same"


@pytest.mark.rule("FI-10")
def test_a_consent_from_the_portal_is_completed_and_its_giver_compared(quick_bank: Banked) -> None:
    reference = quick_bank.add()
    person = quick_bank.holder()
    record = quick_bank.consents_in_portal(person, reference, items=["name", "birth_date", "address"])
    quick_bank.to_next(9)
    consent = quick_bank.consent(record.consent_id)
    assert (consent.channel, consent.identity, consent.customer_number) == ("portal", "known", "1000001")
    assert consent.items == ["name", "birth_date", "address"]
    assert quick_bank.case(trigger="first").outcome == "same"


@pytest.mark.rule("FI-10")
def test_somebody_elses_consent_to_a_customers_letter_is_noticed(banked: Banked) -> None:
    reference = banked.add()
    husband = banked.holder(moved(HANAKO, name="山田　太郎", gender="male", birth_date="1978-05-01"))
    record = banked.consents_in_portal(husband, reference, items=["name", "birth_date", "gender", "address"])
    banked.to_next(9)
    case = banked.case(trigger="first")
    assert case.state == "review"
    assert "birth-date-differs" in case.reasons
    decisions.reject_identity(banked.node, case.case_id, "suzuki")
    assert banked.consent(record.consent_id).identity == "rejected"


def test_a_consent_to_the_address_alone_needs_a_person_once(quick_bank: Banked) -> None:
    reference = quick_bank.add()
    person = quick_bank.holder()
    quick_bank.consents_in_portal(person, reference, items=["address"])
    quick_bank.to_next(9)
    case = quick_bank.case(trigger="first")
    assert (case.state, case.reasons) == ("review", ["identity-not-shown"])
    decisions.take_over(quick_bank.node, case.case_id, ["address"], "suzuki")
    person.moves()
    person.gets("sign")
    quick_bank.to_next(7, 15)
    assert quick_bank.case(trigger="revoked").outcome == "taken-over"


def test_a_consent_for_nobody_we_know_is_shown_on_the_monitor(quick_bank: Banked) -> None:
    quick_bank.consents_in_portal(quick_bank.holder(), "k-unknown")
    quick_bank.to_next(9)
    check = next(check for check in quick_bank.node.checks() if check.name == "links")
    assert (check.health, check.says.en) == ("warning", "1")
    assert quick_bank.cases() == []


def test_many_are_asked_at_once(quick_bank: Banked) -> None:
    people = []
    for number in range(5):
        four = moved(HANAKO, name=f"山田　{'一二三四五'[number]}子")
        quick_bank.add(f"100000{number}", four)
        person = quick_bank.holder(four)
        quick_bank.collects(person, f"100000{number}")
        people.append(person)
    quick_bank.to_next(9)
    for person in people[:4]:
        person.moves()
    for person in people[:3]:
        person.gets("sign")
    quick_bank.to_next(7, 15)
    outcomes = [case.outcome for case in quick_bank.cases(trigger="revoked")]
    assert sorted(map(str, outcomes)) == ["None", "taken-over", "taken-over", "taken-over"]
    asked = [m for m in quick_bank.network.recorder.messages if m.sender == "bank" and "batch" in m.path]
    assert len(asked) == 1


def test_an_answer_to_another_question_is_not_taken(quick_bank: Banked, monkeypatch: pytest.MonkeyPatch) -> None:
    from tegata.wire.four_information import BatchAnswer, BatchResult

    monkeypatch.setattr(
        quick_bank.node, "call", lambda *_a, **_k: BatchAnswer(results=[BatchResult(consent_id="c-other")] * 2)
    )
    due = [questions.Due(1, "c-1", 1, 0), questions.Due(2, "c-2", 2, 0)]
    with pytest.raises(Refused) as refused:
        questions._ask(quick_bank.node, due)
    assert refused.value.code == "peer-misunderstood"


@pytest.mark.parametrize(
    "claims",
    [
        {}, {"name": ""}, {"name": " "}, {"name": 7}, {"name": "山田\0"}, {"birthdate": "1980-02-30"},
        {"birthdate": "yesterday"}, {"gender": "unknown"}, {"address": "東京都"}, {"address": {"formatted": ""}},
    ],
)  # fmt: skip
def test_claims_that_are_none_are_not_believed(quick_bank: Banked, claims: dict[str, object]) -> None:
    answer = Answer(
        query_id="q", consent_id="c", serial=1, newer=True, attributes_since=quick_bank.now, answered_at=quick_bank.now,
        verified_claims=VerifiedClaims(verification={}, claims=claims),
    )  # fmt: skip
    with pytest.raises(Refused) as refused:
        questions.read_claims(answer)
    assert refused.value.code == "peer-misunderstood"


def test_a_late_notice_of_an_old_certificate_opens_no_case(quick_bank: Banked) -> None:
    person, consent = quick_bank.with_consent()
    old = consent_serial(quick_bank, consent.consent_id)
    person.moves()
    person.gets("sign")
    quick_bank.to_next(7, 15)
    from tegata.wire.changes import Change

    with quick_bank.node.database.begin() as tx:
        late = Change(
            number=9, kind="certificate-revoked", at=quick_bank.now, recorded_at=quick_bank.now,
            consent_id=consent.consent_id, reference=consent.reference, serial=old, reason="superseded",
        )  # fmt: skip
        assert not changes.open_for_revocation(tx, late, "push")


def consent_serial(banked: Banked, consent_id: str) -> int:
    from tegata.actors.bank.service import consents

    with banked.node.database.read() as session:
        return consents.serial_of(session, consent_id)
