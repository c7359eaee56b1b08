"""The path of a card certificate: a root and nothing between.

Roots of several generations share one name, so the issuer is found by key identifier (RFC 5280 4.2.1.1) and, where that
does not settle it, by trying the signature. All of RFC 5280 6.1 that can apply to a path of length one is here; name
constraints, policy mapping and path lengths can not, as roots that carry them are refused when trust is set up.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtensionOID, SignatureAlgorithmOID

from tegata.pki.certificates import UNREADABLE, CertificateRefused
from tegata.pki.keys import UnsuitableKey, check_public_key
from tegata.pki.validation.reading import Reading

ACCEPTED_ALGORITHMS = frozenset(
    {
        SignatureAlgorithmOID.RSA_WITH_SHA256,
        SignatureAlgorithmOID.RSA_WITH_SHA384,
        SignatureAlgorithmOID.RSA_WITH_SHA512,
        SignatureAlgorithmOID.ECDSA_WITH_SHA256,
        SignatureAlgorithmOID.ECDSA_WITH_SHA384,
        SignatureAlgorithmOID.ECDSA_WITH_SHA512,
    }
)

PROCESSED = frozenset(
    oid.dotted_string
    for oid in (
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
    )
)
"""The extensions that may be critical, since each is either checked here or read by who uses the certificate."""

Roots = Mapping[bytes, Sequence[Reading]]
"""Roots by their name in DER: names that are equal only after folding case or string type are not looked for here."""


def find_issuer(reading: Reading, roots: Roots) -> Reading:
    """The root that signed the certificate: first those whose key identifier fits, then any other of that name.

    Refuses with ``unknown-issuer`` (no root of that name, or a generation that is not trusted), ``weak-algorithm`` or
    ``bad-signature`` (the key identifier names a trusted root, or no root at all, and no signature fits).
    """
    named = roots.get(reading.issuer.public_bytes(), ())
    if not named:
        raise CertificateRefused("unknown-issuer", "no trusted root has the issuer's name")
    if reading.algorithm not in ACCEPTED_ALGORITHMS:
        raise CertificateRefused("weak-algorithm", reading.algorithm.dotted_string)
    by_key = [root for root in named if root.subject_key == reading.authority_key]
    for root in (*by_key, *(root for root in named if root not in by_key)):
        if _signed_by(reading.certificate, root.certificate):
            return root
    if by_key or reading.authority_key is None:
        raise CertificateRefused("bad-signature", "no root of the issuer's name signed this")
    raise CertificateRefused("unknown-issuer", "a generation of this authority that is not trusted")


def check_time(reading: Reading, issuer: Reading, at: datetime) -> None:
    """The issuer and the certificate are valid at ``at``, both ends included (RFC 5280 4.1.2.5)."""
    if not issuer.not_before <= at <= issuer.not_after:
        raise CertificateRefused("issuer-not-valid", f"the root is valid {issuer.not_before} to {issuer.not_after}")
    if at < reading.not_before:
        raise CertificateRefused("not-yet-valid", f"valid from {reading.not_before}")
    if at > reading.not_after:
        raise CertificateRefused("expired", f"valid to {reading.not_after}")


def check_extensions(reading: Reading) -> None:
    """No critical extension goes unprocessed, and the key is of an accepted kind."""
    unknown = reading.critical - PROCESSED
    if unknown:
        raise CertificateRefused("unknown-critical-extension", ", ".join(sorted(unknown)))
    try:
        check_public_key(reading.certificate.public_key())
    except UnsuitableKey as error:
        raise CertificateRefused("weak-algorithm", str(error)) from error
    except UNREADABLE as error:
        raise CertificateRefused("malformed", str(error)) from error


def index_roots(readings: Iterable[Reading]) -> Roots:
    """Roots by their name, in the given order."""
    roots: dict[bytes, list[Reading]] = {}
    for reading in readings:
        roots.setdefault(reading.certificate.subject.public_bytes(), []).append(reading)
    return roots


def _signed_by(certificate: x509.Certificate, root: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(root)
    except (InvalidSignature, *UNREADABLE):
        return False
    return True
