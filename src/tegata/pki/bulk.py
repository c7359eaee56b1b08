"""Card certificates by the million: laid out from parts that many have in common, then signed.

The same bytes as :class:`~tegata.pki.authority.Authority` makes of the same facts (RFC 5280 4.1, X.690 DER). What the
certificates of one usage, of one municipality and of one key share is encoded once, by the same names and extensions;
only serial, times, holder and signature are made for each.
"""

from datetime import datetime
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509.oid import ExtensionOID, NameOID

from tegata.japan.four_attributes import FourAttributes
from tegata.japan.municipalities import Municipality
from tegata.pki import der, names
from tegata.pki.attributes import ordered_texts
from tegata.pki.authority import Authority, Extensions, card_serial, key_identifier, utc_second
from tegata.pki.keys import check_public_key
from tegata.pki.profiles import PROFILES, Medium

_UTF8_STRING: Final = 0x0C
_SET: Final = 0x31
_VERSION_3: Final = der.encode(der.context(0), der.integer(2))
_FIRST_YEAR, _GENERALIZED_FROM = 1950, 2050
_STAND_IN = "the subject's id"


class _Place(NamedTuple):
    """One municipality's: the subject before and after its id, and the extensions from issuerAltName on."""

    before: bytes
    after: bytes
    extensions: bytes


class _Key(NamedTuple):
    """One key's: subjectPublicKeyInfo, and subjectKeyIdentifier as an extension."""

    info: bytes
    identifier: bytes


class BulkIssuer:
    """Issues the certificates of one generation of a root on one medium."""

    def __init__(self, authority: Authority, medium: Medium = "card") -> None:
        self.authority = authority
        self._algorithm = der.signature_algorithm(authority.signer.public_key())
        self._begin = self._algorithm + authority.certificate.subject.public_bytes()
        self._usage = _encoded(authority.usage_extensions(medium))
        self._places: dict[str, _Place] = {}
        self._keys: dict[bytes, _Key] = {}
        self._times: dict[datetime, bytes] = {}

    def issue(
        self,
        serial: int,
        spki: bytes,
        municipality: Municipality,
        not_before: datetime,
        not_after: datetime,
        subject_id: str,
        attributes: FourAttributes | None = None,
    ) -> bytes:
        """A certificate, DER; ``spki`` is the public key as DER, ``attributes`` are for a signature certificate only.

        Raises what ``Authority.issue_sign`` and ``issue_auth`` raise.
        """
        if (attributes is not None) != (self.authority.usage == "sign"):
            raise ValueError("a signature certificate has the four attributes, an authentication certificate none")
        place = self._places.get(municipality.code) or self._place(municipality)
        key = self._keys.get(spki) or self._key(spki)
        own = b"" if attributes is None else _alternative_name(attributes)
        tbs = der.encode(
            der.SEQUENCE, _VERSION_3, der.integer(card_serial(serial)), self._begin,
            self._validity(not_before, not_after),
            der.encode(der.SEQUENCE, place.before, _common_name(subject_id), place.after), key.info,
            der.encode(der.context(3), der.encode(
                der.SEQUENCE, self._usage, own, place.extensions, key.identifier)),
        )  # fmt: skip
        return der.encode(der.SEQUENCE, tbs, self._algorithm, der.bit_string(self.authority.signer.sign(tbs)))

    def _place(self, municipality: Municipality) -> _Place:
        subject = names.subject_name(self.authority.usage, municipality, _STAND_IN).public_bytes()
        whole = der.Reader(subject).content(der.SEQUENCE)
        before, found, after = whole.partition(_common_name(_STAND_IN))
        assert found, "the profile has the id as the common name"
        made = _Place(before, after, _encoded(self.authority.place_extensions(municipality)))
        self._places[municipality.code] = made
        return made

    def _key(self, spki: bytes) -> _Key:
        key = check_public_key(load_der_public_key(spki))
        made = _Key(spki, _encoded([key_identifier(key)]))
        self._keys[spki] = made
        return made

    def _validity(self, not_before: datetime, not_after: datetime) -> bytes:
        if not_after < not_before:
            raise ValueError("a certificate can not end before it begins")
        return der.encode(der.SEQUENCE, self._time(not_before), self._time(not_after))

    def _time(self, moment: datetime) -> bytes:
        known = self._times.get(moment)
        if known is None:
            if len(self._times) >= _MOST_TIMES:
                self._times.clear()
            known = self._times[moment] = _time(utc_second(moment))
        return known


_MOST_TIMES = 10_000


def _time(moment: datetime) -> bytes:
    """UTCTime to the end of 2049, GeneralizedTime from then on (RFC 5280 4.1.2.5)."""
    if moment.year < _FIRST_YEAR:
        raise ValueError(f"a certificate is of {_FIRST_YEAR} or later")
    if moment.year < _GENERALIZED_FROM:
        return der.encode(der.UTC_TIME, f"{moment:%y%m%d%H%M%SZ}".encode())
    return der.encode(der.GENERALIZED_TIME, f"{moment:%Y%m%d%H%M%SZ}".encode())


def _oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    return der.encode(der.OBJECT_IDENTIFIER, b"".join(_base_128(arc) for arc in (40 * first + second, *rest)))


def _base_128(arc: int) -> bytes:
    octets = [arc & 0x7F]
    while arc := arc >> 7:
        octets.append(0x80 | arc & 0x7F)
    return bytes(reversed(octets))


_COMMON_NAME = _oid(NameOID.COMMON_NAME.dotted_string)
_SUBJECT_ALTERNATIVE_NAME = _oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME.dotted_string)
_OTHER_NAMES = {kind: _oid(sourced.value) for kind, sourced in PROFILES.other_names.oid.items()}
_TRUE = der.encode(der.BOOLEAN, b"\xff")


def _common_name(text: str) -> bytes:
    """A RelativeDistinguishedName of one CN."""
    value = der.encode(_UTF8_STRING, text.encode())
    return der.encode(_SET, der.encode(der.SEQUENCE, _COMMON_NAME, value))


def _alternative_name(attributes: FourAttributes) -> bytes:
    """The subjectAltName with the six otherNames: [0] {type, [0] UTF8String}."""
    own = b"".join(
        der.encode(
            der.context(0), _OTHER_NAMES[kind],
            der.encode(der.context(0), der.encode(_UTF8_STRING, text.encode())),
        )
        for kind, text in ordered_texts(attributes)
    )  # fmt: skip
    value = der.encode(der.OCTET_STRING, der.encode(der.SEQUENCE, own))
    return der.encode(der.SEQUENCE, _SUBJECT_ALTERNATIVE_NAME, value)


def _encoded(extensions: Extensions) -> bytes:
    return b"".join(
        der.encode(
            der.SEQUENCE, _oid(extension.oid.dotted_string), _TRUE if critical else b"",
            der.encode(der.OCTET_STRING, extension.public_bytes()),
        )
        for extension, critical in extensions
    )  # fmt: skip
