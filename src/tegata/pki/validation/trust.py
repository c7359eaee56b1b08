"""What a relying party trusts: roots, policies, and where the CRL of each distribution point's name is found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtensionOID

from tegata.pki.certificates import UNREADABLE, CertificateRefused
from tegata.pki.keys import UnsuitableKey, check_public_key
from tegata.pki.profiles import MEDIA, PROFILES, USAGES, Medium, Usage
from tegata.pki.validation.reading import Reading, read

ANY_POLICY = "2.5.29.32.0"

OWN_POLICIES: Mapping[Usage, frozenset[str]] = {
    usage: frozenset(PROFILES.policies(usage, medium).policy.value for medium in MEDIA) for usage in USAGES
}
"""The policies under which this network issues, for cards and for phones."""

REAL_POLICIES: Mapping[Usage, frozenset[str]] = {
    usage: frozenset(one for medium in MEDIA for one in PROFILES.policies(usage, medium).real_policies.value)
    for usage in USAGES
}
"""The policies of the real authorities, for who validates real certificates."""


class Kind(NamedTuple):
    """What a certificate is for, and what holds its key."""

    usage: Usage
    medium: Medium


KINDS: Mapping[str, Kind] = {
    policy: Kind(usage, medium)
    for usage in USAGES
    for medium in MEDIA
    for profile in (PROFILES.policies(usage, medium),)
    for policy in (profile.policy.value, *profile.real_policies.value)
}
"""What each policy stands for, our own and the real ones."""

_PROCESSED_IN_ROOT = {ExtensionOID.KEY_USAGE.dotted_string, ExtensionOID.BASIC_CONSTRAINTS.dotted_string}
_CONSTRAINING = {
    ExtensionOID.NAME_CONSTRAINTS.dotted_string,
    ExtensionOID.POLICY_CONSTRAINTS.dotted_string,
    ExtensionOID.POLICY_MAPPINGS.dotted_string,
    ExtensionOID.INHIBIT_ANY_POLICY.dotted_string,
}


class UnsuitableRoot(ValueError):
    """A certificate can not serve as a root: not an authority, broken, or with constraints that would go unchecked."""


@dataclass(frozen=True)
class Trust:
    """The settings of validation.

    ``roots``: every generation that is trusted, also those that share a name. ``policies``: accepted policies a usage;
    :data:`ANY_POLICY` accepts all. ``crldp``: from a distribution point's directoryName to the URL of its CRL, as these
    names carry none. ``intermediates``: authorities between a root and a holder; JPKI has none.
    """

    roots: Sequence[x509.Certificate]
    policies: Mapping[Usage, frozenset[str]] = field(default_factory=lambda: OWN_POLICIES)
    crldp: Mapping[x509.Name, str] = field(default_factory=dict)
    intermediates: Sequence[x509.Certificate] = ()

    def crl_url(self, certificate: x509.Certificate) -> str | None:
        """Where the CRL for this certificate is found, or None for a name that is not in :attr:`crldp`."""
        return next((self.crldp[name] for name in read(certificate).partitions if name in self.crldp), None)


def kind_of(reading: Reading) -> Kind | None:
    """What a certificate says that it is, by its policies; None for policies that are not of the profiles."""
    return next((KINDS[policy] for policy in sorted(reading.policies) if policy in KINDS), None)


def stated_kind(certificate: x509.Certificate) -> Kind | None:
    """What a certificate says that it is, nothing proved; raises :class:`CertificateRefused` (``malformed``)."""
    return kind_of(read(certificate))


def read_root(certificate: x509.Certificate) -> Reading:
    """The facts of a root; raises :class:`UnsuitableRoot`."""
    try:
        reading = read(certificate)
        check_public_key(certificate.public_key())
    except (CertificateRefused, UnsuitableKey, *UNREADABLE) as error:
        raise UnsuitableRoot(str(error)) from error
    if not reading.is_authority or reading.key_usage is None or not reading.key_usage.key_cert_sign:
        raise UnsuitableRoot("not an authority: CA:TRUE and keyCertSign are needed")
    unprocessed = reading.critical - _PROCESSED_IN_ROOT | reading.extensions & _CONSTRAINING
    if unprocessed:
        raise UnsuitableRoot(f"constraints that would go unchecked: {', '.join(sorted(unprocessed))}")
    _check_own_signature(certificate)
    return reading


def _check_own_signature(certificate: x509.Certificate) -> None:
    if certificate.subject != certificate.issuer:
        return
    try:
        certificate.verify_directly_issued_by(certificate)
    except (InvalidSignature, *UNREADABLE) as error:
        raise UnsuitableRoot("its own signature is wrong") from error
