"""Answering OCSP requests (RFC 6960, with the choices of RFC 5019): one responder for one generation of an authority.

Every answer carries thisUpdate and nextUpdate, names the responder by its key, and repeats a nonce. What is not a
request is answered ``malformedRequest``; a request for certificates of other authorities only, ``unauthorized`` (RFC
5019 2.2.3); any request while the data given are not current, ``tryLater``.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Final, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.pki import der
from tegata.pki.crl.times import generalized_time
from tegata.pki.keys import Signer
from tegata.pki.ocsp.request import (
    CertId,
    MalformedRequest,
    OcspRequest,
    key_bits,
    names_of,
    nonce_extensions,
    parse_request,
)
from tegata.pki.ocsp.status import Good, Revoked, Status, StatusSource, Unknown


def _error(status: int) -> bytes:
    return der.encode(der.SEQUENCE, der.encode(der.ENUMERATED, bytes((status,))))


MALFORMED_REQUEST: Final = _error(1)
INTERNAL_ERROR: Final = _error(2)
TRY_LATER: Final = _error(3)
UNAUTHORIZED: Final = _error(6)
"""The unsigned answers of RFC 6960 4.2.1, whole."""

_BASIC_RESPONSE_OID: Final = der.encode(der.OBJECT_IDENTIFIER, bytes.fromhex("2b0601050507300101"))
_SUCCESSFUL: Final = der.encode(der.ENUMERATED, b"\0")
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

    ``key_hash`` names it in its answers. Raises ``ValueError`` where ``signer`` does not hold the key of
    ``responder_certificate``.
    """

    def __init__(self, authority: OcspIssuer, responder_certificate: x509.Certificate, signer: Signer) -> None:
        key = signer.public_key()
        if responder_certificate.public_key() != key:
            raise ValueError("the signer does not hold the responder certificate's key")
        self.issuer = authority.certificate
        self.certificate = responder_certificate
        self.key_hash = hashlib.sha1(key_bits(key), usedforsecurity=False).digest()
        self._own = names_of(self.issuer)
        self._signer = signer
        self._responder_id = der.encode(der.context(2), der.encode(der.OCTET_STRING, self.key_hash))
        chain = b""
        if responder_certificate != self.issuer:
            listed = der.encode(der.SEQUENCE, responder_certificate.public_bytes(Encoding.DER))
            chain = der.encode(der.context(0), listed)
        self._algorithm = der.signature_algorithm(key)
        self._chain = chain

    def speaks_for(self, wanted: CertId) -> bool:
        """Whether a certificate's issuer is the authority of this responder."""
        return wanted.issuer in self._own

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
        if not any(map(self.speaks_for, asked.certificates)):
            return UNAUTHORIZED
        if not this_update <= now <= next_update:
            return TRY_LATER
        return self.sign(self.singles(asked, snapshot, this_update, next_update), asked.nonce, now)

    def singles(
        self, asked: OcspRequest, snapshot: StatusSource, this_update: datetime, next_update: datetime
    ) -> list[bytes]:
        """A SingleResponse for each certificate; those of other authorities, asked for beside, are unknown."""
        window = _window(this_update, next_update)
        return [self._single(wanted, snapshot, window) for wanted in asked.certificates]

    def _single(self, wanted: CertId, snapshot: StatusSource, window: bytes) -> bytes:
        status = snapshot.status(wanted.serial) if self.speaks_for(wanted) else Unknown()
        return der.encode(der.SEQUENCE, wanted.encoded, _status(status), window)

    def sign(self, singles: Iterable[bytes], nonce: bytes | None, now: datetime) -> bytes:
        """The response around the SingleResponses, produced and signed now."""
        listed = der.encode(der.SEQUENCE, *singles)
        extensions = b"" if nonce is None else der.encode(der.context(1), nonce_extensions(nonce))
        data = der.encode(der.SEQUENCE, self._responder_id, generalized_time(now), listed, extensions)
        signature = der.bit_string(self._signer.sign(data))
        basic = der.encode(der.SEQUENCE, data, self._algorithm, signature, self._chain)
        response = der.encode(der.SEQUENCE, _BASIC_RESPONSE_OID, der.encode(der.OCTET_STRING, basic))
        return der.encode(der.SEQUENCE, _SUCCESSFUL, der.encode(der.context(0), response))


@lru_cache(maxsize=16)
def _window(this_update: datetime, next_update: datetime) -> bytes:
    return generalized_time(this_update) + der.encode(der.context(0), generalized_time(next_update))


def _status(status: Status) -> bytes:
    if isinstance(status, Revoked):
        reason = der.encode(der.ENUMERATED, bytes((status.reason.code,)))
        given = der.encode(der.context(0), reason) if status.reason.code else b""
        return der.encode(der.context(1), generalized_time(status.at), given)
    return _GOOD if isinstance(status, Good) else _UNKNOWN
