"""A J-LIS whose mood and records the test sets: what the real one answers is its own tests' matter."""

import base64
from dataclasses import dataclass, field
from typing import Any

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy.orm import DeclarativeBase

from tegata.actors import portal
from tegata.node.base import COLUMN_TYPES, metadata_for
from tegata.node.node import Node
from tegata.node.spec import ActorSpec
from tegata.node.web.serving import serve
from tegata.pki.documents import read_document
from tegata.wire import holders, phones
from tegata.wire.certificates import CertificateState, Issued, Usage
from tegata.wire.consents import CERTIFICATE_NOT_VALID, ConsentRecord
from tegata.wire.endpoint import Page
from tegata.wire.holders import Access, CardLogin, CertificateLogin, Holder
from tegata.wire.phones import PhoneCertificates, PhoneOrder, SignedApplication, SignedOrder
from tegata.wire.problems import Refused
from tegata.wire.text import Text
from tests.support import START, TestNetwork

SUB = "holder-1"
PHONE = "phone-0123456789abcdef0123456789abcdef"


def state(serial: int, usage: Usage, **changes: Any) -> CertificateState:
    """A certificate of the card, valid for years, unless changes say else."""
    made = CertificateState(
        serial=serial, usage=usage, card_id="card-1", state="valid", not_before=START,
        not_after=START.replace(year=2028),
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


def on_phone(serial: int, usage: Usage, **changes: Any) -> CertificateState:
    """A certificate of the phone."""
    return state(serial, usage, **{"medium": "phone", "card_id": PHONE, "model": "Model A", **changes})


@dataclass
class Told:
    """What J-LIS was told, and what it answers; ``owners`` are holders by the certificate that they log in with."""

    taken: list[Any] = field(default_factory=list)
    refuses: Refused | None = None
    certificates: list[CertificateState] = field(default_factory=list)
    accesses: list[Access] = field(default_factory=list)
    owners: dict[bytes, str] = field(default_factory=dict)

    def take(self, message: object) -> None:
        """A message has come."""
        self.taken.append(message)
        if self.refuses is not None:
            raise self.refuses

    def revoke(self, order: PhoneOrder) -> None:
        """What the order names is revoked."""
        for place, one in enumerate(self.certificates):
            if one.card_id == order.phone_id and one.usage in order.usages:
                self.certificates[place] = msgspec.structs.replace(
                    one, state="revoked", revoked_at=START, reason="keyCompromise"
                )


class _Base(DeclarativeBase):
    metadata = metadata_for("jlis")
    type_annotation_map = COLUMN_TYPES


def _told(node: Node) -> Told:
    told: Told = node.state.setdefault("told", Told())
    return told


def _issued(serial: int) -> Issued:
    made = base64.b64encode(b"der").decode()
    return Issued(serial=serial, certificate=made, ca_certificate=made, not_before=START, not_after=START)


@serve(phones.PASS_ON_APPLICATION)
def _apply(node: Node, data: SignedApplication) -> PhoneCertificates:
    _told(node).take(data)
    return PhoneCertificates(sign=_issued(41), auth=_issued(42))


@serve(phones.PASS_ON_ORDER)
def _order(node: Node, data: SignedOrder) -> Page[CertificateState]:
    told = _told(node)
    told.take(data)
    told.revoke(msgspec.json.decode(read_document(data.document).payload, type=PhoneOrder))
    return Page(items=[one for one in told.certificates if one.medium == "phone"])


@serve(phones.OF_PHONE)
def _states(node: Node, phone_id: str) -> Page[CertificateState]:
    told = _told(node)
    told.take(phone_id)
    return Page(items=[one for one in told.certificates if one.card_id == phone_id])


@serve(holders.IDENTIFY)
def _identify(node: Node, data: CardLogin) -> Holder:
    told = _told(node)
    told.take(data)
    serial = read_document(data.document).certificate.serial_number
    return Holder(sub=SUB, certificate_serial=serial, authenticated_at=node.clock.now())


@serve(holders.IDENTIFY_BY_CERTIFICATE)
def _identify_by_certificate(node: Node, data: CertificateLogin) -> Holder:
    told = _told(node)
    told.take(data)
    der = base64.b64decode(data.certificate)
    if der not in told.owners:
        raise Refused(CERTIFICATE_NOT_VALID, {"cause": "unknown-serial"})
    serial = x509.load_der_x509_certificate(der).serial_number
    return Holder(sub=told.owners[der], certificate_serial=serial, authenticated_at=node.clock.now())


@serve(holders.CERTIFICATES)
def _certificates(node: Node, sub: str) -> Page[CertificateState]:
    return Page(items=_told(node).certificates)


@serve(holders.CONSENTS)
def _consents(node: Node, sub: str) -> Page[ConsentRecord]:
    return Page(items=[])


@serve(holders.ACCESSES)
def _accesses(node: Node, sub: str) -> Page[Access]:
    return Page(items=_told(node).accesses)


JLIS = ActorSpec(
    name="jlis", title=Text("受信", "Receiver"), role=Text("試験", "Test"), colour="#444444", base=_Base,
    handlers=[
        _apply, _order, _states, _identify, _identify_by_certificate, _certificates, _consents, _accesses,
    ],
)  # fmt: skip
SPECS = (JLIS, portal.SPEC)


def told_of(network: TestNetwork) -> Told:
    """What the network's J-LIS was told, and answers."""
    return _told(network["jlis"])


def der_of(certificate: x509.Certificate) -> bytes:
    """The certificate in DER."""
    return certificate.public_bytes(Encoding.DER)
