"""A J-LIS for tests, with residents, and holders whose keys sign in software."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tegata.actors.jlis import SPEC
from tegata.actors.jlis.service import callers, consents, holders, issue, phones, residents
from tegata.japan import resident_code
from tegata.japan.four_attributes import FourAttributes
from tegata.node.clock import ManualClock, NetworkClock
from tegata.node.node import Node
from tegata.pki.documents import sign_document
from tegata.pki.keys import SoftwareSigner
from tegata.wire.certificates import Application, CertificateState, Issued, Medium, Usage
from tegata.wire.consents import ConsentRecord, ConsentStatement, SignedStatement, WithdrawalStatement
from tegata.wire.four_information import OperatorQuestion
from tegata.wire.phones import PhoneApplication, PhoneOrder, SignedApplication, SignedOrder
from tegata.wire.residents import Event, ResidentEvent, ResidentReceipt
from tegata.wire.suspensions import CallerAnswers, SuspensionRequest
from tests.support import START, make_node

CHIYODA, SHIBUYA = "131016", "131130"
HANAKO = FourAttributes(
    name="山田　花子", address="東京都千代田区丸の内１丁目１番１号", birth_date="1980-02-17", gender="female"
)
CARD_END = date(2033, 2, 17)
_numbers = count(1)


@cache
def private_key(number: int = 0) -> rsa.RSAPrivateKey:
    """One of a few keys: they take long to make."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def spki(key: Any) -> str:
    """A public key as an application has it."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def fresh(kind: str) -> str:
    """An id that was not used before."""
    return f"{kind}-{next(_numbers)}"


@dataclass
class Resident:
    """A resident and the certificates on their card; ``sequence`` is that of the last event, ``keys`` own keys."""

    world: "World"
    code: str
    attributes: FourAttributes
    municipality: str = CHIYODA
    sequence: int = 0
    cards: dict[Usage, x509.Certificate] = field(default_factory=dict)
    keys: dict[Usage, rsa.RSAPrivateKey] = field(default_factory=dict)

    def event(self, event: Event, attributes: FourAttributes | None, **changes: Any) -> ResidentEvent:
        """The next event, not sent yet."""
        message = ResidentEvent(
            event_id=fresh("e"), resident_code=self.code, municipality_code=self.municipality,
            sequence=self.sequence + 1, event=event, effective_on=self.world.now.date(), recorded_at=self.world.now,
            attributes=attributes,
        )  # fmt: skip
        return msgspec.structs.replace(message, **changes)

    def happens(self, event: Event, attributes: FourAttributes | None, **changes: Any) -> ResidentReceipt:
        """The next event arrives at J-LIS."""
        message = self.event(event, attributes, **changes)
        receipt = residents.take_event(self.world.node, message, "municipality")
        self.sequence, self.attributes = message.sequence, attributes or self.attributes
        self.municipality = message.municipality_code
        return receipt

    def moves(
        self, address: str = "東京都渋谷区神南１丁目１９番１１号", municipality: str = SHIBUYA
    ) -> ResidentReceipt:
        """Moves in at another municipality."""
        moved = msgspec.structs.replace(self.attributes, address=address)
        return self.happens("move_in", moved, municipality_code=municipality)

    def application(self, usage: Usage = "sign", **changes: Any) -> Application:
        """An application for a certificate, not sent yet."""
        message = Application(
            application_id=fresh("a"), resident_code=self.code, municipality_code=self.municipality, usage=usage,
            card_id="card-1", card_expires_on=CARD_END, public_key=spki(self.key(usage)),
        )  # fmt: skip
        return msgspec.structs.replace(message, **changes)

    def gets(self, usage: Usage = "sign", **changes: Any) -> Issued:
        """A certificate is issued for the card."""
        issued = issue.issue(self.world.node, self.application(usage, **changes), "municipality")
        self.cards[usage] = x509.load_der_x509_certificate(base64.b64decode(issued.certificate))
        return issued

    def signs(self, statement: msgspec.Struct | bytes, usage: Usage = "sign") -> str:
        """A signed document."""
        payload = statement if isinstance(statement, bytes) else msgspec.json.encode(statement)
        return sign_document(payload, SoftwareSigner(self.key(usage)).sign, self.cards[usage])

    def key(self, usage: Usage) -> rsa.RSAPrivateKey:
        """The card's key of a usage: the same for all but those whom a test gave one of their own."""
        return self.keys.get(usage, private_key())

    def phone(self, phone_id: str = "") -> "Phone":
        """A phone of theirs, without certificates."""
        return Phone(self, phone_id or f"{fresh('phone')}.{'x' * 22}")

    def calls(self, **changes: Any) -> CallerAnswers:
        """What they answer to a call centre."""
        attributes = self.attributes
        made = CallerAnswers(
            call_id=fresh("call"), name=attributes.name, birth_date=attributes.birth_date, address=attributes.address
        )
        return msgspec.structs.replace(made, **changes)

    def state(self, usage: Usage = "sign", medium: Medium = "card") -> CertificateState:
        """Their newest certificate as J-LIS has it."""
        states = holders.certificates_of_resident(self.world.node, self.code).items
        return [one for one in states if (one.usage, one.medium) == (usage, medium)][-1]

    def statement(self, **changes: Any) -> ConsentStatement:
        """A consent to the bank, not signed yet."""
        made = ConsentStatement(
            statement_id=fresh("s"), relying_party="bank", relying_party_name="てがた銀行", service="accounts",
            service_name="口座", items=["name", "address"], purpose="住所の確認", text="同意します。", reference="r-1",
            stated_at=self.world.now,
        )  # fmt: skip
        return msgspec.structs.replace(made, **changes)

    def consents(self, caller: str = "platform", channel: Any = "relying_party", **changes: Any) -> ConsentRecord:
        """Gives a consent."""
        signed = SignedStatement(document=self.signs(self.statement(**changes)), channel=channel)
        return consents.give(self.world.node, signed, caller)

    def withdrawal(self, consent_id: str, **changes: Any) -> SignedStatement:
        """A signed withdrawal."""
        made = WithdrawalStatement(statement_id=fresh("w"), consent_id=consent_id, stated_at=self.world.now)
        return SignedStatement(document=self.signs(msgspec.structs.replace(made, **changes)))


@dataclass
class Phone:
    """A phone: keys in software, and the certificates that it got."""

    owner: Resident
    phone_id: str
    keys: dict[Usage, rsa.RSAPrivateKey] = field(
        default_factory=lambda: {"sign": private_key(1), "auth": private_key(2)}
    )
    certificates: dict[Usage, x509.Certificate] = field(default_factory=dict)

    def application(self, **changes: Any) -> PhoneApplication:
        """An application, not signed yet."""
        made = PhoneApplication(
            application_id=fresh("pa"), phone_id=self.phone_id, model="Tegata One", sign_key=spki(self.keys["sign"]),
            auth_key=spki(self.keys["auth"]), stated_at=self.owner.world.now,
        )  # fmt: skip
        return msgspec.structs.replace(made, **changes)

    def applies(self, application: PhoneApplication | None = None, document: str = "") -> SignedApplication:
        """An application as the card signs it, with both proofs."""
        payload = msgspec.json.encode(application or self.application())
        return SignedApplication(
            document=document or self.owner.signs(payload), sign_proof=self.proof("sign", payload),
            auth_proof=self.proof("auth", payload),
        )  # fmt: skip

    def proof(self, usage: Usage, payload: bytes) -> str:
        """What proves that the phone holds a key."""
        return base64.b64encode(SoftwareSigner(self.keys[usage]).sign(payload)).decode()

    def gets(self, **changes: Any) -> "Phone":
        """Certificates are issued for the phone."""
        got = phones.apply(self.owner.world.node, self.applies(self.application(**changes)), "portal")
        for usage, issued in (("sign", got.sign), ("auth", got.auth)):
            self.certificates[usage] = x509.load_der_x509_certificate(base64.b64decode(issued.certificate))
        return self

    def signs(self, statement: msgspec.Struct | bytes, usage: Usage = "sign") -> str:
        """A document that the phone signs."""
        payload = statement if isinstance(statement, bytes) else msgspec.json.encode(statement)
        return sign_document(payload, SoftwareSigner(self.keys[usage]).sign, self.certificates[usage])

    def order(self, action: Any, **changes: Any) -> PhoneOrder:
        """An order about this phone, not signed yet."""
        made = PhoneOrder(
            order_id=fresh("po"), phone_id=self.phone_id, action=action, usages=["sign", "auth"],
            occasion="found" if action == "resume" else "trade-in", stated_at=self.owner.world.now,
        )  # fmt: skip
        return msgspec.structs.replace(made, **changes)

    def orders(self, action: Any, **changes: Any) -> list[CertificateState]:
        """An order, signed on the phone, is carried out."""
        return self.carry_out(self.signs(self.order(action, **changes)))

    def carry_out(self, document: str) -> list[CertificateState]:
        """A signed order arrives."""
        return phones.order(self.owner.world.node, SignedOrder(document=document), "portal").items

    def states(self) -> dict[Usage, str]:
        """The state of the newest certificates."""
        return {one.usage: one.state for one in phones.of_phone(self.owner.world.node, self.phone_id).items}

    def consents(self, **changes: Any) -> ConsentRecord:
        """The owner gives a consent with the phone."""
        signed = SignedStatement(document=self.signs(self.owner.statement(**changes)))
        return consents.give(self.owner.world.node, signed, "platform")


@dataclass
class World:
    """A J-LIS at work."""

    node: Node
    clock: NetworkClock
    random: Random = field(default_factory=lambda: Random(1))

    @property
    def now(self) -> datetime:
        """The network's time."""
        return self.clock.now()

    def passes(self, step: timedelta) -> None:
        """Time passes; no job runs."""
        self.clock.advance(step)

    def resident(self, attributes: FourAttributes = HANAKO, municipality: str = CHIYODA) -> Resident:
        """A new resident on record."""
        person = Resident(self, resident_code.make(self.random), attributes, municipality)
        person.happens("registered", attributes)
        return person

    def holder(self, attributes: FourAttributes = HANAKO) -> Resident:
        """A resident with both certificates on the card, and a key of its own for each."""
        person = self.resident(attributes)
        person.keys["auth"] = private_key(3)
        person.gets("auth")
        person.gets("sign")
        return person

    def suspends(self, person: Resident, medium: Medium = "phone") -> list[CertificateState]:
        """The person calls, and what is on that medium is suspended."""
        answers = person.calls()
        found = callers.find(self.node, answers, "call_centre")
        request = SuspensionRequest(call_id=answers.call_id, medium=medium)
        return callers.suspend(self.node, found.sub, request, "call_centre").items

    def question(self, consent: ConsentRecord, **changes: Any) -> OperatorQuestion:
        """A question for a consent's person."""
        made = OperatorQuestion(
            query_id=fresh("q"), relying_party=consent.relying_party, consent_id=consent.consent_id,
            known_serial=consent.serial,
        )  # fmt: skip
        return msgspec.structs.replace(made, **changes)


@contextmanager
def open_world(database_url: str, data_dir: Path, **own: Any) -> Iterator[World]:
    """A J-LIS that is closed at the end; ``own`` are its settings."""
    clock = ManualClock(START)
    node = make_node(SPEC, database_url, clock, data_dir=data_dir, actors={"jlis": own})
    try:
        yield World(node, clock)
    finally:
        node.close()
