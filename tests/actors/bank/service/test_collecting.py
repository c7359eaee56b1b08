"""Consent on the bank's own screen: verified here, passed on, compared with the customer (FI-02)."""

import base64
from datetime import timedelta

import msgspec
import pytest

from tegata.actors.bank.service import collecting, decisions
from tegata.actors.bank.tables import CardRequestRow
from tegata.pki.documents import sign_document
from tegata.pki.keys import SoftwareSigner
from tegata.wire.consents import ConsentStatement
from tegata.wire.problems import Refused
from tests.actors.bank.world import BROWSER, Banked, moved
from tests.actors.jlis.world import HANAKO


def refused_by(banked: Banked, request_id: str, document: str, browser: str = BROWSER) -> str:
    with pytest.raises(Refused) as refused:
        collecting.take_signed(banked.node, request_id, document, browser)
    return refused.value.code


def request(banked: Banked, request_id: str) -> CardRequestRow:
    with banked.node.database.read() as session:
        return session.get_one(CardRequestRow, request_id)


@pytest.mark.rule("FI-02")
def test_a_consent_is_verified_passed_on_and_kept_without_the_certificate(banked: Banked) -> None:
    reference = banked.add()
    person = banked.holder()
    request_id = banked.asks(items=("name", "address"))
    document = banked.signs(person, request_id)
    result = collecting.take_signed(banked.node, request_id, document, BROWSER)
    assert result.consent_id is not None
    consent = banked.consent(result.consent_id)
    assert (consent.customer_number, consent.reference, consent.identity) == ("1000001", reference, "known")
    assert consent.items == ["name", "address"]
    assert consent.valid_from == banked.now.replace(hour=0, minute=0) + timedelta(days=1)
    row = request(banked, request_id)
    assert (row.state, row.document, row.consent_id) == ("given", None, result.consent_id)
    assert banked.cases() == []


def test_the_operators_own_news_of_it_changes_nothing(quick_bank: Banked) -> None:
    quick_bank.add()
    consent = quick_bank.collects(quick_bank.holder())
    quick_bank.network.settle()
    quick_bank.to_next(12)
    assert quick_bank.consent(consent.consent_id).identity == "known"
    assert quick_bank.cases() == []


def test_news_of_it_before_the_banks_own_commit_ends_the_same(
    quick_bank: Banked, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick_bank.add()
    person = quick_bank.holder()
    keep = collecting._keep

    def late(*arguments: object) -> None:
        quick_bank.network.settle()
        assert quick_bank.case(trigger="first").state == "asking"
        keep(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(collecting, "_keep", late)
    consent = quick_bank.collects(person)
    assert consent.identity == "known"
    assert quick_bank.case(trigger="first").outcome == "noted"


@pytest.mark.rule("FI-02")
def test_a_revoked_certificate_is_refused_by_the_bank_itself(quick_bank: Banked) -> None:
    quick_bank.add()
    person = quick_bank.holder()
    person.moves()
    quick_bank.network.advance(timedelta(minutes=16))
    request_id = quick_bank.asks()
    document = quick_bank.signs(person, request_id)
    quick_bank.network.take_down("platform")
    assert refused_by(quick_bank, request_id, document) == "consent-certificate-not-valid"
    row = request(quick_bank, request_id)
    assert (row.state, row.code, row.document) == ("refused", "consent-certificate-not-valid", None)


@pytest.mark.rule("FI-02")
def test_what_was_not_asked_for_is_refused(quick_bank: Banked) -> None:
    quick_bank.add()
    person = quick_bank.holder()
    request_id = quick_bank.asks()
    payload = base64.b64decode(collecting.signing_request(quick_bank.node, request_id).payload)
    statement = msgspec.json.decode(payload, type=ConsentStatement)
    other = person.signs(msgspec.structs.replace(statement, items=["name"]))
    assert refused_by(quick_bank, request_id, other) == "consent-statement-wrong"


@pytest.mark.parametrize("document", ["a.b.c", "", "e30.e30.e30"])
def test_what_is_no_document_is_refused(quick_bank: Banked, document: str) -> None:
    quick_bank.add()
    assert refused_by(quick_bank, quick_bank.asks(), document) == "consent-signature-invalid"


def test_a_signature_of_another_key_is_refused(quick_bank: Banked) -> None:
    quick_bank.add()
    person = quick_bank.holder()
    request_id = quick_bank.asks()
    payload = base64.b64decode(collecting.signing_request(quick_bank.node, request_id).payload)
    forged = sign_document(payload, SoftwareSigner.generate_rsa().sign, person.cards["sign"])
    assert refused_by(quick_bank, request_id, forged) == "consent-signature-invalid"


def test_the_authentication_certificate_signs_no_consent(quick_bank: Banked) -> None:
    quick_bank.add()
    person = quick_bank.holder()
    person.gets("auth")
    request_id = quick_bank.asks()
    payload = base64.b64decode(collecting.signing_request(quick_bank.node, request_id).payload)
    assert refused_by(quick_bank, request_id, person.signs(payload, "auth")) == "consent-signature-invalid"


def test_a_request_is_answered_once_in_its_browser_and_time(quick_bank: Banked) -> None:
    quick_bank.add()
    person = quick_bank.holder()
    request_id = quick_bank.asks()
    document = quick_bank.signs(person, request_id)
    assert refused_by(quick_bank, request_id, document, "another browser") == "card-request-of-another-browser"
    assert refused_by(quick_bank, "no-such-request", document) == "not-found"
    collecting.take_signed(quick_bank.node, request_id, document, BROWSER)
    assert refused_by(quick_bank, request_id, document) == "card-request-used"
    with pytest.raises(Refused):
        collecting.signing_request(quick_bank.node, request_id)
    late = quick_bank.asks()
    document = quick_bank.signs(person, late)
    quick_bank.network.clock.advance(timedelta(minutes=16))
    assert refused_by(quick_bank, late, document) == "card-request-used"


def test_the_reader_comes_back_without_a_signature(quick_bank: Banked) -> None:
    quick_bank.add()
    request_id = quick_bank.asks()
    collecting.cancel(quick_bank.node, request_id, BROWSER, "cancelled")
    assert (request(quick_bank, request_id).state, request(quick_bank, request_id).code) == ("refused", "cancelled")


def test_a_link_ends_and_a_wrong_one_opens_nothing(quick_bank: Banked) -> None:
    quick_bank.add()
    token = collecting.make_link(quick_bank.node, "1000001", "clerk")
    assert collecting.link_of(quick_bank.node, token).customer_number == "1000001"
    quick_bank.network.clock.advance(timedelta(minutes=61))
    for wrong in (token, "guess", ""):
        with pytest.raises(Refused) as refused:
            collecting.link_of(quick_bank.node, wrong)
        assert refused.value.code == "consent-link-unknown"
    with pytest.raises(Refused):
        collecting.make_link(quick_bank.node, "nobody", "clerk")


def test_a_consent_waits_here_while_the_operator_is_away(banked: Banked) -> None:
    banked.add()
    person = banked.holder()
    request_id = banked.asks()
    document = banked.signs(person, request_id)
    banked.network.take_down("platform")
    assert collecting.take_signed(banked.node, request_id, document, BROWSER).consent_id is None
    assert request(banked, request_id).state == "passing"
    banked.network.advance(timedelta(hours=1))
    assert request(banked, request_id).state == "passing"
    banked.network.bring_up("platform")
    banked.network.advance(timedelta(minutes=20))
    row = request(banked, request_id)
    assert (row.state, row.document) == ("given", None)
    assert banked.consent(str(row.consent_id)).identity == "known"


def test_a_card_of_another_person_is_held_for_a_decision_and_not_used(quick_bank: Banked) -> None:
    quick_bank.add()
    other = moved(HANAKO, name="山田　太郎", gender="male", birth_date="1978-05-01")
    person = quick_bank.holder(other)
    consent = quick_bank.collects(person)
    assert consent.identity == "held"
    case = quick_bank.case(trigger="signature")
    assert (case.state, set(case.reasons)) == ("review", {"birth-date-differs", "gender-differs", "name-differs"})
    person.moves()
    person.gets("sign")
    quick_bank.to_next(7, 15)
    assert quick_bank.case(trigger="revoked").attempts == 0, "nothing is asked by a consent that is held"
    decisions.reject_identity(quick_bank.node, case.case_id, "clerk")
    assert quick_bank.consent(consent.consent_id).identity == "rejected"
    assert {row.outcome for row in quick_bank.cases()} == {"rejected"}
    assert all(row.told is None for row in quick_bank.cases())
    assert quick_bank.customer().address == HANAKO.address
    with pytest.raises(Refused) as refused:
        decisions.ask_now(quick_bank.node, "1000001", "clerk")
    assert refused.value.code == "no-consent-to-ask-by"


def test_a_person_confirms_that_it_is_the_customer(quick_bank: Banked) -> None:
    quick_bank.add(four=moved(HANAKO, name="山田　華子"))
    person = quick_bank.holder()
    consent = quick_bank.collects(person, items=("name", "address"))
    case = quick_bank.case(trigger="signature")
    assert case.reasons == ["name-differs"]
    decisions.confirm_identity(quick_bank.node, case.case_id, "clerk")
    assert quick_bank.consent(consent.consent_id).identity == "known"
    assert quick_bank.case(trigger="signature").reasons == ["name-differs"]
    decisions.take_over(quick_bank.node, case.case_id, ["name"], "clerk", kana="ヤマダ　ハナコ")
    assert quick_bank.customer().name == HANAKO.name


def test_an_address_that_the_certificate_shows_is_taken_over_as_far_as_it_was_agreed(quick_bank: Banked) -> None:
    quick_bank.add(four=moved(HANAKO, address="東京都港区芝１番"))
    quick_bank.collects(quick_bank.holder(), items=("name", "birth_date"))
    assert quick_bank.customer().address == "東京都港区芝１番"
    assert quick_bank.cases() == []
    quick_bank.collects(quick_bank.holder())
    assert quick_bank.customer().address == HANAKO.address
    assert quick_bank.case(trigger="signature").outcome == "taken-over"
