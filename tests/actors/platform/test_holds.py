"""A hold that comes and goes: what the lists say of it, what a party is told, and when a phone's consent is taken."""

import pytest

from tegata.actors.jlis.service import crls as jlis_crls
from tegata.actors.platform.service import crls
from tegata.pki.crl import newly_revoked, read_crl, removed
from tegata.wire.consents import CERTIFICATE_NOT_VALID, GIVE_TO_OPERATOR, ConsentRecord, SignedStatement
from tegata.wire.four_information import ASK
from tegata.wire.problems import Refused
from tests.actors.jlis.world import Phone, Resident
from tests.actors.platform.world import SERVICE, Operated


def by_phone(operated: Operated, phone: Phone) -> ConsentRecord:
    document = phone.signs(phone.owner.statement(service=SERVICE))
    return operated.bank.call(GIVE_TO_OPERATOR, SignedStatement(document=document))


def refusal(operated: Operated, phone: Phone) -> str:
    with pytest.raises(Refused) as refused:
        by_phone(operated, phone)
    assert refused.value.type is CERTIFICATE_NOT_VALID
    return str(refused.value.detail["cause"])


def listed(operated: Operated, serial: int) -> str | None:
    """The reason for which the operator's list in use has a certificate."""
    known = crls.in_use(operated.node, "sign")
    assert known is not None
    entry = known.crl.lookup(serial)
    return str(entry.reason) if entry else None


def of_card(person: Resident) -> int:
    return person.cards["sign"].serial_number


@pytest.mark.rule("FI-06")
@pytest.mark.rule("SP-04")
@pytest.mark.rule("SP-05")
def test_a_hold_that_vanishes_from_the_list_is_no_fault_and_no_news(operated: Operated) -> None:
    """A phone says nothing about the person's attributes: neither its hold nor its resumption is told."""
    person = operated.holder()
    phone = person.phone().gets()
    consent = by_phone(operated, phone)
    assert consent.serial == of_card(person)
    serial = phone.certificates["sign"].serial_number
    operated.to_next(7, 5)
    before = crls.facts(operated.node, "sign")
    assert before is not None
    operated.jlis.suspends(person)
    operated.to_next(7, 5)
    assert listed(operated, serial) == "certificateHold"
    phone.orders("resume")
    operated.to_next(7, 5)
    assert listed(operated, serial) is None
    after = crls.facts(operated.node, "sign")
    assert after is not None
    assert after.number == before.number + 2
    assert [row.outcome for row in crls.attempts(operated.node, "sign", 3)] == ["accepted"] * 3
    assert [change.kind for change in operated.log()] == ["consent-given"]
    held, gone = (
        read_crl(jlis_crls.one(operated.jlis.node, "sign", "all", number, 1).der).entries
        for number in (after.number - 1, after.number)
    )
    assert [one.serial for one in removed(held, gone)] == [serial]
    assert len(newly_revoked(held, gone)) == 0


@pytest.mark.rule("FI-06")
@pytest.mark.rule("SP-04")
def test_a_cards_hold_is_told_and_so_is_what_it_comes_to(operated: Operated) -> None:
    """Each is an entry of its own, with its own time and reason; the answer waits until there is a new certificate."""
    person = operated.holder()
    consent = operated.consents(person)
    operated.to_next(7, 5)
    operated.jlis.suspends(person, "card")
    operated.to_next(7, 5)
    told = operated.pushed()[-1]
    assert (told.kind, told.reason, told.serial) == ("certificate-revoked", "certificateHold", consent.serial)
    with pytest.raises(Refused) as refused:
        operated.bank.call(ASK, operated.question(consent))
    assert refused.value.detail["reason"] == "certificateHold"
    person.gets("sign")
    operated.to_next(7, 5)
    reasons = [change.reason for change in operated.pushed() if change.kind == "certificate-revoked"]
    assert reasons == ["certificateHold", "superseded"]
    answer = operated.bank.call(ASK, operated.question(consent))
    assert (answer.serial, answer.newer) == (of_card(person), True)


@pytest.mark.rule("FI-07")
@pytest.mark.rule("SP-01")
def test_a_phones_serial_stands_for_its_cards(operated: Operated) -> None:
    """A party that knows a consent by the phone's certificate gets the card's, and nothing counts as newer for that."""
    person = operated.holder()
    phone = person.phone().gets()
    consent = by_phone(operated, phone)
    operated.to_next(9)
    own = phone.certificates["sign"].serial_number
    for happening in (lambda: None, lambda: operated.jlis.suspends(person), lambda: phone.orders("revoke")):
        happening()
        answer = operated.bank.call(ASK, operated.question(consent, known_serial=own, check_method="ocsp"))
        assert (answer.serial, answer.newer, answer.fee_yen) == (of_card(person), False, 0)
    person.moves()
    person.gets("sign")
    answer = operated.bank.call(ASK, operated.question(consent, known_serial=own, check_method="ocsp"))
    assert (answer.serial, answer.newer, answer.fee_yen) == (of_card(person), True, 20)


@pytest.mark.rule("SP-04")
@pytest.mark.rule("SP-05")
def test_a_suspended_phone_consents_no_more_and_a_resumed_one_again(operated: Operated) -> None:
    """Refused from the call on, though the list of the day knows nothing; taken once OCSP knows of the resumption,
    though the list of the day still has the hold.
    """
    person = operated.holder()
    phone = person.phone().gets()
    serial = phone.certificates["sign"].serial_number
    operated.to_next(7, 5)
    assert by_phone(operated, phone).state == "active"
    operated.jlis.suspends(person)
    assert listed(operated, serial) is None
    assert refusal(operated, phone) == "on-hold"
    operated.to_next(7, 5)
    assert listed(operated, serial) == "certificateHold"
    assert refusal(operated, phone) == "on-hold"
    phone.orders("resume")
    operated.to_next(7, 31)
    assert listed(operated, serial) == "certificateHold"
    assert by_phone(operated, phone).state == "active"
    phone.orders("revoke")
    assert refusal(operated, phone) == "revoked"
    operated.to_next(7, 5)
    assert listed(operated, serial) == "cessationOfOperation"
    assert refusal(operated, phone) == "revoked"
