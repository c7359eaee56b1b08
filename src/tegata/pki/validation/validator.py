"""The door of validation: may a relying party accept this certificate, for this use, at this time?"""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from tegata.pki.certificates import CertificateRefused
from tegata.pki.profiles import Medium, Usage
from tegata.pki.validation import direct, general
from tegata.pki.validation.reading import Reading, read
from tegata.pki.validation.revocation import (
    ByRevocationData,
    DirectRevocation,
    Revocation,
    UnsafeNoRevocationCheck,
)
from tegata.pki.validation.trust import Trust, kind_of, read_root
from tegata.pki.validation.usage import check_end_entity, check_key_usage, check_policy


@dataclass(frozen=True)
class Validated:
    """An accepted certificate: under which root, for what, when, and how old the revocation data was.

    ``status_as_of`` is None where the authority's own records, or no data, answered; ``medium`` is None where another
    policy than those of the profiles was accepted.
    """

    certificate: x509.Certificate
    root: x509.Certificate
    usage: Usage
    at: datetime
    revocation_checked: bool
    status_as_of: datetime | None
    medium: Medium | None = None


class Validator:
    """Validates certificates under one :class:`Trust`; holds no other state and may be shared between threads."""

    def __init__(self, trust: Trust) -> None:
        """Reads the roots; raises :class:`~tegata.pki.validation.trust.UnsuitableRoot`."""
        self.trust = trust
        self._roots = direct.index_roots(read_root(root) for root in trust.roots)

    def validate(
        self, certificate: x509.Certificate, *, usage: Usage, at: datetime, revocation: Revocation
    ) -> Validated:
        """Accept or refuse a certificate; raises :class:`CertificateRefused`. ``at`` needs its offset.

        1. Every part that is decided on can be read.
        2. A trusted root issued it: by name, then key identifier, then signature.
        3. Root and certificate are valid at ``at``.
        4. No critical extension is unknown, and the key is strong enough.
        5. Its policy is accepted for ``usage``.
        6. Its key usage and purposes allow ``usage``.
        7. It is not revoked, on hold or unknown to the authority.

        With intermediates in the trust, or with :class:`ByRevocationData`, steps 2 to 5 and 7 are RFC 5280 6 in full.
        """
        if at.tzinfo is None:
            raise ValueError("a time needs its offset")
        # 1. readable
        reading = read(certificate)
        if isinstance(revocation, ByRevocationData) or self.trust.intermediates:
            return self._validate_general(reading, usage, at, revocation)
        return self._validate_direct(reading, usage, at, revocation)

    def _validate_direct(self, reading: Reading, usage: Usage, at: datetime, revocation: DirectRevocation) -> Validated:
        # 2. issuer
        root = direct.find_issuer(reading, self._roots)
        # 3. time
        direct.check_time(reading, root, at)
        # 4. extensions and key
        direct.check_extensions(reading)
        # 5. policy
        check_policy(reading, self.trust.policies.get(usage, frozenset()))
        # 6. key usage
        check_end_entity(reading)
        check_key_usage(reading, usage)
        # 7. revocation
        status_as_of = revocation.check(reading, root.certificate, at)
        checked = not isinstance(revocation, UnsafeNoRevocationCheck)
        return Validated(reading.certificate, root.certificate, usage, at, checked, status_as_of, _medium(reading))

    def _validate_general(self, reading: Reading, usage: Usage, at: datetime, revocation: Revocation) -> Validated:
        if not isinstance(revocation, (ByRevocationData, UnsafeNoRevocationCheck)):
            raise CertificateRefused("revocation-unknown", "a path with intermediates needs ByRevocationData")
        # 2 to 5 and 7
        root = general.validate_path(reading, self.trust, usage=usage, at=at, revocation=revocation)
        # 6. key usage
        check_key_usage(reading, usage)
        checked = isinstance(revocation, ByRevocationData)
        return Validated(reading.certificate, root, usage, at, checked, None, _medium(reading))


def _medium(reading: Reading) -> Medium | None:
    kind = kind_of(reading)
    return kind.medium if kind else None
