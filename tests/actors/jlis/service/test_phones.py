"""A phone's certificates are applied for with the card (SP-01)."""

import base64
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tegata.actors.jlis.service import holders, phones
from tegata.pki.attributes import attributes_of
from tegata.pki.validation import stated_kind
from tegata.wire.certificates import KEY_NOT_ACCEPTED
from tegata.wire.consents import BAD_SIGNATURE, CERTIFICATE_NOT_VALID, WRONG_STATEMENT
from tegata.wire.phones import (
    CARD_CERTIFICATE_ONLY,
    NOT_YOUR_PHONE,
    SignedApplication,
    SignedOrder,
)
from tegata.wire.problems import CONFLICT
from tests.actors.jlis.outcomes import kind, last_entry, refusal
from tests.actors.jlis.world import HANAKO, Resident, World, private_key, spki

DAY = timedelta(days=1)


@pytest.fixture
def person(world: World) -> Resident:
    return world.holder()


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


def test_the_same_application_gets_the_same_answer_and_another_one_a_conflict(quick_world: World) -> None:
    world, person = quick_world, quick_world.holder()
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
    world, person = quick_world, quick_world.holder()
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
    thief = world.holder()
    assert kind(lambda: thief.phone(phone.phone_id).gets()) is NOT_YOUR_PHONE
    person.moves()
    assert kind(applied(person.phone().applies())) is CERTIFICATE_NOT_VALID
    assert last_entry(world).action == "phone-application-refused"


def other_spki(key: Any) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def test_keys_that_are_not_accepted(quick_world: World) -> None:
    phone = quick_world.holder().phone()
    bad: dict[str, dict[str, str]] = {
        "the same twice": {"auth_key": spki(private_key(1))},
        "the card's signature key": {"sign_key": spki(private_key())},
        "the card's authentication key": {"auth_key": spki(private_key(3))},
        "elliptic": {"sign_key": other_spki(ec.generate_private_key(ec.SECP256R1()))},
        "exponent 3": {"sign_key": other_spki(rsa.generate_private_key(public_exponent=3, key_size=2048))},
        "no key": {"sign_key": "AAAA"},
        "swapped": {"sign_key": spki(private_key(2)), "auth_key": spki(private_key(1))},
    }
    for case, changes in bad.items():
        assert kind(lambda changes=changes: phone.gets(**changes)) is KEY_NOT_ACCEPTED, case
    assert phone.states() == {}


def test_a_key_that_is_the_cards_is_refused_though_it_is_proved(quick_world: World) -> None:
    """The card could sign the proof of its own key: the key is compared, not only the proof."""
    phone = quick_world.holder().phone()
    for usage, own in (("sign", private_key()), ("auth", private_key(3))):
        phone.keys = {"sign": private_key(1), "auth": private_key(2)} | {usage: own}
        refused = refusal(phone.gets)
        assert (refused.type, refused.detail["cause"]) == (KEY_NOT_ACCEPTED, "not-its-own-key")
    phone.keys = {"sign": private_key(1), "auth": private_key(1)}
    assert refusal(phone.gets).detail["cause"] == "not-its-own-key"


def test_proofs_of_another_payload_prove_nothing(quick_world: World) -> None:
    phone = quick_world.holder().phone()
    good = phone.applies()
    for field in ("sign_proof", "auth_proof"):
        for proof in (phone.proof(field.removesuffix("_proof"), b"other"), "", "AAAA"):
            bad = msgspec.structs.replace(good, **{field: proof})
            assert kind(lambda bad=bad: phones.apply(quick_world.node, bad, "portal")) is KEY_NOT_ACCEPTED
    assert phones.apply(quick_world.node, good, "portal").sign.serial


PAYLOADS = (
    b"null",
    b"[]",
    b"\xff\xfe",
    b"[" * 5000,
    b'{"kind": "phone-application"}',
    b'{"kind": "phone-order"}',
    b'{"kind": "consent"}',
)


def test_payloads_and_fields_that_are_no_application(quick_world: World) -> None:
    phone, node = quick_world.holder().phone(), quick_world.node
    for payload in PAYLOADS:
        signed = phone.applies(document=phone.owner.signs(payload))
        assert kind(lambda signed=signed: phones.apply(node, signed, "portal")) is WRONG_STATEMENT, payload[:40]
    fields: list[dict[str, str]] = [
        {"model": "One\0"},
        {"model": "x" * 401},
        {"phone_id": "p" * 81},
        {"phone_id": "p/" * 20},
        {"sign_key": "ä"},
    ]
    for changes in fields:
        assert kind(lambda changes=changes: phone.gets(**changes)) is WRONG_STATEMENT, changes
    assert kind(lambda: phones.apply(node, phone.applies(document="a..c"), "portal")) is BAD_SIGNATURE
    assert phone.states() == {}


def test_both_certificates_or_none(quick_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails halfway leaves the old phone's certificates as they were, and can be sent again."""
    person, node = quick_world.holder(), quick_world.node
    old, phone = person.phone().gets(), person.phone()
    signed, certify = phone.applies(), phones.issue.certify

    def fails_for_auth(generation: Any, *args: Any, **rest: Any) -> Any:
        if generation.authority.usage == "auth":
            raise RuntimeError("the signer is gone")
        return certify(generation, *args, **rest)

    with monkeypatch.context() as broken:
        broken.setattr(phones.issue, "certify", fails_for_auth)
        with pytest.raises(RuntimeError):
            phones.apply(node, signed, "portal")
    assert phone.states() == {}
    assert old.states() == {"sign": "valid", "auth": "valid"}
    phones.apply(node, signed, "portal")
    assert phone.states() == {"sign": "valid", "auth": "valid"}
    assert old.states() == {"sign": "revoked", "auth": "revoked"}


def test_a_document_that_another_thread_carried_out_meanwhile(
    quick_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at what was answered and the transaction."""
    phone, node = quick_world.holder().phone(), quick_world.node
    made = phone.application()
    application = phone.applies(made)
    phone.gets(**msgspec.structs.asdict(made))
    order = SignedOrder(document=phone.signs(phone.order("revoke", usages=["auth"])))
    first = phones.apply(node, application, "portal"), phones.order(node, order, "portal")
    monkeypatch.setattr(phones, "_answered", lambda *_: None)
    assert (phones.apply(node, application, "portal"), phones.order(node, order, "portal")) == first
