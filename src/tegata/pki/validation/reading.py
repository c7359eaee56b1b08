"""What validation needs from a certificate, read once. A part that can not be read makes the whole malformed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from cryptography import x509

from tegata.pki.certificates import UNREADABLE, CertificateRefused, check_form

ExtensionT = TypeVar("ExtensionT", bound=x509.ExtensionType)


@dataclass(frozen=True)
class Reading:
    """The facts of one certificate. ``algorithm`` is that of its signature; ``purposes`` is None without an EKU."""

    certificate: x509.Certificate
    issuer: x509.Name
    serial: int
    algorithm: x509.ObjectIdentifier
    not_before: datetime
    not_after: datetime
    extensions: frozenset[str]
    critical: frozenset[str]
    policies: frozenset[str]
    key_usage: x509.KeyUsage | None
    purposes: frozenset[str] | None
    authority_key: bytes | None
    subject_key: bytes | None
    partitions: tuple[x509.Name, ...]
    is_authority: bool


def read(certificate: x509.Certificate) -> Reading:
    """Read everything that is decided on; raises :class:`CertificateRefused` (``malformed``)."""
    try:
        check_form(certificate)
        return _read(certificate)
    except (*UNREADABLE, Warning) as error:
        raise CertificateRefused("malformed", str(error)) from error


def _read(certificate: x509.Certificate) -> Reading:
    extensions = certificate.extensions
    policies = _value(extensions, x509.CertificatePolicies)
    purposes = _value(extensions, x509.ExtendedKeyUsage)
    authority_key = _value(extensions, x509.AuthorityKeyIdentifier)
    subject_key = _value(extensions, x509.SubjectKeyIdentifier)
    constraints = _value(extensions, x509.BasicConstraints)
    return Reading(
        certificate=certificate,
        issuer=certificate.issuer,
        serial=certificate.serial_number,
        algorithm=certificate.signature_algorithm_oid,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        extensions=frozenset(extension.oid.dotted_string for extension in extensions),
        critical=frozenset(extension.oid.dotted_string for extension in extensions if extension.critical),
        policies=frozenset(policy.policy_identifier.dotted_string for policy in policies or ()),
        key_usage=_value(extensions, x509.KeyUsage),
        purposes=None if purposes is None else frozenset(purpose.dotted_string for purpose in purposes),
        authority_key=authority_key.key_identifier if authority_key else None,
        subject_key=subject_key.digest if subject_key else None,
        partitions=tuple(_partitions(_value(extensions, x509.CRLDistributionPoints) or ())),
        is_authority=constraints is not None and constraints.ca,
    )


def _value(extensions: x509.Extensions, kind: type[ExtensionT]) -> ExtensionT | None:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _partitions(points: Iterable[x509.DistributionPoint]) -> Iterable[x509.Name]:
    for point in points:
        for name in point.full_name or ():
            if isinstance(name, x509.DirectoryName):
                yield name.value
