"""The four-information answer over the records: given, refused, changed, batched, audited."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tegata.actors.jlis.service import consents, four_information, records
from tegata.actors.jlis.tables import ConsentRow
from tegata.japan.four_attributes import ITEMS
from tegata.node import audit
from tegata.wire import four_information as wire
from tegata.wire.consents import NOT_A_RELYING_PARTY, ConsentRecord
from tegata.wire.four_information import Answer, OperatorQuestion
from tegata.wire.problems import ProblemType, Refused
from tests.actors.jlis.world import Resident, World

DAY = timedelta(days=1)


@pytest.fixture
def person(world: World) -> Resident:
    made = world.resident()
    made.gets("sign")
    return made


@pytest.fixture
def consent(world: World, person: Resident) -> ConsentRecord:
    given = person.consents(items=list(ITEMS))
    world.passes(DAY)
    return given


def ask(world: World, question: OperatorQuestion, operator: str = "platform") -> Answer:
    return four_information.ask(world.node, question, operator)


def refusal(world: World, question: OperatorQuestion, operator: str = "platform") -> ProblemType:
    with pytest.raises(Refused) as refused:
        ask(world, question, operator)
    return refused.value.type


@pytest.mark.rule("FI-01")
@pytest.mark.rule("FI-08")
def test_without_any_change_the_attributes_are_given(world: World, person: Resident, consent: ConsentRecord) -> None:
    answer = ask(world, world.question(consent))
    assert (answer.serial, answer.newer) == (consent.serial, False)
    assert answer.verified_claims.claims == {
        "name": "山田　花子",
        "address": {"formatted": "東京都千代田区丸の内１丁目１番１号"},
        "birthdate": "1980-02-17",
        "gender": "female",
    }
    assert answer.verified_claims.verification["trust_framework"] == "jp_aml"
    assert answer.verified_claims.verification["evidence"][0]["serial_number"] == str(consent.serial)


@pytest.mark.rule("FI-03")
@pytest.mark.rule("FI-07")
def test_a_change_is_not_yet_available_until_the_reissue(
    world: World, person: Resident, consent: ConsentRecord
) -> None:
    person.moves()
    assert refusal(world, world.question(consent)) is wire.NOT_YET_AVAILABLE
    moved_at = world.now
    world.passes(DAY)
    reissued = person.gets()
    answer = ask(world, world.question(consent))
    assert (answer.serial, answer.newer) == (reissued.serial, True)
    assert answer.verified_claims.claims["address"]["formatted"] == "東京都渋谷区神南１丁目１９番１１号"
    assert answer.attributes_since == moved_at
    known = ask(world, world.question(consent, known_serial=reissued.serial))
    assert not known.newer


@pytest.mark.rule("FI-07")
def test_only_the_consented_items_leave(world: World, person: Resident) -> None:
    given = person.consents(items=["gender"])
    world.passes(DAY)
    assert ask(world, world.question(given)).verified_claims.claims == {"gender": "female"}


@pytest.mark.rule("FI-07")
def test_refusals_by_the_records(world: World, person: Resident, consent: ConsentRecord) -> None:
    question = world.question(consent)
    assert refusal(world, question, "other-platform") is NOT_A_RELYING_PARTY
    assert refusal(world, world.question(consent, relying_party="stranger")) is NOT_A_RELYING_PARTY
    assert refusal(world, world.question(consent, consent_id="none")) is wire.NO_CONSENT
    assert refusal(world, world.question(consent, known_serial=2**33)) is wire.UNKNOWN_SERIAL
    other = world.resident()
    assert refusal(world, world.question(consent, known_serial=other.gets().serial)) is wire.UNKNOWN_SERIAL
    fresh = person.consents(service="loans")
    assert refusal(world, world.question(fresh)) is wire.CONSENT_NOT_YET_VALID
    consents.withdraw(world.node, consent.consent_id, person.withdrawal(consent.consent_id), "portal")
    assert refusal(world, question) is wire.CONSENT_WITHDRAWN


@pytest.mark.rule("FI-07")
def test_after_a_death_nothing_is_given(world: World, person: Resident, consent: ConsentRecord) -> None:
    person.happens("death", None)
    assert refusal(world, world.question(consent)) is wire.CERTIFICATE_REVOKED


@pytest.mark.rule("FI-07")
def test_expired_certificates_and_expired_consents(world: World, person: Resident, consent: ConsentRecord) -> None:
    world.passes(2000 * DAY)
    assert refusal(world, world.question(consent)) is wire.CERTIFICATE_EXPIRED
    world.passes(2000 * DAY)
    assert refusal(world, world.question(consent)) is wire.CONSENT_EXPIRED


@pytest.mark.rule("FI-07")
def test_a_consent_withdrawn_between_two_questions(world: World, person: Resident, consent: ConsentRecord) -> None:
    assert ask(world, world.question(consent))
    consents.withdraw(world.node, consent.consent_id, person.withdrawal(consent.consent_id), "portal")
    assert refusal(world, world.question(consent)) is wire.CONSENT_WITHDRAWN


def test_a_replaced_consent_counts_to_the_end_of_its_last_day(
    world: World, person: Resident, consent: ConsentRecord
) -> None:
    newer = person.consents(items=["gender"])
    assert ask(world, world.question(consent))
    assert refusal(world, world.question(newer)) is wire.CONSENT_NOT_YET_VALID
    world.passes(DAY)
    assert refusal(world, world.question(consent)) is wire.CONSENT_EXPIRED
    assert ask(world, world.question(newer))


@pytest.mark.rule("FI-07")
@pytest.mark.rule("FI-09")
def test_each_leaving_and_each_refusal_is_recorded(world: World, person: Resident, consent: ConsentRecord) -> None:
    asked = world.question(consent)
    ask(world, asked)
    person.moves()
    refusal(world, world.question(consent))
    with world.node.database.read() as session:
        person_id = session.get_one(ConsentRow, consent.consent_id).person_id
        assert records.person_of_code(session, person.code).person_id == person_id  # type: ignore[union-attr]
    entries = [numbered.entry for numbered in audit.entries_for(world.node.database, person_id)]
    refused, given = [entry for entry in entries if entry.action == four_information.ACTION]
    assert (given.who, given.to, given.basis, given.purpose) == ("platform", "bank", consent.consent_id, "住所の確認")
    assert (given.items, given.detail["outcome"], given.detail["query_id"]) == ([*ITEMS], "given", asked.query_id)
    assert (refused.items, refused.detail["outcome"]) == ([], "changed-not-yet-available")
    assert person.attributes.name not in msgspec.json.encode(entries).decode()


@pytest.mark.rule("FI-07")
def test_a_batch_is_answered_question_by_question(world: World, person: Resident, consent: ConsentRecord) -> None:
    questions = [
        world.question(consent),
        world.question(consent, consent_id="none"),
        world.question(consent, known_serial=2**33),
    ]
    results = four_information.ask_many(world.node, questions, "platform").results
    codes = [result.refusal.code if result.refusal else "given" for result in results]
    assert codes == ["given", "no-consent", "unknown-serial"]
    assert [result.consent_id for result in results] == [question.consent_id for question in questions]
    assert results[0].answer is not None
    assert results[0].answer.verified_claims.claims["gender"] == "female"


def test_a_batch_of_several_transactions_keeps_its_order(quick_world: World) -> None:
    world = quick_world
    person = world.resident()
    person.gets()
    given = person.consents()
    world.passes(DAY)
    questions = [world.question(given) for _ in range(201)]
    results = four_information.ask_many(world.node, questions, "platform").results
    assert [result.answer.query_id for result in results if result.answer] == [one.query_id for one in questions]


@pytest.mark.parametrize(
    ("items", "claims"),
    [
        ({"birth_date": "1980-02-00"}, {"birthdate": "1980-02-00"}),
        ({"gender": "other", "name": "甲"}, {"name": "甲", "gender": "other"}),
        ({}, {}),
    ],
)
def test_claims_are_named_as_openid_connect_names_them(items: Any, claims: dict[str, Any]) -> None:
    assert four_information.claims(items) == claims
