"""Paths of any length by pyhanko-certvalidator: RFC 5280 6.1 and 6.3 in full, in place of the two-level shortcut.

The library's interface is asynchronous for the sake of fetching. Nothing is fetched here, so its coroutines never wait,
and running one to its end is an ordinary call that works inside and outside an event loop.
"""

import logging
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from pyhanko_certvalidator import CertificateValidator, PKIXValidationParams, ValidationContext, errors
from pyhanko_certvalidator.authority import AuthorityWithCert
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import DisallowWeakAlgorithmsPolicy

from tegata.pki.certificates import CertificateRefused
from tegata.pki.crl import Reason
from tegata.pki.profiles import Usage
from tegata.pki.validation.reading import Reading
from tegata.pki.validation.revocation import ByRevocationData, UnsafeNoRevocationCheck, revoked
from tegata.pki.validation.trust import ANY_POLICY, Trust

# Its warnings are tracebacks with the names of subjects; what matters of them is in the refusal.
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)

ResultT = TypeVar("ResultT")

_ALGORITHMS = DisallowWeakAlgorithmsPolicy(  # type: ignore[no-untyped-call]  # its constructor has no types
    weak_hash_algos=frozenset({"md2", "md5", "sha1", "sha224"}), weak_signature_algos=frozenset({"dsa"})
)

_CODES: tuple[tuple[type[Exception], str], ...] = (
    (errors.DisallowedAlgorithmError, "weak-algorithm"),
    (errors.NotYetValidError, "not-yet-valid"),
    (errors.ExpiredError, "expired"),
    (errors.InsufficientRevinfoError, "revocation-unknown"),
    (errors.ValidationError, "path-invalid"),
)


def validate_path(
    reading: Reading,
    trust: Trust,
    *,
    usage: Usage,
    at: datetime,
    revocation: ByRevocationData | UnsafeNoRevocationCheck,
) -> x509.Certificate:
    """Build and validate a path to one of the roots, which is returned; raises :class:`CertificateRefused`."""
    if reading.certificate in trust.roots:
        raise CertificateRefused("wrong-key-usage", "a root, which the library would accept as its own path")
    accepted = trust.policies.get(usage, frozenset())
    try:
        path = _find_path(reading, trust, at, revocation, accepted)
    except CertificateRefused as refused:
        if refused.code != "path-invalid" or ANY_POLICY in accepted:
            raise
        # The library has no type for a failed policy: it is the cause if the path holds under any policy.
        _find_path(reading, trust, at, revocation, frozenset({ANY_POLICY}))
        raise CertificateRefused("wrong-policy", refused.detail) from refused
    root = _root(path, trust)
    if not root.not_valid_before_utc <= at <= root.not_valid_after_utc:
        raise CertificateRefused("issuer-not-valid", "the root's time")
    return root


def _find_path(
    reading: Reading,
    trust: Trust,
    at: datetime,
    revocation: ByRevocationData | UnsafeNoRevocationCheck,
    accepted: frozenset[str],
) -> ValidationPath:
    try:
        context = _context(trust, at, revocation)
        validator = CertificateValidator(
            _asn1(reading.certificate), validation_context=context, pkix_params=_policies(accepted)
        )
        return _run(validator.async_validate_path())
    except (errors.ValidationError, errors.PathError) as error:
        raise _refusal(error) from error
    except (ValueError, TypeError, KeyError, NotImplementedError) as error:
        raise CertificateRefused("unsupported", str(error)) from error


def _context(trust: Trust, at: datetime, revocation: ByRevocationData | UnsafeNoRevocationCheck) -> ValidationContext:
    checked = isinstance(revocation, ByRevocationData)
    return ValidationContext(
        trust_roots=[_asn1(root) for root in trust.roots],
        other_certs=[_asn1(certificate) for certificate in trust.intermediates],
        moment=at,
        allow_fetching=False,
        crls=list(revocation.crls) if isinstance(revocation, ByRevocationData) else [],
        ocsps=list(revocation.ocsp_responses) if isinstance(revocation, ByRevocationData) else [],
        revocation_mode="require" if checked else "soft-fail",
        time_tolerance=timedelta(0),
        algorithm_usage_policy=_ALGORITHMS,
    )


def _policies(accepted: frozenset[str]) -> PKIXValidationParams:
    if ANY_POLICY in accepted:
        return PKIXValidationParams()
    return PKIXValidationParams(user_initial_policy_set=accepted, initial_explicit_policy=True)


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER), strict=True)


def _root(path: ValidationPath, trust: Trust) -> x509.Certificate:
    authority = path.trust_anchor.authority
    assert isinstance(authority, AuthorityWithCert)
    signature = authority.certificate["signature_value"].native
    return next(root for root in trust.roots if root.signature == signature)


def _run(coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
    try:
        coroutine.send(None)
    except StopIteration as finished:
        return cast(ResultT, finished.value)
    coroutine.close()
    raise RuntimeError("validation waits for something, though nothing is to be fetched")


def _refusal(error: Exception) -> CertificateRefused:
    if isinstance(error, errors.RevokedError):
        return revoked(error.revocation_dt, Reason.from_code(int(error.reason.contents[-1])))
    if isinstance(error.__context__, InvalidSignature):
        return CertificateRefused("bad-signature", str(error))
    if isinstance(error, errors.PathBuildingError):
        return CertificateRefused("unknown-issuer", "no path to a trusted root")
    code = next(code for kind, code in _CODES if isinstance(error, kind))
    return CertificateRefused(code, str(error))
