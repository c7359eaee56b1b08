"""Who holds a card: pairwise handles, attributes only by agreement, and the record of access."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.actors.jlis.service import authorities, consents, four_information, holders
from tegata.wire.consents import BAD_SIGNATURE, CERTIFICATE_NOT_VALID, WRONG_STATEMENT
from tegata.wire.endpoint import PageQuery
from tegata.wire.holders import CardLogin, CertificateLogin, Holder, LoginStatement
from tegata.wire.problems import INVALID, NOT_FOUND, ProblemType, Refused
from tests.actors.jlis.world import Resident, World

DAY = timedelta(days=1)


@pytest.fixture
def person(world: World) -> Resident:
    made = world.resident()
    made.gets("sign")
    made.gets("auth")
    return made


def login(person: Resident, usage: Any = "auth", **changes: Any) -> CardLogin:
    said = LoginStatement(audience="portal", nonce="n-1", stated_at=person.world.now)
    fields = {"audience": "portal", "nonce": "n-1", "document": person.signs(said, usage)} | changes
    return CardLogin(**fields)


def identify(person: Resident, caller: str = "portal", **changes: Any) -> Holder:
    return holders.identify(person.world.node, login(person, **changes), caller)


def refusal(person: Resident, message: CardLogin) -> ProblemType:
    with pytest.raises(Refused) as refused:
        holders.identify(person.world.node, message, "portal")
    return refused.value.type


@pytest.mark.rule("FI-09")
def test_a_handle_outlives_reissues_and_is_each_callers_own(world: World, person: Resident) -> None:
    first = identify(person)
    person.gets("auth")
    again = identify(person)
    assert first.sub == again.sub
    assert first.certificate_serial != again.certificate_serial
    assert identify(person, "other-portal").sub != first.sub
    other = world.resident()
    other.gets("auth")
    assert identify(other).sub != first.sub


def test_attributes_leave_only_by_agreement_and_are_recorded(world: World, person: Resident) -> None:
    assert identify(person).attributes is None
    holder = identify(person, with_attributes=True, on_behalf_of="shop")
    assert holder.attributes == person.attributes
    seen = holders.accesses(world.node, holder.sub, PageQuery(), "portal").items
    assert [(access.who, access.items, access.outcome) for access in seen] == [
        ("shop", ["name", "address", "birth_date", "gender"], "given"),
        ("portal", [], "given"),
    ]


def test_a_login_survives_a_move(person: Resident) -> None:
    person.moves()
    assert identify(person, with_attributes=True).attributes == person.attributes


def test_refused_logins(world: World, person: Resident) -> None:
    assert refusal(person, login(person, nonce="n-2")) is WRONG_STATEMENT
    assert refusal(person, login(person, audience="bank")) is WRONG_STATEMENT
    assert refusal(person, login(person, usage="sign")) is BAD_SIGNATURE
    assert refusal(person, login(person, document="a.b.c")) is BAD_SIGNATURE
    assert refusal(person, login(person, on_behalf_of="x" * 81)) is INVALID
    consent = person.signs(person.statement(), "auth")
    assert refusal(person, login(person, document=consent)) is WRONG_STATEMENT
    old = login(person)
    world.passes(timedelta(hours=2))
    assert refusal(person, old) is WRONG_STATEMENT
    person.happens("death", None)
    assert refusal(person, login(person)) is CERTIFICATE_NOT_VALID


def test_a_handle_of_another_caller_finds_nothing(world: World, person: Resident) -> None:
    sub = identify(person).sub
    for look in (
        lambda: holders.certificates(world.node, sub, "other"),
        lambda: holders.consents(world.node, sub, PageQuery(), "other"),
        lambda: holders.accesses(world.node, sub, PageQuery(), "other"),
        lambda: holders.certificates(world.node, "nobody", "portal"),
    ):
        with pytest.raises(Refused) as refused:
            look()
        assert refused.value.type is NOT_FOUND


@pytest.mark.rule("FI-09")
def test_the_person_sees_certificates_and_consents(world: World, person: Resident) -> None:
    sub = identify(person).sub
    old = person.consents(service="one")
    world.passes(DAY)
    new = person.consents(service="two")
    first = holders.consents(world.node, sub, PageQuery(limit=1), "portal")
    assert [record.consent_id for record in first.items] == [new.consent_id]
    rest = holders.consents(world.node, sub, PageQuery(cursor=first.next_cursor), "portal")
    assert ([record.consent_id for record in rest.items], rest.next_cursor) == ([old.consent_id], None)
    assert {state.usage for state in holders.certificates(world.node, sub, "portal").items} == {"sign", "auth"}


@pytest.mark.rule("FI-09")
def test_the_person_sees_who_asked_what_why_and_in_vain(world: World, person: Resident) -> None:
    sub = identify(person).sub
    given = person.consents()
    with pytest.raises(Refused):
        four_information.ask(world.node, world.question(given), "platform")
    world.passes(DAY)
    four_information.ask(world.node, world.question(given), "platform")
    newest = holders.accesses(world.node, sub, PageQuery(limit=2), "portal")
    assert [(one.who, one.who_name, one.purpose, one.basis) for one in newest.items] == [
        ("bank", "てがた銀行", "住所の確認", given.consent_id)
    ] * 2
    assert [(one.outcome, one.items) for one in newest.items] == [
        ("given", ["name", "address"]),
        ("consent-not-yet-valid", []),
    ]
    rest = holders.accesses(world.node, sub, PageQuery(cursor=newest.next_cursor), "portal")
    assert ([one.purpose for one in rest.items], rest.next_cursor) == (["login"], None)


def test_nobody_sees_anothers_record(world: World, person: Resident) -> None:
    other = world.resident()
    other.gets("auth")
    other.gets("sign")
    other.consents()
    sub = identify(person).sub
    assert holders.consents(world.node, sub, PageQuery(), "portal").items == []
    assert len(holders.accesses(world.node, sub, PageQuery(), "portal").items) == 1


@pytest.mark.parametrize("cursor", ["x", "-1", "１", "1e3", "9" * 190])
def test_cursors_that_are_none(quick_world: World, cursor: str) -> None:
    person = quick_world.resident()
    person.gets("auth")
    sub = identify(person).sub
    with pytest.raises(Refused) as refused:
        holders.consents(quick_world.node, sub, PageQuery(cursor=cursor), "portal")
    assert refused.value.type is INVALID
    if cursor.isdecimal() and cursor.isascii():
        assert holders.accesses(quick_world.node, sub, PageQuery(cursor=cursor), "portal").items
    else:
        with pytest.raises(Refused) as refused:
            holders.accesses(quick_world.node, sub, PageQuery(cursor=cursor), "portal")
        assert refused.value.type is INVALID


def test_a_withdrawal_is_seen(world: World, person: Resident) -> None:
    sub = identify(person).sub
    given = person.consents()
    consents.withdraw(world.node, given.consent_id, person.withdrawal(given.consent_id), "portal")
    assert [one.state for one in holders.consents(world.node, sub, PageQuery(), "portal").items] == ["withdrawn"]


def by_certificate(person: Resident, certificate: x509.Certificate | str, **changes: Any) -> Holder:
    if not isinstance(certificate, str):
        certificate = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
    message = CertificateLogin(certificate=certificate, **changes)
    return holders.identify_by_certificate(person.world.node, message, "portal")


def test_a_login_by_tls_certificate_is_the_same_persons(world: World, person: Resident) -> None:
    by_statement = identify(person)
    holder = by_certificate(person, person.cards["auth"], with_attributes=True, on_behalf_of="shop")
    assert (holder.sub, holder.certificate_serial) == (by_statement.sub, by_statement.certificate_serial)
    assert holder.attributes == person.attributes
    assert by_certificate(person, person.cards["auth"]).attributes is None
    seen = holders.accesses(world.node, holder.sub, PageQuery(), "portal").items
    assert [(one.who, one.basis, len(one.items)) for one in seen] == [
        ("portal", "card", 0),
        ("shop", "card", 4),
        ("portal", "card", 0),
    ]


@pytest.mark.rule("SP-01")
@pytest.mark.rule("SP-04")
def test_a_phone_logs_in_as_the_card_does(world: World, person: Resident) -> None:
    phone = person.phone().gets()
    said = LoginStatement(audience="portal", nonce="n-1", stated_at=world.now)
    message = CardLogin(document=phone.signs(said, "auth"), audience="portal", nonce="n-1")
    sub = identify(person).sub
    assert holders.identify(world.node, message, "portal").sub == sub
    assert by_certificate(person, phone.certificates["auth"]).sub == sub
    bases = [one.basis for one in holders.accesses(world.node, sub, PageQuery(), "portal").items]
    assert bases == ["phone", "phone", "card"]
    world.suspends(person)
    assert refusal(person, message) is CERTIFICATE_NOT_VALID
    with pytest.raises(Refused) as refused:
        by_certificate(person, phone.certificates["auth"])
    assert (refused.value.type, refused.value.detail) == (CERTIFICATE_NOT_VALID, {"cause": "on-hold"})
    assert identify(person).sub == sub
    phone.orders("resume")
    assert holders.identify(world.node, message, "portal").sub == sub


def test_certificates_that_do_not_log_in(quick_world: World) -> None:
    world = quick_world
    made = world.resident()
    made.gets("sign")
    made.gets("auth")
    old = made.cards["auth"]
    signed_by_itself = authorities.newest(world.node, "auth").authority.certificate
    for certificate in (made.cards["sign"], signed_by_itself, "AAAA", "", "x", "=", "A" * 400_000):
        with pytest.raises(Refused) as refused:
            by_certificate(made, certificate)
        assert refused.value.type is BAD_SIGNATURE
    with pytest.raises(Refused) as refused:
        by_certificate(made, old, on_behalf_of="x" * 81)
    assert refused.value.type is INVALID
    made.gets("auth")
    with pytest.raises(Refused) as refused:
        by_certificate(made, old)
    assert refused.value.type is CERTIFICATE_NOT_VALID
    world.passes(timedelta(days=6 * 365))
    with pytest.raises(Refused) as refused:
        by_certificate(made, made.cards["auth"])
    assert refused.value.detail == {"cause": "expired"}
