"""Whether an OCSP response may be believed (RFC 6960 3.2, RFC 5019 4).

It is checked in this order:

1. it reads as a successful basic response without unknown critical extensions (``malformed``, ``unsuccessful``,
   ``unsupported``);
2. it comes from the issuer itself, or from a responder that the issuer certified for this: signed by the issuer,
   current, EKU OCSPSigning, and nocheck, since its own revocation is not looked up here (``wrong-responder``);
3. that one signed it (``forged``);
4. it repeats the nonce that was sent (``nonce-mismatch``);
5. it answers for the certificate that was asked for: issuer's name, issuer's key and serial (``wrong-certificate``);
6. it is current: ``this_update <= at <= next_update`` (``not-yet``, ``stale``; a response that does not say until
   when it holds is stale).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, get_args

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from tegata.pki.crl import Reason
from tegata.pki.keys import UnsuitableKey, check_public_key
from tegata.pki.ocsp.refused import OcspRefused
from tegata.pki.ocsp.request import HashName, cert_id, issuer_hashes, key_bits, parse_request
from tegata.pki.ocsp.status import Good, Revoked, Status, Unknown

TOLERANCE: Final = timedelta(minutes=1)
"""By how much the clocks of the two sides may differ."""

_STRONG = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)


@dataclass(frozen=True)
class OcspAnswer:
    """What a responder said of one certificate, checked. Times have an offset."""

    serial: int
    status: Status
    this_update: datetime
    next_update: datetime
    produced_at: datetime
    responder: x509.Certificate


def check_response(
    data: bytes,
    asked: x509.Certificate | bytes,
    issuer: x509.Certificate,
    *,
    at: datetime,
    nonce: bytes | None = None,
    tolerance: timedelta = TOLERANCE,
) -> OcspAnswer:
    """Check a response in DER to a question about one certificate of ``issuer``; raises :class:`OcspRefused`.

    ``asked``: the certificate, or the request that was sent, whose nonce then is the one to be repeated.
    """
    answers = check_responses(data, asked, issuer, at=at, nonce=nonce, tolerance=tolerance)
    if len(answers) != 1:
        raise ValueError("the request was for several certificates: check_responses answers for each")
    return answers[0]


def check_responses(
    data: bytes,
    asked: x509.Certificate | bytes,
    issuer: x509.Certificate,
    *,
    at: datetime,
    nonce: bytes | None = None,
    tolerance: timedelta = TOLERANCE,
) -> list[OcspAnswer]:
    """As :func:`check_response` for a request about several certificates: answers in the order of the request."""
    serials, sent = _question(asked)
    response = _successful(data)
    try:
        responder = _responder(response, issuer, at)
        _check_signature(response, responder)
        _check_nonce(response, nonce or sent)
        singles = list(response.responses)
        return [
            _answer(_single(singles, issuer, serial), response, responder, (at - tolerance, at + tolerance))
            for serial in serials
        ]
    except _UNREADABLE as error:
        raise OcspRefused("malformed", str(error)) from error


def _question(asked: x509.Certificate | bytes) -> tuple[list[int], bytes | None]:
    """Serials and nonce; raises ``ValueError`` where one's own request does not read."""
    if isinstance(asked, x509.Certificate):
        return [asked.serial_number], None
    request = parse_request(asked)
    return [wanted.serial for wanted in request.certificates], request.nonce


def _successful(data: bytes) -> ocsp.OCSPResponse:
    try:
        response = ocsp.load_der_ocsp_response(data)
        status = response.response_status
        critical = status is ocsp.OCSPResponseStatus.SUCCESSFUL and any(each.critical for each in response.extensions)
    except _UNREADABLE as error:
        raise OcspRefused("malformed", str(error)) from error
    if status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise OcspRefused("unsuccessful", status.name.lower())
    if critical:
        raise OcspRefused("unsupported", "a critical extension")
    return response


def _responder(response: ocsp.OCSPResponse, issuer: x509.Certificate, at: datetime) -> x509.Certificate:
    """The certificate that the response's responderID means: the issuer's or a delegated one."""
    if _is_named(issuer, response):
        return issuer
    for certificate in response.certificates:
        if _is_named(certificate, response) and _is_delegated(certificate, issuer, at):
            return certificate
    raise OcspRefused("wrong-responder", f"none of {len(response.certificates)} certificates will do")


def _is_named(certificate: x509.Certificate, response: ocsp.OCSPResponse) -> bool:
    if response.responder_name is not None:
        return certificate.subject == response.responder_name
    try:
        key = key_bits(check_public_key(certificate.public_key()))
    except (UnsuitableKey, *_UNREADABLE):
        return False
    return hashlib.sha1(key, usedforsecurity=False).digest() == response.responder_key_hash


def _is_delegated(certificate: x509.Certificate, issuer: x509.Certificate, at: datetime) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        certificate.extensions.get_extension_for_class(x509.OCSPNoCheck)
    except (InvalidSignature, x509.ExtensionNotFound, *_UNREADABLE):
        return False
    current = certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc
    return current and ExtendedKeyUsageOID.OCSP_SIGNING in usages


def _check_signature(response: ocsp.OCSPResponse, responder: x509.Certificate) -> None:
    key, algorithm = responder.public_key(), response.signature_hash_algorithm
    if not isinstance(algorithm, _STRONG):
        raise OcspRefused("unsupported", "a signature that is not over SHA-256, SHA-384 or SHA-512")
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(algorithm))
        else:
            raise OcspRefused("unsupported", f"a signature by {type(key).__name__}")
    except InvalidSignature as error:
        raise OcspRefused("forged") from error


def _check_nonce(response: ocsp.OCSPResponse, sent: bytes | None) -> None:
    if sent is None:
        return
    try:
        repeated = response.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound as error:
        raise OcspRefused("nonce-mismatch", "no nonce in the response") from error
    if repeated != sent:
        raise OcspRefused("nonce-mismatch", "another request's nonce")


def _single(singles: list[ocsp.OCSPSingleResponse], issuer: x509.Certificate, serial: int) -> ocsp.OCSPSingleResponse:
    for single in singles:
        if single.serial_number == serial and _is_of(single, issuer):
            return single
    raise OcspRefused("wrong-certificate", f"no answer for {cert_id(issuer, serial).serial:x}")


def _is_of(single: ocsp.OCSPSingleResponse, issuer: x509.Certificate) -> bool:
    name: HashName | None = next((each for each in get_args(HashName) if each == single.hash_algorithm.name), None)
    return name is not None and issuer_hashes(issuer, name) == (single.issuer_name_hash, single.issuer_key_hash)


def _answer(
    single: ocsp.OCSPSingleResponse,
    response: ocsp.OCSPResponse,
    responder: x509.Certificate,
    between: tuple[datetime, datetime],
) -> OcspAnswer:
    earliest, latest = between
    this_update, next_update, produced = single.this_update_utc, single.next_update_utc, response.produced_at_utc
    if max(this_update, produced) > latest:
        raise OcspRefused("not-yet", f"this update {this_update.isoformat()}, produced {produced.isoformat()}")
    if next_update is None or next_update < earliest:
        raise OcspRefused("stale", f"next update {next_update.isoformat() if next_update else 'not given'}")
    return OcspAnswer(single.serial_number, _status(single), this_update, next_update, produced, responder)


def _status(single: ocsp.OCSPSingleResponse) -> Status:
    if single.certificate_status is ocsp.OCSPCertStatus.GOOD:
        return Good()
    at, reason = single.revocation_time_utc, single.revocation_reason
    if single.certificate_status is ocsp.OCSPCertStatus.UNKNOWN or at is None:
        return Unknown()
    return Revoked(at, Reason(reason.value) if reason is not None else Reason.UNSPECIFIED)
