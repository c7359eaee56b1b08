"""The secure element of a phone, as the phone's own app writes it: keys, certificates, PINs (rule SP-01).

[GAP]: how the app is let into the element is not published. Here it has the issuer's key of this element, derived by
the drawer alone; the municipality's terminal, which knows the keys of cards, opens no phone.
"""

import base64
from collections.abc import Iterable, Mapping

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tegata.card import Card, CardClient, Personaliser
from tegata.node.node import Node
from tegata.node.peers import PEER_MISUNDERSTOOD
from tegata.wire.certificates import Issued, Usage
from tegata.wire.phones import PhoneCertificates
from tegata.wire.problems import Refused


def blank(node: Node, phone_id: str) -> Card:
    """An element as a new phone has it."""
    return Card.blank(_key(node, phone_id), kind="phone")


def with_new_keys(node: Node, phone_id: str, pins: Mapping[Usage, str]) -> Card:
    """An element with two new key pairs (RSA-2048, some 200 ms) and the PINs chosen. Raises ``MalformedPin``."""
    element = blank(node, phone_id)
    app = _opened(node, phone_id, element)
    for usage, pin in pins.items():
        app.set_pin(usage, pin)
        app.generate_key(usage)
    element.reset()
    return element


def public_key(node: Node, phone_id: str, element: Card, usage: Usage) -> bytes:
    """The public key of a pair in the element (DER SubjectPublicKeyInfo)."""
    key = _opened(node, phone_id, element).public_key(usage)
    element.reset()
    return spki(key)


def spki(key: rsa.RSAPublicKey) -> bytes:
    """A public key as an application names it."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def proof(element: Card, usage: Usage, pin: str, payload: bytes) -> str:
    """The proof that the element has the private key: its signature over what is applied for (base64)."""
    signature = CardClient(element.transmit, extended=True).sign(usage, pin, payload)
    element.reset()
    return base64.b64encode(signature).decode()


def write(node: Node, phone_id: str, element: Card, certificates: PhoneCertificates) -> None:
    """Write the certificates that were issued, each beside its key.

    Raises ``Refused`` (peer-misunderstood) where one is for another key, or unreadable: then nothing was written.
    """
    issued: dict[Usage, Issued] = {"auth": certificates.auth, "sign": certificates.sign}
    read = {usage: _read(one) for usage, one in issued.items()}
    for usage, (certificate, _) in read.items():
        key = certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey) or spki(key) != public_key(node, phone_id, element, usage):
            raise Refused(PEER_MISUNDERSTOOD, {"peer": "portal", "cause": "another-key"})
    app = _opened(node, phone_id, element)
    for usage, (certificate, ca) in read.items():
        app.write_certificate(usage, certificate.public_bytes(Encoding.DER))
        app.write_certificate("auth-ca" if usage == "auth" else "sign-ca", ca.public_bytes(Encoding.DER))
    element.reset()


def erase(node: Node, phone_id: str, element: Card, usages: Iterable[Usage]) -> None:
    """Take certificates that were revoked off the phone."""
    app = _opened(node, phone_id, element)
    for usage in usages:
        app.erase_certificate(usage)
    element.reset()


def _opened(node: Node, phone_id: str, element: Card) -> Personaliser:
    app = Personaliser(element.transmit, _key(node, phone_id))
    app.authenticate()
    return app


def _key(node: Node, phone_id: str) -> bytes:
    return node.secret(f"secure element {phone_id}")


def _read(one: Issued) -> tuple[x509.Certificate, x509.Certificate]:
    """The certificate and the CA's."""
    try:
        return _certificate(one.certificate), _certificate(one.ca_certificate)
    except ValueError as error:
        raise Refused(PEER_MISUNDERSTOOD, {"peer": "portal", "cause": "certificate"}) from error


def _certificate(text: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(base64.b64decode(text, validate=True))
