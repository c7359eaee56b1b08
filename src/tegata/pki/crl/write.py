"""Signing certificate revocation lists (RFC 5280 5): one a partition, one whole, and the list of revoked authorities.

The result is byte for byte what the ``cryptography`` builder makes of the same entries (a test holds it to that); only
the records are laid out by :mod:`tegata.pki.crl.layout`, so that millions take a fraction of a second.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import BinaryIO, Literal, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from tegata.pki import der
from tegata.pki.crl.entries import RevokedEntries
from tegata.pki.crl.layout import Layout
from tegata.pki.crl.spool import Spool
from tegata.pki.crl.times import encode_time, in_utc
from tegata.pki.keys import Signer

Scope = Literal["user", "authority"]
"""``onlyContainsUserCerts`` or ``onlyContainsCACerts``: the latter makes an ARL."""


class CrlIssuer(Protocol):
    """What signs a CRL: an authority's certificate and its key."""

    @property
    def certificate(self) -> x509.Certificate:
        """The authority's certificate; its subject is the issuer, its key identifier the AKI."""
        ...

    @property
    def signer(self) -> Signer:
        """The authority's key."""
        ...


def write_crl(
    authority: CrlIssuer,
    entries: RevokedEntries,
    *,
    number: int,
    this_update: datetime,
    next_update: datetime,
    partition: x509.Name | None = None,
    only: Scope | None = None,
) -> bytes:
    """A signed CRL in DER.

    ``partition``: the directoryName of the certificates' distribution point, in a critical IDP (RFC 5280 5.2.5); None
    for the whole CRL. ``only``: what kind of certificates are in scope. Raises ``ValueError`` for times out of order or
    without offset and for a number that is negative or above 20 octets.
    """
    out = BytesIO()
    stream_crl(
        out,
        authority,
        entries,
        number=number,
        this_update=this_update,
        next_update=next_update,
        partition=partition,
        only=only,
    )
    return out.getvalue()


def stream_crl(
    out: BinaryIO,
    authority: CrlIssuer,
    entries: RevokedEntries | Spool,
    *,
    number: int,
    this_update: datetime,
    next_update: datetime,
    partition: x509.Name | None = None,
    only: Scope | None = None,
) -> None:
    """As :func:`write_crl`, into a file: a list of any length in the memory of a few chunks."""
    if in_utc(next_update) <= in_utc(this_update):
        raise ValueError("nextUpdate is not after thisUpdate")
    algorithm = der.signature_algorithm(authority.signer.public_key())
    head = b"".join(
        [
            der.integer(1),
            algorithm,
            authority.certificate.subject.public_bytes(),
            encode_time(this_update),
            encode_time(next_update),
        ]
    )
    tbs = _ToBeSigned(head, Layout(entries), _extensions(authority.certificate, number, partition, only))
    _sign_into(out, tbs, algorithm, authority.signer)


class _ToBeSigned:
    """tbsCertList: its ``length`` and its bytes in pieces, the same each time."""

    def __init__(self, head: bytes, records: Layout, tail: bytes) -> None:
        self._records, self._tail = records, tail
        # An empty list is left out: revokedCertificates MUST be absent then (RFC 5280 5.1.2.6).
        list_header = der.header(der.SEQUENCE, records.length) if records.length else b""
        length = len(head) + len(list_header) + records.length + len(tail)
        self._start = der.header(der.SEQUENCE, length) + head + list_header
        self.length = len(self._start) + records.length + len(tail)

    def pieces(self) -> Iterator[bytes | memoryview]:
        yield self._start
        yield from self._records.pieces()
        yield self._tail

    def digest(self) -> bytes:
        digest = hashlib.sha256()
        for piece in self.pieces():
            digest.update(piece)
        return digest.digest()


def _sign_into(out: BinaryIO, tbs: _ToBeSigned, algorithm: bytes, signer: Signer) -> None:
    """Write the outer SEQUENCE, whose header needs the signature's length before the signature can be known.

    An RSA signature is as long as its key; an ECDSA signature varies, so there the records are laid out once before.
    """
    key = signer.public_key()
    signature = b"" if isinstance(key, rsa.RSAPublicKey) else signer.sign_digest(tbs.digest())
    size = key.key_size // 8 if isinstance(key, rsa.RSAPublicKey) else len(signature)
    out.write(der.header(der.SEQUENCE, tbs.length + len(algorithm) + len(der.bit_string(bytes(size)))))
    digest = hashlib.sha256()
    for piece in tbs.pieces():
        digest.update(piece)
        out.write(piece)
    out.write(algorithm + der.bit_string(signature or signer.sign_digest(digest.digest())))


def _extensions(certificate: x509.Certificate, number: int, partition: x509.Name | None, only: Scope | None) -> bytes:
    """AKI, CRL number and, where the list has a partition or a scope, a critical IDP."""
    if not 0 <= number < 1 << 159:
        raise ValueError("a CRL number is not negative and has at most 20 octets")
    key = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    values: list[tuple[x509.ExtensionType, bool]] = [
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key), False),
        (x509.CRLNumber(number), False),
    ]
    if partition is not None or only is not None:
        values.append((issuing_distribution_point(partition, only), True))
    encoded = [_extension(value, critical=critical) for value, critical in values]
    return der.encode(der.context(0), der.encode(der.SEQUENCE, *encoded))


def issuing_distribution_point(partition: x509.Name | None, only: Scope | None) -> x509.IssuingDistributionPoint:
    """The IDP of a partition and a scope, of which at least one is given."""
    return x509.IssuingDistributionPoint(
        full_name=None if partition is None else [x509.DirectoryName(partition)],
        relative_name=None,
        only_contains_user_certs=only == "user",
        only_contains_ca_certs=only == "authority",
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )


def _extension(value: x509.ExtensionType, *, critical: bool) -> bytes:
    *_, arc = (int(part) for part in value.oid.dotted_string.split("."))
    flag = der.encode(der.BOOLEAN, b"\xff") if critical else b""
    content = der.encode(der.OCTET_STRING, value.public_bytes())
    # All three lie directly under id-ce, 2.5.29 (55 1d in DER), with one octet of their own.
    return der.encode(der.SEQUENCE, der.encode(der.OBJECT_IDENTIFIER, bytes((0x55, 0x1D, arc))), flag, content)
