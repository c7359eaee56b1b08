"""Validation for a relying party (RFC 5280 6): one door, :class:`Validator`.

A card certificate lies directly under a root; :mod:`tegata.pki.validation.direct` checks it exactly and fast. Paths
with intermediates, and raw CRLs and OCSP responses of any kind, go through :mod:`tegata.pki.validation.general`, which
is pyhanko-certvalidator. Why both: docs/decisions/0002-path-validation.md.
"""

from tegata.pki.certificates import CertificateRefused
from tegata.pki.validation.online import ByOcsp, ByStatus
from tegata.pki.validation.revocation import (
    AsKnownLater,
    ByCrl,
    ByRevocationData,
    DirectRevocation,
    Revocation,
    UnsafeNoRevocationCheck,
    unsafe_no_revocation_check,
)
from tegata.pki.validation.trust import (
    ANY_POLICY,
    OWN_POLICIES,
    REAL_POLICIES,
    Kind,
    Trust,
    UnsuitableRoot,
    stated_kind,
)
from tegata.pki.validation.validator import Validated, Validator

__all__ = [
    "ANY_POLICY",
    "OWN_POLICIES",
    "REAL_POLICIES",
    "AsKnownLater",
    "ByCrl",
    "ByOcsp",
    "ByRevocationData",
    "ByStatus",
    "CertificateRefused",
    "DirectRevocation",
    "Kind",
    "Revocation",
    "Trust",
    "UnsafeNoRevocationCheck",
    "UnsuitableRoot",
    "Validated",
    "Validator",
    "stated_kind",
    "unsafe_no_revocation_check",
]
