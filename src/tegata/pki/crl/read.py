"""Reading CRLs (RFC 5280 5). Nothing here checks a signature; :mod:`tegata.pki.crl.verify` does.

What surrounds the list of entries is parsed by ``cryptography``, from a copy of the CRL with the list cut out; the list
itself, which can have millions of records, by :mod:`tegata.pki.crl.scan`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from cryptography import x509

from tegata.pki import der
from tegata.pki.crl.entries import Revocation, RevokedEntries
from tegata.pki.crl.fields import UnknownCriticalExtension
from tegata.pki.crl.records import MOST_OCTETS
from tegata.pki.crl.refused import CrlRefused
from tegata.pki.crl.scan import WINDOW, Span, scan
from tegata.pki.crl.write import Scope
from tegata.pki.der import DerError

E = TypeVar("E", bound=x509.ExtensionType)

_UNDERSTOOD = {
    x509.AuthorityKeyIdentifier.oid,
    x509.CRLNumber.oid,
    x509.IssuingDistributionPoint.oid,
}


@dataclass(frozen=True, eq=False)
class RevocationList:
    """A complete CRL: what it says of itself, and its entries.

    ``partition``: the directoryName of its IDP, None for the whole list; ``only``: the kind of certificates in scope,
    None for both. Times have an offset.
    """

    issuer: x509.Name
    number: int
    this_update: datetime
    next_update: datetime
    partition: x509.Name | None
    only: Scope | None
    authority_key_identifier: bytes | None
    entries: RevokedEntries

    def lookup(self, serial: int) -> Revocation | None:
        """The revocation of a serial of this list's issuer, or None where it is not listed."""
        return self.entries.lookup(serial)


@dataclass(frozen=True, eq=False)
class Envelope:
    """A CRL whose entries have not been looked at.

    ``without_entries`` is what it says of itself, ``crl`` the copy that this was parsed from; ``to_be_signed`` and
    ``records`` say where in ``data`` the signed bytes and its entries are.
    """

    data: der.Octets
    without_entries: RevocationList
    crl: x509.CertificateRevocationList
    to_be_signed: Span
    records: Span

    def chunks(self, window: int = WINDOW) -> Iterator[RevokedEntries]:
        """The entries, as :func:`~tegata.pki.crl.scan.scan` gives them."""
        return scan(self.data, self.records, window)

    def revocation_list(self) -> RevocationList:
        """Read the entries; raises :class:`CrlRefused` with ``malformed`` or ``unsupported``."""
        with refusing():
            return replace(self.without_entries, entries=RevokedEntries.joined(self.chunks()))


def read_crl(data: bytes) -> RevocationList:
    """Read a CRL in DER; raises :class:`CrlRefused` with ``truncated``, ``malformed`` or ``unsupported``.

    The signature is not checked: :func:`~tegata.pki.crl.verify.verify_crl` is for lists that come from elsewhere.
    """
    return open_crl(memoryview(data)).revocation_list()


@contextmanager
def refusing() -> Iterator[None]:
    """Turns what the bytes of a list can be wrong in into :class:`CrlRefused`."""
    try:
        yield
    except UnknownCriticalExtension as error:
        raise CrlRefused("unsupported", str(error)) from error
    except DerError as error:
        raise CrlRefused("truncated" if error.truncated else "malformed", str(error)) from error
    except (ValueError, TypeError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise CrlRefused("malformed", str(error)) from error


def open_crl(data: der.Octets) -> Envelope:
    """Read all but the entries; raises :class:`CrlRefused`."""
    with refusing():
        return _open(data)


def _open(data: der.Octets) -> Envelope:
    outer = der.Reader(data)
    crl = outer.enter(der.SEQUENCE)
    outer.finish()
    tbs = crl.read(der.SEQUENCE)
    algorithm = _piece(crl, crl.read(der.SEQUENCE))
    signature = _piece(crl, crl.read(der.BIT_STRING))
    crl.finish()
    head, records, tail = _parts(crl.inside(tbs), algorithm)
    skeleton = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, head, tail), algorithm, signature)
    parsed = x509.load_der_x509_crl(skeleton)
    return Envelope(data, _without_entries(parsed), parsed, Span(tbs.start, tbs.end), records)


def _piece(reader: der.Reader, element: der.Element) -> bytes:
    """An element of what surrounds the list, with its header; only the list itself is long."""
    if element.end - element.start > MOST_OCTETS:
        raise DerError(f"an element of {element.end - element.start} bytes where a short one should be")
    return reader.bytes_of(element, whole=True)


def _without_entries(crl: x509.CertificateRevocationList) -> RevocationList:
    """All fields but the entries. Several are parsed only when asked for, and may raise then."""
    _refuse_unknown(crl)
    partition, only = _scope(crl)
    number, key = _extension(crl, x509.CRLNumber), _extension(crl, x509.AuthorityKeyIdentifier)
    next_update = crl.next_update_utc
    if number is None or next_update is None:
        raise CrlRefused("unsupported", "no CRL number (RFC 5280 5.2.3) or no nextUpdate (5.1.2.5)")
    return RevocationList(
        issuer=crl.issuer,
        number=number.crl_number,
        this_update=crl.last_update_utc,
        next_update=next_update,
        partition=partition,
        only=only,
        authority_key_identifier=None if key is None else key.key_identifier,
        entries=RevokedEntries.empty(),
    )


def _parts(tbs: der.Reader, algorithm: bytes) -> tuple[bytes, Span, bytes]:
    """The bytes of tbsCertList before its entries, where their bytes are, and what follows them."""
    if tbs.peek() != der.INTEGER or tbs.integer() != 1:
        raise CrlRefused("unsupported", "not a version 2 CRL")
    if _piece(tbs, tbs.read(der.SEQUENCE)) != algorithm:
        raise DerError("two signature algorithms (RFC 5280 5.1.1.2)")
    head = [der.integer(1), algorithm, _piece(tbs, tbs.read(der.SEQUENCE))]
    for _ in range(2):
        tag = tbs.peek()
        if tag in {der.UTC_TIME, der.GENERALIZED_TIME}:
            head.append(_piece(tbs, tbs.read(tag)))
    listed = tbs.optional(der.SEQUENCE)
    extensions = tbs.optional(der.context(0))
    tbs.finish()
    if listed is not None and listed.body == listed.end:
        raise DerError("an empty list, which must be left out (RFC 5280 5.1.2.6)")
    records = Span(0, 0) if listed is None else Span(listed.body, listed.end)
    return b"".join(head), records, _piece(tbs, extensions) if extensions is not None else b""


def _refuse_unknown(crl: x509.CertificateRevocationList) -> None:
    for extension in crl.extensions:
        if extension.critical and extension.oid not in _UNDERSTOOD:
            raise CrlRefused("unsupported", f"critical extension {extension.oid.dotted_string}")


def _extension(crl: x509.CertificateRevocationList, kind: type[E]) -> E | None:
    try:
        return crl.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _scope(crl: x509.CertificateRevocationList) -> tuple[x509.Name | None, Scope | None]:
    """Partition and kind of certificates of the IDP; other restrictions are refused (RFC 5280 5.2.5)."""
    point = _extension(crl, x509.IssuingDistributionPoint)
    if point is None:
        return None, None
    if point.indirect_crl or point.only_contains_attribute_certs or point.only_some_reasons or point.relative_name:
        raise CrlRefused("unsupported", "an indirect CRL, or one of some reasons or of attribute certificates")
    only: Scope | None = (
        "user" if point.only_contains_user_certs else "authority" if point.only_contains_ca_certs else None
    )
    if point.full_name is None:
        return None, only
    names = [name.value for name in point.full_name if isinstance(name, x509.DirectoryName)]
    if len(names) != 1:
        raise CrlRefused("unsupported", "a distribution point without one directoryName")
    return names[0], only
