"""A phone's certificate at the bank's consent screen, and a hold of a customer's card: waited for, not believed."""

import base64

import pytest

from tegata.actors.bank.service import collecting, consents, matching
from tegata.wire.consents import CERTIFICATE_NOT_VALID
from tegata.wire.problems import Refused
from tests.actors.bank.world import BROWSER, Banked
from tests.actors.jlis.world import HANAKO, Phone


def signed(bank: Banked, phone: Phone, request_id: str) -> str:
    request = collecting.signing_request(bank.node, request_id)
    return phone.signs(base64.b64decode(request.payload))


def collected(bank: Banked, phone: Phone) -> str:
    request_id = bank.asks()
    result = collecting.take_signed(bank.node, request_id, signed(bank, phone, request_id), BROWSER)
    assert result.consent_id is not None
    return result.consent_id


def refused(bank: Banked, phone: Phone) -> None:
    with pytest.raises(Refused) as refusal:
        collected(bank, phone)
    assert (refusal.value.type, refusal.value.detail["cause"]) == (CERTIFICATE_NOT_VALID, "on-hold")


@pytest.mark.rule("SP-01")
@pytest.mark.rule("SP-04")
@pytest.mark.rule("SP-05")
def test_a_phone_consents_until_the_call_and_again_once_resumed(quick_bank: Banked) -> None:
    """Refused from the call on though OCSP knows of it only later; taken again with the next data after the resumption.

    The consent points to the card's certificate: whatever becomes of the phone, the person is the same customer.
    """
    quick_bank.add()
    person = quick_bank.holder()
    phone = person.phone().gets()
    quick_bank.to_next(7, 5)
    quick_bank.jlis.suspends(person)
    refused(quick_bank, phone)
    quick_bank.to_next(7, 31)
    refused(quick_bank, phone)
    phone.orders("resume")
    quick_bank.to_next(7, 46)
    consent = quick_bank.consent(collected(quick_bank, phone))
    assert consent.identity == "known"
    with quick_bank.node.database.read() as session:
        assert consents.serial_of(session, consent.consent_id) == person.cards["sign"].serial_number
    phone.orders("revoke", occasion="lost")
    quick_bank.to_next(7, 15)
    assert quick_bank.cases(trigger="revoked") == []


@pytest.mark.rule("SP-04")
@pytest.mark.rule("FI-07")
def test_a_cards_hold_waits_and_changes_nothing_of_the_customer(quick_bank: Banked) -> None:
    """The card is stopped by telephone, found, and gets new certificates: the same person at the same address."""
    person, _ = quick_bank.with_consent()
    quick_bank.jlis.suspends(person, "card")
    quick_bank.to_next(7, 15)
    case = quick_bank.case(trigger="revoked")
    assert (case.state, case.code, case.reason) == ("waiting", "certificate-revoked", "certificateHold")
    assert case.ask_at == quick_bank.now.replace(hour=8, minute=0)
    assert quick_bank.customer().address == HANAKO.address
    person.gets("sign")
    quick_bank.to_next(8, 1)
    assert quick_bank.case(case_id=case.case_id).outcome == "same"
    quick_bank.to_next(7, 15)
    assert {each.outcome for each in quick_bank.cases(trigger="revoked")} == {"same"}
    assert quick_bank.customer().address == HANAKO.address


@pytest.mark.rule("SP-05")
def test_a_list_from_which_a_hold_is_gone_matches_as_any_other(quick_bank: Banked) -> None:
    person, _ = quick_bank.with_consent()
    phone = person.phone().gets()
    quick_bank.jlis.suspends(person)
    quick_bank.to_next(7, 15)
    held = matching.match_customers(quick_bank.node)
    phone.orders("resume")
    quick_bank.to_next(7, 15)
    gone = matching.match_customers(quick_bank.node)
    assert (held.entries, gone.entries) == (1, 0)
    assert gone.number == held.number + 1
    assert (held.revoked, gone.revoked, gone.new) == (0, 0, 0)
    assert quick_bank.cases(trigger="revoked") == []
