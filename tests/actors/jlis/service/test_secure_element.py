"""A phone as a secure element: the card's own state machine makes the keys, the proofs and every signature (SP-01)."""

import base64

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tegata.actors.jlis.service import consents, holders, phones
from tegata.card import Card, CardClient, Personaliser
from tegata.pki.documents import sign_document
from tegata.wire.certificates import Usage
from tegata.wire.consents import CERTIFICATE_NOT_VALID, SignedStatement
from tegata.wire.holders import CardLogin, LoginStatement
from tegata.wire.phones import PhoneApplication, PhoneOrder, SignedApplication, SignedOrder
from tegata.wire.problems import Refused
from tests.actors.jlis.world import Resident, World, fresh

ISSUER_KEY = bytes(range(32))
PINS: dict[Usage, str] = {"sign": "ABC123", "auth": "1234"}


class SecureElement:
    """A chip that gives out public keys and signatures, and no private key."""

    def __init__(self) -> None:
        self._card = Card.blank(ISSUER_KEY)
        self.counter = Personaliser(self._card.transmit, ISSUER_KEY)
        self.counter.authenticate()
        self.keys = {usage: self.counter.generate_key(usage) for usage in PINS}
        for usage, pin in PINS.items():
            self.counter.set_pin(usage, pin)
        self.client = CardClient(self._card.transmit)
        self.id = "se." + "0" * 24

    def spki(self, usage: Usage) -> str:
        der = self.keys[usage].public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    def signature(self, usage: Usage, data: bytes) -> bytes:
        return self.client.sign(usage, PINS[usage], data)

    def document(self, usage: Usage, statement: msgspec.Struct) -> str:
        password = PINS[usage] if usage == "sign" else None
        certificate = self.client.read_certificate(usage, password)
        return sign_document(msgspec.json.encode(statement), lambda data: self.signature(usage, data), certificate)


@pytest.fixture
def person(quick_world: World) -> Resident:
    made = quick_world.resident()
    made.gets("auth")
    made.gets("sign")
    return made


@pytest.fixture
def element(quick_world: World, person: Resident) -> SecureElement:
    made = SecureElement()
    application = PhoneApplication(
        application_id=fresh("pa"), phone_id=made.id, model="Tegata One", sign_key=made.spki("sign"),
        auth_key=made.spki("auth"), stated_at=quick_world.now,
    )  # fmt: skip
    payload = msgspec.json.encode(application)
    proofs = {usage: base64.b64encode(made.signature(usage, payload)).decode() for usage in PINS}
    signed = SignedApplication(document=person.signs(payload), sign_proof=proofs["sign"], auth_proof=proofs["auth"])
    got = phones.apply(quick_world.node, signed, "portal")
    made.counter.write_certificate("sign", base64.b64decode(got.sign.certificate))
    made.counter.write_certificate("auth", base64.b64decode(got.auth.certificate))
    return made


def ordered(world: World, element: SecureElement, action: str, occasion: str) -> set[str]:
    order = PhoneOrder(
        order_id=fresh("po"), phone_id=element.id, action=action, usages=["sign", "auth"], occasion=occasion,
        stated_at=world.now,
    )  # fmt: skip
    document = element.document("sign", order)
    return {one.state for one in phones.order(world.node, SignedOrder(document=document), "portal").items}


def logs_in(world: World, element: SecureElement) -> str:
    said = LoginStatement(audience="portal", nonce="n-1", stated_at=world.now)
    login = CardLogin(document=element.document("auth", said), audience="portal", nonce="n-1")
    return holders.identify(world.node, login, "portal").sub


@pytest.mark.rule("SP-01")
@pytest.mark.rule("SP-03")
@pytest.mark.rule("SP-05")
def test_what_the_chip_signed_counts_until_it_is_suspended_and_again_once_resumed(
    quick_world: World, person: Resident, element: SecureElement
) -> None:
    world = quick_world
    sub = logs_in(world, element)
    statement = SignedStatement(document=element.document("sign", person.statement()))
    assert consents.give(world.node, statement, "platform").serial == person.cards["sign"].serial_number
    world.suspends(person)
    for work in (
        lambda: logs_in(world, element),
        lambda: consents.give(
            world.node, SignedStatement(document=element.document("sign", person.statement())), "platform"
        ),
    ):
        with pytest.raises(Refused) as refused:
            work()
        assert refused.value.type is CERTIFICATE_NOT_VALID
    assert ordered(world, element, "resume", "found") == {"valid"}
    assert logs_in(world, element) == sub
    assert ordered(world, element, "revoke", "trade-in") == {"revoked"}
    with pytest.raises(Refused):
        logs_in(world, element)


def test_the_certificates_are_for_the_keys_that_the_chip_made(person: Resident, element: SecureElement) -> None:
    certificates: dict[Usage, x509.Certificate] = {
        "sign": element.client.read_certificate("sign", PINS["sign"]), "auth": element.client.read_certificate("auth"),
    }  # fmt: skip
    for usage, certificate in certificates.items():
        assert certificate.public_key() == element.keys[usage]
        assert certificate.serial_number == person.state(usage, "phone").serial
