"""Whether a certificate is for the use it is put to: policy, key usage, extended key usage."""

from collections.abc import Set as AbstractSet

from cryptography.x509.oid import ExtendedKeyUsageOID

from tegata.pki.certificates import CertificateRefused
from tegata.pki.profiles import PROFILES, Usage
from tegata.pki.validation.reading import Reading
from tegata.pki.validation.trust import ANY_POLICY

_ANY_PURPOSE = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE.dotted_string


def check_policy(reading: Reading, accepted: AbstractSet[str]) -> None:
    """One of the accepted policies stands in the certificate (RFC 5280 6.1, explicit policy, path of length one)."""
    if ANY_POLICY not in accepted and not reading.policies & (accepted | {ANY_POLICY}):
        raise CertificateRefused("wrong-policy", ", ".join(sorted(reading.policies)) or "none")


def check_key_usage(reading: Reading, usage: Usage) -> None:
    """Every bit of the profile is set and, where purposes are limited, the profile's are among them."""
    profile = PROFILES.of(usage)
    bits = reading.key_usage
    if bits is None or not all(getattr(bits, bit) for bit in profile.key_usage.value):
        raise CertificateRefused("wrong-key-usage", f"needs {', '.join(profile.key_usage.value)}")
    if reading.purposes is None or _ANY_PURPOSE in reading.purposes:
        return
    wanted = profile.extended_key_usage.value
    if not wanted or not reading.purposes.issuperset(wanted):
        raise CertificateRefused("wrong-key-usage", "extended key usage does not allow it")


def check_end_entity(reading: Reading) -> None:
    """An authority's certificate is no person's."""
    if reading.is_authority:
        raise CertificateRefused("wrong-key-usage", "an authority's certificate")
