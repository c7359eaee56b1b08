"""Answering OCSP requests (RFC 6960, with the choices of RFC 5019): one responder for one generation of an authority.

Every answer carries thisUpdate and nextUpdate, names the responder by its key, and repeats a nonce. What is not a
request is answered ``malformedRequest``; a request for certificates of other authorities only, ``unauthorized`` (RFC
5019 2.2.3); any request while the data given are not current, ``tryLater``.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Final, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.pki import der
from tegata.pki.crl.times import generalized_time
from tegata.pki.keys import Signer
from tegata.pki.ocsp.request import CertId, MalformedRequest, OcspRequest, key_bits, nonce_extensions, parse_request
from tegata.pki.ocsp.status import Good, Revoked, Status, StatusSource, Unknown


def _error(status: int) -> bytes:
    return der.encode(der.SEQUENCE, der.encode(der.ENUMERATED, bytes((status,))))


MALFORMED_REQUEST: Final = _error(1)
INTERNAL_ERROR: Final = _error(2)
TRY_LATER: Final = _error(3)
UNAUTHORIZED: Final = _error(6)
"""The unsigned answers of RFC 6960 4.2.1, whole."""

_BASIC_RESPONSE_OID: Final = der.encode(der.OBJECT_IDENTIFIER, bytes.fromhex("2b0601050507300101"))
_GOOD: Final = der.encode(der.context(0, constructed=False))
_UNKNOWN: Final = der.encode(der.context(2, constructed=False))


class OcspIssuer(Protocol):
    """The authority that a responder speaks for."""

    @property
    def certificate(self) -> x509.Certificate:
        """Its certificate: CertIDs name it by hashes of its subject and key."""
        ...


class Responder:
    """Signs answers for one authority's certificates, with a certificate of that authority (RFC 6960 4.2.2.2).

    Raises ``ValueError`` where ``signer`` does not hold the key of ``responder_certificate``.
    """

    def __init__(self, authority: OcspIssuer, responder_certificate: x509.Certificate, signer: Signer) -> None:
        key = signer.public_key()
        if responder_certificate.public_key() != key:
            raise ValueError("the signer does not hold the responder certificate's key")
        self.issuer = authority.certificate
        self._signer = signer
        self._algorithm = der.signature_algorithm(key)
        key_hash = hashlib.sha1(key_bits(key), usedforsecurity=False).digest()
        self._responder_id = der.encode(der.context(2), der.encode(der.OCTET_STRING, key_hash))
        self._certificates = b""
        if responder_certificate != self.issuer:
            chain = der.encode(der.SEQUENCE, responder_certificate.public_bytes(Encoding.DER))
            self._certificates = der.encode(der.context(0), chain)

    def answer(
        self, request: bytes, snapshot: StatusSource, *, now: datetime, this_update: datetime, next_update: datetime
    ) -> bytes:
        """The response in DER to a request in DER; any bytes get an answer.

        ``snapshot`` held at ``this_update`` and is to be asked for again at ``next_update``; ``now`` is ``producedAt``.
        """
        try:
            asked = parse_request(request)
        except MalformedRequest:
            return MALFORMED_REQUEST
        if not any(wanted.is_of(self.issuer) for wanted in asked.certificates):
            return UNAUTHORIZED
        if not this_update <= now <= next_update:
            return TRY_LATER
        window = generalized_time(this_update) + der.encode(der.context(0), generalized_time(next_update))
        return self._signed(asked, [self._single(wanted, snapshot, window) for wanted in asked.certificates], now)

    def _single(self, wanted: CertId, snapshot: StatusSource, window: bytes) -> bytes:
        """One SingleResponse; beside certificates of this authority, those of others are unknown."""
        status = snapshot.status(wanted.serial) if wanted.is_of(self.issuer) else Unknown()
        return der.encode(der.SEQUENCE, wanted.encoded, _status(status), window)

    def _signed(self, asked: OcspRequest, singles: list[bytes], now: datetime) -> bytes:
        extensions = b"" if asked.nonce is None else der.encode(der.context(1), nonce_extensions(asked.nonce))
        data = der.encode(
            der.SEQUENCE, self._responder_id, generalized_time(now), der.encode(der.SEQUENCE, *singles), extensions
        )
        signature = der.bit_string(self._signer.sign(data))
        basic = der.encode(der.SEQUENCE, data, self._algorithm, signature, self._certificates)
        response = der.encode(der.SEQUENCE, _BASIC_RESPONSE_OID, der.encode(der.OCTET_STRING, basic))
        return der.encode(der.SEQUENCE, der.encode(der.ENUMERATED, b"\0"), der.encode(der.context(0), response))


def choose_responder(responders: Iterable[Responder], request: bytes) -> Responder | None:
    """Of the responders of several generations, which share a name, the one whose key a request means; or None.

    Raises :class:`~tegata.pki.ocsp.request.MalformedRequest`.
    """
    wanted = parse_request(request).certificates
    return next((one for one in responders if any(each.is_of(one.issuer) for each in wanted)), None)


def _status(status: Status) -> bytes:
    if isinstance(status, Revoked):
        reason = der.encode(der.ENUMERATED, bytes((status.reason.code,)))
        given = der.encode(der.context(0), reason) if status.reason.code else b""
        return der.encode(der.context(1), generalized_time(status.at), given)
    return _GOOD if isinstance(status, Good) else _UNKNOWN
