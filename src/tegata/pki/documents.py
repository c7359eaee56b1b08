"""Signed documents: a JWS in compact form (RFC 7515) with the signer's certificate in ``x5c``.

The signature itself is made elsewhere, by a card that never gives out its key, so :func:`sign_document` takes a
callable. ``typ`` names what kind of document it is and must match when it is verified (RFC 8725 3.11), so that a
signature given for one purpose serves no other.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import RSAKey
from joserfc.util import urlsafe_b64encode

from tegata.pki.certificates import UNREADABLE, load_certificate
from tegata.pki.profiles import Usage
from tegata.pki.refusals import Advice, Refused
from tegata.pki.validation import CertificateRefused, Revocation, Validated, Validator

DOCUMENT_TYPE = "tegata-document+jws"
"""The ``typ`` of a document whose caller names no other."""

ALGORITHM = "RS256"

_AGAIN = ("もう一度、カードで署名してください。", "Sign again with the card.")


class DocumentRefused(Refused):
    """A signed document is not accepted. Codes: the keys of :attr:`ADVICE`; the certificate's refusal is the cause."""

    ADVICE: ClassVar[Mapping[str, Advice]] = {
        "malformed": Advice(
            "署名された文書の形が正しくありません。", "This is not a well-formed signed document.", *_AGAIN
        ),
        "too-large": Advice("署名された文書が大きすぎます。", "The signed document is too large.", *_AGAIN),
        "wrong-algorithm": Advice("この署名方式は使えません。", "This signature algorithm is not accepted.", *_AGAIN),
        "wrong-type": Advice(
            "別の種類の文書です。",
            "This is a document of another kind.",
            "正しい文書を送ってください。",
            "Send the right document.",
        ),
        "forged": Advice(
            "署名が文書または証明書と合いません。",
            "The signature does not fit the document and the certificate.",
            *_AGAIN,
        ),
        "certificate-refused": Advice(
            "署名に使われた証明書が有効ではありません。",
            "The certificate of this signature is not accepted.",
            "証明書の状態を確認してください。",
            "Check the state of the certificate.",
        ),
    }


class _Registry(jws.JWSRegistry):
    """Only RS256, and room for a certificate in the header. Sizes in bytes of the encoded parts."""

    max_header_length = 32_000
    max_payload_length = 2_000_000


_REGISTRY = _Registry(algorithms=[ALGORITHM])


@dataclass(frozen=True)
class UnverifiedDocument:
    """What a document says of itself; nothing of it is proved."""

    payload: bytes
    certificate: x509.Certificate
    header: dict[str, Any]
    compact: jws.CompactSignature


@dataclass(frozen=True)
class VerifiedDocument:
    """A document whose signature fits and whose certificate was accepted at the given time."""

    payload: bytes
    certificate: x509.Certificate
    validated: Validated


def sign_document(
    payload: bytes, sign: Callable[[bytes], bytes], certificate: x509.Certificate, *, typ: str = DOCUMENT_TYPE
) -> str:
    """The payload as a JWS. ``sign`` gets the signing input and returns its RSA PKCS#1 v1.5 signature with SHA-256."""
    der = certificate.public_bytes(serialization.Encoding.DER)
    header = {"alg": ALGORITHM, "typ": typ, "x5c": [base64.b64encode(der).decode("ascii")]}
    encoded = json.dumps(header, separators=(",", ":")).encode("ascii")
    signing_input = urlsafe_b64encode(encoded) + b"." + urlsafe_b64encode(payload)
    return (signing_input + b"." + urlsafe_b64encode(sign(signing_input))).decode("ascii")


def read_document(document: str | bytes) -> UnverifiedDocument:
    """Take a document apart without trusting it; raises :class:`DocumentRefused` where it has not the right form."""
    try:
        raw = document.encode("ascii") if isinstance(document, str) else document
        compact = jws.extract_compact(raw, registry=_REGISTRY)
        header = compact.headers()
        _REGISTRY.check_header(header)
        if not compact.segments["payload"] or header.keys() & {"b64", "crit"}:
            raise DocumentRefused("malformed", "the payload must be inside, and no header is critical here")
        certificate = _signer(header)
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise _unreadable(error) from error
    return UnverifiedDocument(compact.payload, certificate, dict(header), compact)


def verify_document(
    document: str | bytes,
    validator: Validator,
    *,
    usage: Usage,
    at: datetime,
    revocation: Revocation,
    typ: str = DOCUMENT_TYPE,
) -> VerifiedDocument:
    """Verify a document that a person signed; raises :class:`DocumentRefused`.

    1. Its form: three parts, one certificate, no critical header.
    2. Its type and algorithm are the expected ones.
    3. The signature fits the certificate's key.
    4. The certificate is accepted for ``usage`` at ``at`` (:meth:`Validator.validate`).
    """
    # 1. form
    unverified = read_document(document)
    # 2. type and algorithm
    if unverified.header["alg"] != ALGORITHM:
        raise DocumentRefused("wrong-algorithm", str(unverified.header["alg"]))
    if unverified.header.get("typ") != typ:
        raise DocumentRefused("wrong-type", f"expected {typ}")
    # 3. signature
    _check_signature(unverified)
    # 4. certificate
    try:
        validated = validator.validate(unverified.certificate, usage=usage, at=at, revocation=revocation)
    except CertificateRefused as refused:
        raise DocumentRefused("certificate-refused", refused.code) from refused
    return VerifiedDocument(unverified.payload, unverified.certificate, validated)


def _signer(header: dict[str, Any]) -> x509.Certificate:
    chain = header.get("x5c")
    if not isinstance(chain, list) or len(chain) != 1:
        raise DocumentRefused("malformed", "x5c holds one certificate, the signer's")
    try:
        return load_certificate(base64.b64decode(chain[0], validate=True))
    except (binascii.Error, CertificateRefused) as error:
        raise DocumentRefused("malformed", "x5c is not a certificate in base64") from error


def _unreadable(error: Exception) -> DocumentRefused:
    if isinstance(error, JoseError) and error.error == "exceeded_size":
        return DocumentRefused("too-large", str(error))
    return DocumentRefused("malformed", type(error).__name__)


def _check_signature(document: UnverifiedDocument) -> None:
    try:
        public_key = document.certificate.public_key()
    except UNREADABLE as error:
        raise DocumentRefused("malformed", "the certificate's key") from error
    if not isinstance(public_key, rsa.RSAPublicKey):
        raise DocumentRefused("wrong-algorithm", "the certificate's key is not RSA")
    pem = public_key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    try:
        if not jws.validate_compact(document.compact, RSAKey.import_key(pem), registry=_REGISTRY):
            raise DocumentRefused("forged")
    except BadSignatureError as error:
        raise DocumentRefused("forged") from error
