"""Reading what a person signed with the card: the signature, the certificate behind it, and what was said (FI-02).

1. form, type, algorithm and signature of the document           else consent-signature-invalid
2. the certificate: chain, validity, policy, revocation          else consent-certificate-not-valid (or -invalid)
3. the kind of statement, and its content                        else consent-statement-wrong
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import msgspec
from cryptography import x509

from tegata.node.web.decoding import holds_nul
from tegata.pki.certificates import CertificateRefused
from tegata.pki.documents import DocumentRefused, read_document, verify_document
from tegata.pki.profiles import Usage
from tegata.pki.validation import Revocation, Validator
from tegata.wire.consents import BAD_SIGNATURE, CERTIFICATE_NOT_VALID, WRONG_STATEMENT
from tegata.wire.problems import Refused

StatementT = TypeVar("StatementT", bound=msgspec.Struct)

_NOT_VALID = frozenset({"revoked", "on-hold", "expired", "not-yet-valid", "unknown-serial"})


@dataclass(frozen=True)
class Signed:
    """A verified document: its payload and the certificate that signed it."""

    payload: bytes
    certificate: x509.Certificate

    @property
    def serial(self) -> int:
        """The serial number of the certificate."""
        return self.certificate.serial_number


def certificate_of(document: str) -> x509.Certificate:
    """The certificate that a document names, nothing of it proved. Raises ``Refused`` (consent-signature-invalid)."""
    try:
        return read_document(document).certificate
    except DocumentRefused as refused:
        raise Refused(BAD_SIGNATURE, {"cause": refused.code}) from refused


def verify(validator: Validator, document: str, *, usage: Usage, at: datetime, revocation: Revocation) -> Signed:
    """Steps 1 and 2. Raises ``Refused``."""
    try:
        verified = verify_document(document, validator, usage=usage, at=at, revocation=revocation)
    except DocumentRefused as refused:
        cause = refused.__cause__
        raise _refusal(cause.code if isinstance(cause, CertificateRefused) else refused.code) from refused
    return Signed(verified.payload, verified.certificate)


def verify_certificate(
    validator: Validator, certificate: x509.Certificate, *, usage: Usage, at: datetime, revocation: Revocation
) -> None:
    """Step 2 alone, for a certificate whose private key was proved by other means. Raises ``Refused``."""
    try:
        validator.validate(certificate, usage=usage, at=at, revocation=revocation)
    except CertificateRefused as refused:
        raise _refusal(refused.code) from refused


def _refusal(code: str) -> Refused:
    return Refused(CERTIFICATE_NOT_VALID if code in _NOT_VALID else BAD_SIGNATURE, {"cause": code})


def read(signed: Signed, kind: str, statement_type: type[StatementT]) -> StatementT:
    """Step 3: ``kind`` must stand in the statement, so that no statement serves for another. Raises ``Refused``."""
    try:
        tree = msgspec.json.decode(signed.payload)
        if not isinstance(tree, dict) or tree.get("kind") != kind:
            raise Refused(WRONG_STATEMENT, {"field": "kind"})
        if holds_nul(tree):
            raise Refused(WRONG_STATEMENT, {"cause": "nul"})
        return msgspec.convert(tree, statement_type)
    except msgspec.ValidationError as error:
        raise Refused(WRONG_STATEMENT, {"cause": "invalid"}) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(WRONG_STATEMENT, {"cause": "unreadable"}) from error
