"""OCSP requests (RFC 6960 4.1): the certificates asked for and a nonce (RFC 8954), in DER or as the text of a GET.

``cryptography`` reads no request for several certificates, so they are read and written here.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias
from urllib.parse import quote, unquote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tegata.pki import der
from tegata.pki.der import DerError
from tegata.pki.keys import PublicKey, check_public_key

HashName = Literal["sha1", "sha256"]

MOST_REQUEST_BYTES: Final = 65_536
MOST_CERTIFICATES: Final = 100
NONCE_LENGTHS: Final = range(1, 33)
"""RFC 8954 2.1: a nonce of another length is answered with malformedRequest."""

NONCE_OID: Final = der.encode(der.OBJECT_IDENTIFIER, bytes.fromhex("2b0601050507300102"))
_ALGORITHMS: Final[dict[bytes, HashName]] = {
    bytes.fromhex("2b0e03021a"): "sha1",
    bytes.fromhex("608648016503040201"): "sha256",
}


class MalformedRequest(ValueError):
    """Not an OCSP request, or one beyond the limits: the answer to it is ``malformedRequest``."""


class CertId(NamedTuple):
    """A certificate as RFC 6960 4.1.1 names it. ``algorithm`` is None for a hash that is not understood here.

    ``encoded`` is the whole CertID in DER: the answer repeats it as it came.
    """

    algorithm: HashName | None
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial: int
    encoded: bytes

    @property
    def issuer(self) -> "IssuerNamed":
        """The authority meant, as it is named here."""
        return self[:3]


IssuerNamed: TypeAlias = tuple[HashName | None, bytes, bytes]
"""The hash, and by it an authority's name and key: generations share a name, not a key."""


class OcspRequest(NamedTuple):
    """What a request asks: at least one certificate, and the nonce that the answer is to repeat."""

    certificates: tuple[CertId, ...]
    nonce: bytes | None


def build_request(
    certificate: x509.Certificate | int | Sequence[x509.Certificate | int],
    issuer: x509.Certificate,
    nonce: bytes | None = None,
    *,
    algorithm: HashName = "sha1",
) -> bytes:
    """A request in DER for one or several certificates of one issuer, each given itself or by its serial number.

    SHA-1 names the issuer by default, as RFC 5019 2.1.1 has it: it identifies here, and protects nothing. Raises
    ``ValueError`` for no or too many certificates and a nonce that is not 1 to 32 bytes long.
    """
    certificates = [certificate] if isinstance(certificate, x509.Certificate | int) else certificate
    if not 1 <= len(certificates) <= MOST_CERTIFICATES:
        raise ValueError(f"a request is for 1 to {MOST_CERTIFICATES} certificates")
    serials = [each if isinstance(each, int) else each.serial_number for each in certificates]
    wanted = [der.encode(der.SEQUENCE, cert_id(issuer, serial, algorithm).encoded) for serial in serials]
    extensions = b"" if nonce is None else der.encode(der.context(2), nonce_extensions(nonce))
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, *wanted), extensions))


def cert_id(issuer: x509.Certificate, serial: int, algorithm: HashName = "sha1") -> CertId:
    """The CertID of an issuer's certificate."""
    name_hash, key_hash = issuer_hashes(issuer, algorithm)
    oid = next(oid for oid, name in _ALGORITHMS.items() if name == algorithm)
    encoded = der.encode(
        der.SEQUENCE,
        der.encode(der.SEQUENCE, der.encode(der.OBJECT_IDENTIFIER, oid), der.encode(der.NULL)),
        der.encode(der.OCTET_STRING, name_hash),
        der.encode(der.OCTET_STRING, key_hash),
        der.integer(serial),
    )
    return CertId(algorithm, name_hash, key_hash, serial, encoded)


@lru_cache(maxsize=256)
def issuer_hashes(issuer: x509.Certificate, algorithm: HashName) -> tuple[bytes, bytes]:
    """Hashes of an authority's name and of its public key without algorithm and unused bits."""
    key = key_bits(check_public_key(issuer.public_key()))
    return _hash(algorithm, issuer.subject.public_bytes()), _hash(algorithm, key)


def names_of(issuer: x509.Certificate) -> frozenset[IssuerNamed]:
    """How a CertID may name an authority: by either hash."""
    return frozenset((algorithm, *issuer_hashes(issuer, algorithm)) for algorithm in _ALGORITHMS.values())


def key_bits(key: PublicKey) -> bytes:
    """The content of a key's ``subjectPublicKey`` BIT STRING, whose hash names it in OCSP."""
    info = der.Reader(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).enter(der.SEQUENCE)
    info.read(der.SEQUENCE)
    return info.content(der.BIT_STRING)[1:]


def nonce_extensions(nonce: bytes) -> bytes:
    """Extensions that hold a nonce only."""
    if len(nonce) not in NONCE_LENGTHS:
        raise ValueError("a nonce has 1 to 32 bytes")
    value = der.encode(der.OCTET_STRING, der.encode(der.OCTET_STRING, nonce))
    return der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, NONCE_OID, value))


def parse_request(data: bytes) -> OcspRequest:
    """Read a request; raises :class:`MalformedRequest`.

    A requestor's name and signature are passed over: the answers here are the same for everyone who may ask.
    """
    if len(data) > MOST_REQUEST_BYTES:
        raise MalformedRequest(f"more than {MOST_REQUEST_BYTES} bytes")
    try:
        return _request(der.Reader(data))
    except DerError as error:
        raise MalformedRequest(str(error)) from error


def encode_get(request: bytes) -> str:
    """What follows the responder's URL and a slash in a GET (RFC 6960 A.1)."""
    return quote(base64.b64encode(request).decode(), safe="")


def decode_get(path: str) -> bytes:
    """The request in a GET's path, that is what follows the responder's URL; raises :class:`MalformedRequest`.

    Takes it percent-encoded or already decoded, with the usual or the URL-safe alphabet, with or without padding: all
    of these are sent. A slash before it is none of its own: DER begins with 0x30, base64 of that with ``M``.
    """
    if len(path) > 2 * MOST_REQUEST_BYTES:
        raise MalformedRequest("a path that is too long")
    text = unquote(path.lstrip("/")).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedRequest(str(error)) from error


def _hash(algorithm: HashName, data: bytes) -> bytes:
    return hashlib.new(algorithm, data, usedforsecurity=False).digest()


def _request(outer: der.Reader) -> OcspRequest:
    request = outer.enter(der.SEQUENCE)
    outer.finish()
    tbs = request.enter(der.SEQUENCE)
    request.optional(der.context(0))
    request.finish()
    version = tbs.optional(der.context(0))
    if version is not None and tbs.inside(version).integer() != 0:
        raise DerError("not a version 1 request")
    tbs.optional(der.context(1))
    certificates = tuple(_wanted(tbs.enter(der.SEQUENCE)))
    nonce = _nonce(tbs, der.context(2))
    tbs.finish()
    return OcspRequest(certificates, nonce)


def _wanted(listed: der.Reader) -> list[CertId]:
    wanted: list[CertId] = []
    while listed.peek() is not None:
        if len(wanted) == MOST_CERTIFICATES:
            raise DerError(f"more than {MOST_CERTIFICATES} certificates")
        single = listed.enter(der.SEQUENCE)
        wanted.append(_cert_id(single, single.read(der.SEQUENCE)))
        _nonce(single, der.context(0))
        single.finish()
    if not wanted:
        raise DerError("a request for no certificate")
    return wanted


def _cert_id(reader: der.Reader, element: der.Element) -> CertId:
    content = reader.inside(element)
    algorithm = content.enter(der.SEQUENCE)
    oid = algorithm.content(der.OBJECT_IDENTIFIER)
    name_hash, key_hash = content.content(der.OCTET_STRING), content.content(der.OCTET_STRING)
    serial = content.integer()
    content.finish()
    return CertId(_ALGORITHMS.get(oid), name_hash, key_hash, serial, reader.bytes_of(element, whole=True))


def _nonce(reader: der.Reader, tag: int) -> bytes | None:
    """The nonce of optional extensions; others are passed over unless they are critical (RFC 6960 4.4)."""
    wrapped = reader.optional(tag)
    if wrapped is None:
        return None
    nonce: bytes | None = None
    inside = reader.inside(wrapped)
    extensions = inside.enter(der.SEQUENCE)
    inside.finish()
    while extensions.peek() is not None:
        extension = extensions.enter(der.SEQUENCE)
        oid = extension.bytes_of(extension.read(der.OBJECT_IDENTIFIER), whole=True)
        critical = extension.boolean()
        value = extension.enter(der.OCTET_STRING)
        extension.finish()
        if oid != NONCE_OID and critical:
            raise DerError("a critical extension that is not understood")
        if oid == NONCE_OID:
            nonce = _only_nonce(value, nonce)
    return nonce


def _only_nonce(value: der.Reader, earlier: bytes | None) -> bytes:
    nonce = value.content(der.OCTET_STRING)
    value.finish()
    if earlier is not None or len(nonce) not in NONCE_LENGTHS:
        raise DerError("two nonces, or one that is not 1 to 32 bytes long")
    return nonce
