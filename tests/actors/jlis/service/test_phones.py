"""A phone's certificates: applied for with the card, revoked and resumed, and what ends with the card's."""

import base64
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from tegata.actors.jlis.service import crls, holders, issue, ocsp, phones, revocations, status
from tegata.node.audit import entry_of
from tegata.node.tables import AuditRow
from tegata.pki.attributes import attributes_of
from tegata.pki.crl import read_crl
from tegata.pki.ocsp import Good, Revoked
from tegata.pki.validation import stated_kind
from tegata.wire.certificates import KEY_NOT_ACCEPTED, RevocationRequest
from tegata.wire.consents import BAD_SIGNATURE, CERTIFICATE_NOT_VALID, WRONG_STATEMENT
from tegata.wire.phones import (
    CARD_CERTIFICATE_ONLY,
    NOT_SUSPENDED,
    NOT_YOUR_PHONE,
    SignedApplication,
    SignedOrder,
)
from tegata.wire.problems import CONFLICT, NOT_FOUND, ProblemType, Refused
from tests.actors.jlis.world import HANAKO, Phone, Resident, World, private_key, spki

DAY = timedelta(days=1)
BOTH = {"sign", "auth"}


@pytest.fixture
def person(world: World) -> Resident:
    return holder(world)


@pytest.fixture
def phone(quick_world: World) -> Phone:
    """A phone with certificates, where the database is not the question."""
    return holder(quick_world).phone().gets()


def holder(world: World) -> Resident:
    made = world.resident()
    made.keys["auth"] = private_key(3)
    made.gets("auth")
    made.gets("sign")
    return made


def refusal(work: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        work()
    return refused.value


def kind(work: Any) -> ProblemType:
    return refusal(work).type


def last_entry(world: World) -> Any:
    with world.node.database.read() as session:
        row = session.scalar(select(AuditRow).order_by(AuditRow.number.desc()).limit(1))
    assert row is not None
    return entry_of(row)


@pytest.mark.rule("SP-01")
def test_a_phone_gets_both_certificates_of_its_own_profile(world: World, person: Resident) -> None:
    phone = person.phone().gets()
    card = person.cards["sign"]
    for usage, certificate in phone.certificates.items():
        made = stated_kind(certificate)
        assert made is not None
        assert (made.usage, made.medium) == (usage, "phone")
        assert certificate.not_valid_after_utc == card.not_valid_after_utc
        name = str(certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
        assert name.endswith("S")
    assert attributes_of(phone.certificates["sign"]).four == HANAKO
    assert HANAKO.name.encode() not in phone.certificates["auth"].public_bytes(Encoding.DER)
    state = person.state("sign", "phone")
    assert (state.medium, state.card_id, state.model, state.state) == ("phone", phone.phone_id, "Tegata One", "valid")
    assert person.state("sign", "card").serial == card.serial_number
    entry = last_entry(world)
    assert (entry.action, entry.who) == ("phone-certificates-issued", "portal")
    assert entry.subject is not None


def test_the_same_application_gets_the_same_answer_and_another_one_a_conflict(world: World, person: Resident) -> None:
    phone = person.phone()
    application = phone.application()
    signed = phone.applies(application)
    first = phones.apply(world.node, signed, "portal")
    assert phones.apply(world.node, signed, "portal") == first
    other = phone.applies(msgspec.structs.replace(application, model="Other"))
    assert kind(lambda: phones.apply(world.node, other, "portal")) is CONFLICT
    assert len(holders.certificates_of_resident(world.node, person.code).items) == 4


@pytest.mark.rule("SP-05")
def test_a_new_phone_ends_the_old_ones_certificates(world: World, person: Resident) -> None:
    old = person.phone().gets()
    new = person.phone().gets()
    assert old.states() == {"sign": "revoked", "auth": "revoked"}
    assert new.states() == {"sign": "valid", "auth": "valid"}
    ended = [one for one in holders.certificates_of_resident(world.node, person.code).items if one.state == "revoked"]
    assert {(one.medium, one.reason) for one in ended} == {("phone", "superseded")}
    assert {one.replaced_by for one in ended} == {new.certificates[usage].serial_number for usage in ("sign", "auth")}
    assert person.state().state == "valid"
    assert kind(lambda: old.orders("revoke")) is CERTIFICATE_NOT_VALID


def test_who_may_not_apply(quick_world: World) -> None:
    world, person = quick_world, holder(quick_world)
    phone = person.phone().gets()
    node = world.node

    def applied(signed: SignedApplication) -> Any:
        return lambda: phones.apply(node, signed, "portal")

    payload = msgspec.json.encode(phone.application())
    own = phone.applies(document=phone.signs(payload))
    assert kind(applied(msgspec.structs.replace(own, sign_proof=phone.proof("sign", payload),
                auth_proof=phone.proof("auth", payload)))) is CARD_CERTIFICATE_ONLY  # fmt: skip
    by_auth = phone.applies(phone.application(), document=person.signs(phone.application(), "auth"))
    assert kind(applied(by_auth)) is BAD_SIGNATURE
    assert kind(applied(phone.applies(phone.application(phone_id="short")))) is WRONG_STATEMENT
    stale = phone.applies()
    world.passes(timedelta(hours=2))
    assert kind(applied(stale)) is WRONG_STATEMENT
    thief = holder(world)
    assert kind(lambda: thief.phone(phone.phone_id).gets()) is NOT_YOUR_PHONE
    person.moves()
    assert kind(applied(person.phone().applies())) is CERTIFICATE_NOT_VALID
    assert last_entry(world).action == "phone-application-refused"


def other_spki(key: Any) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"auth_key": spki(private_key(1))},
        {"sign_key": spki(private_key())},
        {"auth_key": spki(private_key(3))},
        {"sign_key": other_spki(ec.generate_private_key(ec.SECP256R1()))},
        {"sign_key": other_spki(rsa.generate_private_key(public_exponent=3, key_size=2048))},
        {"sign_key": "AAAA"},
        {"sign_key": spki(private_key(2)), "auth_key": spki(private_key(1))},
    ],
    ids=["same-key-twice", "the-cards-sign-key", "the-cards-auth-key", "elliptic", "exponent-3", "no-key", "swapped"],
)
def test_keys_that_are_not_accepted(quick_world: World, changes: dict[str, str]) -> None:
    phone = holder(quick_world).phone()
    assert kind(lambda: phone.gets(**changes)) is KEY_NOT_ACCEPTED
    assert phone.states() == {}


def test_a_key_that_is_the_cards_is_refused_though_it_is_proved(quick_world: World) -> None:
    """The card could sign the proof of its own key: the key is compared, not only the proof."""
    phone = holder(quick_world).phone()
    for usage, own in (("sign", private_key()), ("auth", private_key(3))):
        phone.keys = {"sign": private_key(1), "auth": private_key(2)} | {usage: own}
        refused = refusal(phone.gets)
        assert (refused.type, refused.detail["cause"]) == (KEY_NOT_ACCEPTED, "not-its-own-key")
    phone.keys = {"sign": private_key(1), "auth": private_key(1)}
    assert refusal(phone.gets).detail["cause"] == "not-its-own-key"


def test_proofs_of_another_payload_prove_nothing(quick_world: World) -> None:
    phone = holder(quick_world).phone()
    good = phone.applies()
    for field in ("sign_proof", "auth_proof"):
        for proof in (phone.proof(field.removesuffix("_proof"), b"other"), "", "AAAA"):
            bad = msgspec.structs.replace(good, **{field: proof})
            assert kind(lambda bad=bad: phones.apply(quick_world.node, bad, "portal")) is KEY_NOT_ACCEPTED
    assert phones.apply(quick_world.node, good, "portal").sign.serial


@pytest.mark.rule("SP-03")
@pytest.mark.parametrize(
    ("occasion", "reason"),
    [
        ("trade-in", "cessationOfOperation"),
        ("disposal", "cessationOfOperation"),
        ("repair", "cessationOfOperation"),
        ("no-longer-wanted", "cessationOfOperation"),
        ("lost", "keyCompromise"),
    ],
)
def test_the_phone_revokes_its_own_and_the_card_stays(phone: Phone, occasion: str, reason: str) -> None:
    states = phone.orders("revoke", occasion=occasion)
    assert {(one.usage, one.state, one.reason) for one in states} == {
        ("sign", "revoked", reason),
        ("auth", "revoked", reason),
    }
    assert phone.owner.state().state == "valid"
    entry = last_entry(phone.owner.world)
    assert (entry.action, entry.detail["occasion"]) == ("phone-certificates-revoked", occasion)
    assert entry.detail["signed_by"] == "phone:sign"


def test_a_repeated_order_is_answered_as_before(world: World, person: Resident) -> None:
    """Also where its own certificate ended by it; another content under its id is a conflict."""
    phone = person.phone().gets()
    order = phone.order("revoke", usages=["sign"])
    document = phone.signs(order)
    first = phone.carry_out(document)
    assert phone.states() == {"sign": "revoked", "auth": "valid"}
    phone.carry_out(phone.signs(phone.order("revoke", usages=["auth"]), "auth"))
    world.passes(DAY)
    assert phone.carry_out(document) == first
    other = person.signs(phone.order("revoke", order_id=order.order_id))
    assert kind(lambda: phone.carry_out(other)) is CONFLICT


def test_who_may_order_what(quick_world: World) -> None:
    person = holder(quick_world)
    phone, other = person.phone().gets(), holder(quick_world)
    theirs = other.phone().gets()
    for document in (
        other.signs(phone.order("revoke")),
        theirs.signs(phone.order("revoke")),
        phone.signs(phone.order("revoke"), "auth"),
        phone.signs(phone.order("revoke", usages=["sign"]), "auth"),
        person.signs(phone.order("resume")),
        person.signs(phone.order("revoke"), "auth"),
    ):
        assert kind(lambda document=document: phone.carry_out(document)) is NOT_YOUR_PHONE
    assert phone.states() == {"sign": "valid", "auth": "valid"}
    assert [one.state for one in phone.carry_out(phone.signs(phone.order("revoke", usages=["auth"]), "auth"))] == [
        "revoked"
    ]
    assert phone.states() == {"sign": "valid", "auth": "revoked"}
    assert [one.state for one in phone.carry_out(person.signs(phone.order("revoke")))] == ["revoked", "revoked"]


@pytest.mark.rule("SP-05")
def test_the_card_revokes_without_the_phone_only_while_it_is_valid(quick_world: World) -> None:
    person = holder(quick_world)
    phone = person.phone().gets()
    quick_world.suspends(person, "card")
    assert phone.states() == {"sign": "valid", "auth": "valid"}
    assert kind(lambda: phone.carry_out(person.signs(phone.order("revoke", occasion="lost")))) is CERTIFICATE_NOT_VALID
    assert phone.states() == {"sign": "valid", "auth": "valid"}


def test_orders_that_are_none(phone: Phone) -> None:
    person = phone.owner
    unknown = Phone(person, "p" * 30)
    assert kind(lambda: unknown.carry_out(person.signs(unknown.order("revoke")))) is NOT_FOUND
    assert kind(lambda: phone.orders("revoke", usages=["sign", "sign"])) is WRONG_STATEMENT
    assert kind(lambda: phone.orders("revoke", occasion="found")) is WRONG_STATEMENT
    assert kind(lambda: phone.orders("resume", occasion="repair")) is WRONG_STATEMENT
    assert kind(lambda: phone.orders("resume")) is NOT_SUSPENDED
    assert kind(lambda: phone.carry_out(phone.signs(person.statement()))) is WRONG_STATEMENT
    assert kind(lambda: phone.carry_out(phone.signs(phone.application()))) is WRONG_STATEMENT
    assert kind(lambda: phone.carry_out("a.b.c")) is BAD_SIGNATURE
    signed = phone.signs(phone.order("revoke"))
    forged = signed[:-8] + ("AAAAAAAA" if not signed.endswith("AAAAAAAA") else "BBBBBBBB")
    assert kind(lambda: phone.carry_out(forged)) is BAD_SIGNATURE
    person.world.passes(timedelta(hours=2))
    assert kind(lambda: phone.carry_out(signed)) is WRONG_STATEMENT
    assert phone.states() == {"sign": "valid", "auth": "valid"}


@pytest.mark.rule("SP-04")
@pytest.mark.rule("SP-05")
def test_suspended_and_resumed_in_ocsp_live_snapshot_and_lists(world: World, person: Resident) -> None:
    phone = person.phone().gets()
    serial = phone.certificates["sign"].serial_number
    numbers: list[int] = []

    def listed() -> dict[int, str]:
        world.passes(DAY)
        crls.issue_all(world.node, world.now)
        read = read_crl(crls.newest(world.node, "sign", "all", None).der)
        numbers.append(read.number)
        return {one.serial: str(one.reason) for one in read.entries}

    def told() -> list[str]:
        ocsp.refresh(world.node)
        with world.node.database.read() as session:
            kept = status.snapshot(session, "sign", 1).status(serial)
        live = status.LiveStatus(world.node, "sign").status(serial)
        return [str(one.reason) if isinstance(one, Revoked) else type(one).__name__ for one in (kept, live)]

    assert told() == [Good.__name__] * 2
    assert serial not in listed()
    world.suspends(person)
    assert phone.states() == {"sign": "suspended", "auth": "suspended"}
    assert told() == ["certificateHold"] * 2
    assert listed()[serial] == "certificateHold"
    assert {one.state for one in phone.orders("resume")} == {"valid"}
    assert told() == [Good.__name__] * 2
    assert serial not in listed()
    world.suspends(person)
    assert phone.orders("resume", usages=["sign"])[0].state == "valid"
    assert phone.states() == {"sign": "valid", "auth": "suspended"}
    assert kind(lambda: phone.orders("resume", usages=["sign"])) is NOT_SUSPENDED
    phone.orders("revoke", occasion="trade-in")
    assert told() == ["cessationOfOperation"] * 2
    assert listed()[serial] == "cessationOfOperation"
    assert numbers == [1, 2, 3, 4]


@pytest.mark.rule("SP-04")
def test_a_suspended_phone_signs_nothing_but_orders(quick_world: World) -> None:
    person = holder(quick_world)
    phone = person.phone().gets()
    quick_world.suspends(person)
    assert kind(phone.consents) is CERTIFICATE_NOT_VALID
    by_auth = phone.signs(phone.order("resume", usages=["auth"]), "auth")
    assert phone.carry_out(by_auth)[0].state == "valid"
    phone.orders("resume")
    assert phone.consents().state == "active"


def revoked_at_town(person: Resident, reason: Any, usage: Any = "sign", medium: Any = "card") -> None:
    request = RevocationRequest(
        serial=person.state(usage, medium).serial, usage=usage, municipality_code=person.municipality, reason=reason
    )
    revocations.revoke(person.world.node, request, "municipality")


@pytest.mark.rule("SP-01")
@pytest.mark.parametrize(
    ("happening", "reason"),
    [
        (lambda person: person.moves(), "affiliationChanged"),
        (lambda person: person.happens("death", None), "cessationOfOperation"),
        (lambda person: person.gets("sign"), "superseded"),
        (lambda person: revoked_at_town(person, "keyCompromise"), "keyCompromise"),
        (lambda person: revoked_at_town(person, "cessationOfOperation"), "cessationOfOperation"),
    ],
    ids=["move", "death", "renewal", "lost", "returned"],
)
def test_what_hangs_on_the_card_ends_with_it(phone: Phone, happening: Any, reason: str) -> None:
    happening(phone.owner)
    for usage in ("sign", "auth"):
        state = phone.owner.state(usage, "phone")
        assert (state.state, state.reason) == ("revoked", reason)
    assert kind(lambda: phone.orders("resume")) is CERTIFICATE_NOT_VALID


def test_a_phone_that_is_held_ends_with_the_card_too(phone: Phone) -> None:
    person = phone.owner
    person.world.suspends(person)
    person.moves()
    assert person.state("sign", "phone").reason == "affiliationChanged"


def test_what_does_not_end_a_phones_certificates(phone: Phone) -> None:
    person = phone.owner
    revoked_at_town(person, "certificateHold")
    person.gets("auth")
    assert phone.states() == {"sign": "valid", "auth": "valid"}
    person.gets("sign")
    assert {person.state(usage, "phone").reason for usage in ("sign", "auth")} == {"superseded"}
    again = person.phone().gets()
    assert again.states() == {"sign": "valid", "auth": "valid"}


def test_the_town_revokes_a_phones_certificate_alone(phone: Phone) -> None:
    person = phone.owner
    revoked_at_town(person, "certificateHold", "sign", "phone")
    assert phone.states() == {"sign": "suspended", "auth": "valid"}
    revoked_at_town(person, "keyCompromise", "sign", "phone")
    assert phone.states() == {"sign": "revoked", "auth": "valid"}
    assert person.state().state == "valid"


def test_the_cards_chain_has_no_phone_in_it(phone: Phone) -> None:
    person, node = phone.owner, phone.owner.world.node
    before = person.cards["sign"].serial_number
    issued = issue.issue(node, person.application(), "municipality")
    assert issued.replaces == before
    again = person.gets("sign")
    assert again.replaces == issued.serial
    assert person.phone().gets().certificates["sign"].serial_number > again.serial
    auth = person.cards["auth"].serial_number
    assert person.gets("auth").replaces == auth
    assert person.state().serial == again.serial


def test_a_document_that_another_thread_carried_out_meanwhile(
    quick_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at what was answered and the transaction."""
    phone, node = holder(quick_world).phone(), quick_world.node
    made = phone.application()
    application = phone.applies(made)
    phone.gets(**msgspec.structs.asdict(made))
    order = SignedOrder(document=phone.signs(phone.order("revoke", usages=["auth"])))
    first = phones.apply(node, application, "portal"), phones.order(node, order, "portal")
    monkeypatch.setattr(phones, "_answered", lambda *_: None)
    assert (phones.apply(node, application, "portal"), phones.order(node, order, "portal")) == first
