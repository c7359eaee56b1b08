"""Asking the authority about one certificate: by an OCSP response, or by its own records."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from tegata.pki.certificates import CertificateRefused
from tegata.pki.ocsp import Good, OcspRefused, Revoked, StatusSource, Unknown, check_response
from tegata.pki.validation.reading import Reading
from tegata.pki.validation.revocation import revoked


@dataclass(frozen=True)
class ByOcsp:
    """An OCSP response in DER, checked for this certificate when it is used."""

    response: bytes

    def check(self, reading: Reading, issuer: x509.Certificate, at: datetime) -> datetime | None:
        """Check the response's signature, responder, time and subject, then its answer."""
        try:
            answer = check_response(self.response, reading.certificate, issuer, at=at)
        except OcspRefused as refused:
            raise CertificateRefused("revocation-unknown", f"OCSP response: {refused.code}") from refused
        _decide(answer.status)
        return answer.this_update


@dataclass(frozen=True)
class ByStatus:
    """The authority's own records, for who has them."""

    source: StatusSource

    def check(self, reading: Reading, issuer: x509.Certificate, at: datetime) -> None:  # noqa: ARG002
        """Ask for the serial."""
        _decide(self.source.status(reading.serial))


def _decide(status: Good | Revoked | Unknown) -> None:
    if isinstance(status, Revoked):
        raise revoked(status.at, status.reason)
    if isinstance(status, Unknown):
        raise CertificateRefused("unknown-serial", "the authority does not know this serial")
