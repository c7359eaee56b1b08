"""Where a relying party learns whether a certificate is revoked. Each way answers for one certificate at one time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from tegata.pki.certificates import CertificateRefused
from tegata.pki.crl import Reason, RevocationList
from tegata.pki.validation.reading import Reading

_FRESHEST_CRL = ExtensionOID.FRESHEST_CRL.dotted_string


class DirectRevocation(Protocol):
    """A way to check a certificate that a root issued itself."""

    def check(self, reading: Reading, issuer: x509.Certificate, at: datetime) -> datetime | None:
        """Refuse a revoked or unknown certificate; otherwise tell the time of the information (None: as of ``at``)."""
        ...


@dataclass(frozen=True)
class ByCrl:
    """Lists that :func:`~tegata.pki.crl.verify_crl` accepted; one of them must cover the certificate's partition.

    A certificate that points to delta lists is refused, since what a delta adds would be missed.
    """

    lists: tuple[RevocationList, ...]

    def __init__(self, *lists: RevocationList) -> None:
        object.__setattr__(self, "lists", lists)

    def check(self, reading: Reading, issuer: x509.Certificate, at: datetime) -> datetime:
        """Look the serial up in every list that covers the certificate and is current at ``at``."""
        if _FRESHEST_CRL in reading.extensions:
            raise CertificateRefused("revocation-unknown", "delta lists are only processed by ByRevocationData")
        covering = [
            one for one in self.lists if _covers(one, reading, issuer) and one.this_update <= at <= one.next_update
        ]
        if not covering:
            raise CertificateRefused("revocation-unknown", "no current list covers this certificate")
        for one in covering:
            entry = one.lookup(reading.serial)
            if entry is not None:
                raise revoked(entry.at, entry.reason)
        return max(one.this_update for one in covering)


@dataclass(frozen=True)
class AsKnownLater:
    """Judges an earlier time by what is known at ``known_at``: what was revoked only afterwards was not revoked then.

    A list or a response says since when a certificate is revoked, so the newest one answers for all times before it.
    A certificate that had expired by ``known_at`` may have left the lists (RFC 5280 3.3): nothing is known about it.
    """

    source: DirectRevocation
    known_at: datetime

    def check(self, reading: Reading, issuer: x509.Certificate, at: datetime) -> datetime | None:
        """Refuse what was revoked at ``at`` or before, as the source says it now."""
        if reading.not_after < self.known_at:
            raise CertificateRefused("revocation-unknown", "it expired since, and lists may not name it any more")
        try:
            return self.source.check(reading, issuer, self.known_at)
        except CertificateRefused as refused:
            if refused.revoked_at is None or refused.revoked_at <= at:
                raise
            return self.known_at


@dataclass(frozen=True)
class UnsafeNoRevocationCheck:
    """Accepts revoked certificates: only for showing what a certificate says, never for deciding on it."""

    def check(self, reading: Reading, issuer: x509.Certificate, at: datetime) -> None:
        """Nothing is checked."""


unsafe_no_revocation_check = UnsafeNoRevocationCheck()


@dataclass(frozen=True)
class ByRevocationData:
    """CRLs and OCSP responses in DER, processed in full as RFC 5280 6.3 has it: for paths with intermediates.

    Indirect CRLs, delta CRLs, reasons in several lists and separate CRL keys are processed, at many times the cost of
    :class:`ByCrl`.
    """

    crls: Sequence[bytes] = ()
    ocsp_responses: Sequence[bytes] = ()


Revocation: TypeAlias = DirectRevocation | ByRevocationData


def revoked(at: datetime, reason: str) -> CertificateRefused:
    """The refusal for a revoked certificate; one on hold has its own code."""
    code = "on-hold" if reason == Reason.CERTIFICATE_HOLD else "revoked"
    return CertificateRefused(code, f"{at.isoformat()} {reason}", revoked_at=at, reason=str(reason))


def _covers(one: RevocationList, reading: Reading, issuer: x509.Certificate) -> bool:
    """The list is of the issuer's name, for the certificate's partition or whole, and not for authorities only."""
    in_scope = one.partition is None or one.partition in reading.partitions
    return one.issuer == issuer.subject and in_scope and one.only != "authority"
