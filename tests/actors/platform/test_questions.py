"""Four-information questions through the operator (⑤ to ⑨; FI-07, FI-08), and consents on their way (FI-02, FI-09)."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import MetaData, select

from tegata.actors.platform.service import figures, parties
from tegata.actors.platform.tables import QuestionRow
from tegata.node.node import Node
from tegata.wire.consents import GIVE_TO_OPERATOR, OF_RELYING_PARTY, WITHDRAW, ConsentRecord, SignedStatement
from tegata.wire.endpoint import PageQuery
from tegata.wire.four_information import ASK, ASK_BATCH, Answer, Batch, Question
from tegata.wire.problems import Refused
from tests.actors.jlis.world import Resident
from tests.actors.platform.world import SERVICE, Operated, on_both


@pytest.fixture
def known(operated: Operated) -> tuple[Resident, ConsentRecord]:
    """A holder with a consent that counts."""
    person = operated.holder()
    consent = operated.consents(person)
    operated.to_next(9)
    return person, consent


def _code(operated: Operated, question: Question) -> str:
    with pytest.raises(Refused) as refused:
        operated.bank.call(ASK, question)
    return refused.value.code


def _ask(operated: Operated, consent: ConsentRecord, **changed: Any) -> Answer:
    return operated.bank.call(ASK, operated.question(consent, **changed))


@pytest.mark.rule("FI-08")
@pytest.mark.parametrize("method", ["crl", "ocsp"])
def test_a_question_works_at_any_hour_and_costs_nothing_without_news(
    operated: Operated, known: tuple[Resident, ConsentRecord], method: Any
) -> None:
    person, consent = known
    answer = _ask(operated, consent, check_method=method)
    assert answer.verified_claims.claims["name"] == person.attributes.name
    assert (answer.newer, answer.fee_yen, answer.serial) == (False, 0, consent.serial)
    assert answer.status is not None
    assert (answer.status.status, answer.status.check_method) == ("good", method)


@pytest.mark.rule("FI-07")
@pytest.mark.parametrize("method", ["crl", "ocsp"])
def test_after_a_move_and_a_reissue_the_new_address_comes_once_for_a_fee(
    operated: Operated, known: tuple[Resident, ConsentRecord], method: Any
) -> None:
    person, consent = known
    person.moves()
    assert _code(operated, operated.question(consent)) == "changed-not-yet-available"
    issued = person.gets("sign")
    operated.to_next(7, 30)
    answer = _ask(operated, consent, check_method=method)
    assert answer.verified_claims.claims["address"]["formatted"] == person.attributes.address
    assert (answer.newer, answer.serial, answer.fee_yen) == (True, issued.serial, 20)
    assert answer.status is not None
    assert (answer.status.status, answer.status.revocation_reason) == ("revoked", "affiliationChanged")
    again = _ask(operated, consent)
    assert (again.newer, again.fee_yen) == (False, 0)
    stale = _ask(operated, consent, known_serial=consent.serial)
    assert (stale.newer, stale.fee_yen) == (True, 0), "the same news is not charged twice"


def _everything(node: Node) -> bytes:
    """All that stands in a database, sealed columns opened."""
    tables = MetaData()
    tables.reflect(node.database.engine)
    mapped = {**node.spec.base.metadata.tables}
    found = b""
    with node.database.read() as session:
        for name, table in {**tables.tables, **mapped}.items():
            del name
            for row in session.execute(select(table)):
                found += repr(tuple(row)).encode()
    return found


@on_both
def test_nothing_that_was_handed_over_is_kept(operated: Operated, known: tuple[Resident, ConsentRecord]) -> None:
    person, consent = known
    person.moves()
    person.gets("sign")
    operated.to_next(7, 30)
    _ask(operated, consent)
    operated.bank.call(ASK_BATCH, Batch(questions=[operated.question(consent)]))
    kept = _everything(operated.node)
    assert consent.consent_id.encode() in kept
    for value in (person.attributes.name, person.attributes.address, "山田", "神南", person.attributes.birth_date):
        assert value.encode() not in kept


@on_both
@pytest.mark.rule("FI-09")
def test_a_withdrawal_between_question_and_answer_stops_the_answer(
    operated: Operated, known: tuple[Resident, ConsentRecord]
) -> None:
    person, consent = known
    from tegata.actors.jlis.service import consents

    consents.withdraw(operated.jlis.node, consent.consent_id, person.withdrawal(consent.consent_id), "portal")
    assert WITHDRAW.to == "jlis"
    # The operator has not heard of it yet: J-LIS itself refuses.
    assert _code(operated, operated.question(consent)) == "consent-withdrawn"
    operated.network.scheduler.run_job("platform", "consents")
    assert operated.log()[-1].kind == "consent-withdrawn"
    assert _code(operated, operated.question(consent)) == "consent-withdrawn"
    listed = operated.bank.call(OF_RELYING_PARTY, query=PageQuery()).items
    assert [(each.consent_id, each.state) for each in listed] == [(consent.consent_id, "withdrawn")]


@pytest.mark.rule("FI-07")
def test_refusals_have_their_own_reasons(operated: Operated, known: tuple[Resident, ConsentRecord]) -> None:
    person, consent = known
    assert _code(operated, Question(consent_id="nobody")) == "no-consent"
    assert _code(operated, operated.question(consent, known_serial=4_000_000_000)) == "unknown-serial"
    person.happens("death", None)
    assert _code(operated, operated.question(consent)) == "certificate-revoked"
    counted = {code: count for code, _, count in figures.outcomes(operated.node)}
    assert counted["no-consent"] == counted["unknown-serial"] == counted["certificate-revoked"] == 1


def test_a_new_consent_counts_from_the_day_after(operated: Operated) -> None:
    consent = operated.consents(operated.holder())
    assert _code(operated, operated.question(consent)) == "consent-not-yet-valid"


def test_a_suspended_party_gets_nothing(operated: Operated, known: tuple[Resident, ConsentRecord]) -> None:
    person, consent = known
    parties.set_active(operated.node, "bank", "operator", active=False)
    assert _code(operated, operated.question(consent)) == "relying-party-not-registered"
    with pytest.raises(Refused) as refused:
        operated.consents(person)
    assert refused.value.code == "relying-party-not-registered"
    parties.set_active(operated.node, "bank", "operator", active=True)
    assert _ask(operated, consent).consent_id == consent.consent_id


@pytest.mark.parametrize("method", ["crl", "ocsp"])
def test_jlis_down_is_a_refusal_to_try_again(
    operated: Operated, known: tuple[Resident, ConsentRecord], method: Any
) -> None:
    _, consent = known
    operated.network.take_down("jlis")
    assert _code(operated, operated.question(consent, check_method=method)) == "peer-unavailable"
    operated.network.bring_up("jlis")
    assert _ask(operated, consent).consent_id == consent.consent_id


@on_both
def test_a_batch_answers_each_question_in_its_place(operated: Operated, known: tuple[Resident, ConsentRecord]) -> None:
    _, consent = known
    moved = operated.holder()
    second = operated.consents(moved)
    operated.to_next(9)
    moved.moves()
    questions = [
        operated.question(consent),
        Question(consent_id="nobody"),
        operated.question(second, check_method="crl"),
        operated.question(consent, check_method="crl"),
    ]
    results = operated.bank.call(ASK_BATCH, Batch(questions=questions)).results
    assert [result.consent_id for result in results] == [q.consent_id for q in questions]
    codes = [result.refusal.code if result.refusal else "ok" for result in results]
    assert codes == ["ok", "no-consent", "changed-not-yet-available", "ok"]
    with operated.node.database.read() as session:
        assert len(session.scalars(select(QuestionRow)).all()) == 4
    month = figures.fees(operated.node)[0]
    assert (month.questions, month.answers, month.fee_yen) == (4, 2, 0)


@pytest.mark.rule("FI-02")
def test_a_consent_is_checked_before_it_is_passed_on(operated: Operated) -> None:
    person = operated.holder()
    good = person.signs(person.statement(service=SERVICE))
    head, payload, signature = good.split(".")
    forged = f"{head}.{payload}.{signature[:-8]}AAAAAAAA"
    for document, code in (
        (forged, "consent-signature-invalid"),
        ("a.b.c", "consent-signature-invalid"),
        (person.signs(person.statement(service="other")), "consent-statement-wrong"),
        (person.signs(b'{"kind":"withdrawal"}'), "consent-statement-wrong"),
        (person.signs(b"not json"), "consent-statement-wrong"),
        (person.signs(person.statement(relying_party="another", service=SERVICE)), "consent-statement-wrong"),
    ):
        with pytest.raises(Refused) as refused:
            operated.bank.call(GIVE_TO_OPERATOR, SignedStatement(document=document))
        assert refused.value.code == code
    assert operated.log() == []


@pytest.mark.rule("FI-02")
@pytest.mark.parametrize("list_there", [True, False], ids=["by CRL", "by OCSP"])
def test_a_revoked_certificate_gives_no_consent(operated: Operated, list_there: bool) -> None:
    person = operated.holder()
    person.moves()
    if list_there:
        operated.to_next(7, 5)
    else:
        operated.network.advance(timedelta(minutes=20))
    with pytest.raises(Refused) as refused:
        operated.consents(person)
    assert refused.value.code == "consent-certificate-not-valid"


def test_the_same_consent_again_is_the_same_consent(operated: Operated) -> None:
    person = operated.holder()
    document = SignedStatement(document=person.signs(person.statement(service=SERVICE)))
    first = operated.bank.call(GIVE_TO_OPERATOR, document)
    second = operated.bank.call(GIVE_TO_OPERATOR, document)
    assert first.consent_id == second.consent_id
    operated.network.scheduler.run_job("platform", "consents")
    assert [change.kind for change in operated.log()] == ["consent-given"]
    assert msgspec.json.encode(first) != b""
