"""Distinguished names of the profile: roots, holders, and one CRL distribution point for each municipality.

CountryName is a PrintableString and every other attribute a UTF8String, as on real certificates.
"""

from collections.abc import Mapping

from cryptography import x509
from cryptography.x509.oid import NameOID

from tegata.japan.municipalities import Municipality
from tegata.pki.profiles import PROFILES, Parts, Usage

_ATTRIBUTES: Mapping[str, x509.ObjectIdentifier] = {
    "C": NameOID.COUNTRY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "L": NameOID.LOCALITY_NAME,
    "CN": NameOID.COMMON_NAME,
}


def distinguished_name(parts: Parts, **values: str) -> x509.Name:
    """A name from (short name, text) pairs, with ``{placeholders}`` of the texts filled from ``values``."""
    return x509.Name([x509.NameAttribute(_ATTRIBUTES[key], text.format(**values)) for key, text in parts])


def root_name(usage: Usage) -> x509.Name:
    """Subject and issuer of a root: one name for all its generations."""
    return distinguished_name(PROFILES.root_name(usage).subject.value)


def root_alternative_name(usage: Usage) -> x509.DirectoryName:
    """The Japanese name of a root: its subjectAltName, and the issuerAltName of what it issues."""
    return x509.DirectoryName(distinguished_name(PROFILES.root_name(usage).alternative.value))


def partition_name(usage: Usage, municipality: Municipality) -> x509.Name:
    """The CRL partition of a municipality: the directoryName of its holders' cRLDistributionPoints."""
    return distinguished_name(PROFILES.of(usage).distribution_point.value, **_of(municipality))


def subject_name(usage: Usage, municipality: Municipality, subject_id: str) -> x509.Name:
    """The subject of a holder's certificate; ``subject_id`` is opaque and unique."""
    return distinguished_name(PROFILES.of(usage).subject.value, subject_id=subject_id, **_of(municipality))


def responder_name(usage: Usage) -> x509.Name:
    """The subject of a delegated OCSP responder: the root's name and a common name below it."""
    parts = [*PROFILES.root_name(usage).subject.value, ("CN", PROFILES.ocsp_responder.common_name.value)]
    return distinguished_name(parts)


def _of(municipality: Municipality) -> dict[str, str]:
    return {
        "prefecture": municipality.prefecture_romaji,
        "city": municipality.name_romaji,
        "code": municipality.code,
    }
