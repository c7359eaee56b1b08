"""Whether a CRL may be used (RFC 5280 6.3.3, for complete and direct CRLs).

It is checked in this order:

1. it reads as a CRL of a kind that is supported (``truncated``, ``malformed``, ``unsupported``);
2. its issuer is a trusted authority's name (``wrong-issuer``);
3. one of that authority's generations signed it: those of its authority key identifier first, as all share one name,
   and only such that may sign CRLs (``forged``);
4. its entries read, none of which is looked at before the signature is good (``malformed``, ``unsupported``);
5. it is current: ``this_update <= at <= next_update`` (``not-yet``, ``stale``);
6. it is for the partition and the kind of certificates that were asked for (``wrong-partition``);
7. it is not older than the last one used (``number-went-back``).
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal, TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from tegata.pki import der
from tegata.pki.crl.read import Envelope, RevocationList, open_crl
from tegata.pki.crl.refused import CrlRefused
from tegata.pki.crl.scan import WINDOW
from tegata.pki.crl.write import Scope

Scheme: TypeAlias = padding.PKCS1v15 | ec.ECDSA
AnyPartition: TypeAlias = Literal["any"]
ANY_PARTITION: Final = "any"
"""Wanted where the whole list and the list of each partition are equally good."""

_STRONG = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


def verify_crl(
    data: bytes,
    authority_certificates: Iterable[x509.Certificate],
    *,
    at: datetime,
    partition: x509.Name | AnyPartition | None = None,
    only: Scope | None = None,
    previous_number: int | None = None,
) -> RevocationList:
    """Read a CRL that came from elsewhere and check all of the above; raises :class:`CrlRefused`.

    ``partition``: the distribution point whose list is wanted; None wants the whole list and refuses a part of it,
    :data:`ANY_PARTITION` takes either.
    ``only``: what it must cover; None means the holders' certificates, which a list without this restriction covers
    too. ``previous_number``: the number of the last list used; the same number again is no step back.
    """
    envelope = open_verified(memoryview(data), authority_certificates)
    crl = envelope.revocation_list()
    check_use(crl, at=at, partition=partition, only=only, previous_number=previous_number)
    return crl


def open_verified(data: der.Octets, authority_certificates: Iterable[x509.Certificate]) -> Envelope:
    """Checks 1 to 3; raises :class:`CrlRefused`."""
    envelope = open_crl(data)
    _check_signature(envelope, _generations(envelope.without_entries, authority_certificates))
    return envelope


def check_use(
    crl: RevocationList,
    *,
    at: datetime,
    partition: x509.Name | AnyPartition | None,
    only: Scope | None,
    previous_number: int | None,
) -> None:
    """Checks 5 to 7, which need no entries; raises :class:`CrlRefused`."""
    _check_time(crl, at)
    _check_scope(crl, partition, only or "user")
    if previous_number is not None and crl.number < previous_number:
        raise CrlRefused("number-went-back", f"{crl.number} after {previous_number}")


def _generations(crl: RevocationList, certificates: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    """The authorities of the CRL's issuer name, the one that its key identifier means first."""
    named = [certificate for certificate in certificates if certificate.subject == crl.issuer]
    if not named:
        raise CrlRefused("wrong-issuer", crl.issuer.rfc4514_string())
    wanted = crl.authority_key_identifier
    return sorted(named, key=lambda certificate: _subject_key(certificate) != wanted)


def _check_signature(envelope: Envelope, certificates: list[x509.Certificate]) -> None:
    algorithm, scheme = _algorithm(envelope.crl)
    digest = _digest(envelope, algorithm)
    signers = (certificate for certificate in certificates if _may_sign_crls(certificate))
    signature, hashed = envelope.crl.signature, Prehashed(algorithm)
    if not any(_signed_by(certificate.public_key(), scheme, signature, digest, hashed) for certificate in signers):
        raise CrlRefused("forged", f"none of {len(certificates)} generations signed it")


def _digest(envelope: Envelope, algorithm: hashes.HashAlgorithm) -> bytes:
    start, end = envelope.to_be_signed
    digest = hashlib.new(algorithm.name)
    for at in range(start, end, WINDOW):
        digest.update(envelope.data[at : min(at + WINDOW, end)])
    return digest.digest()


def _algorithm(crl: x509.CertificateRevocationList) -> tuple[hashes.HashAlgorithm, Scheme]:
    """What the signature is over, and how it is made: PKCS#1 v1.5 or ECDSA."""
    try:
        algorithm, scheme = crl.signature_hash_algorithm, crl.signature_algorithm_parameters
    except (UnsupportedAlgorithm, ValueError, TypeError) as error:
        raise CrlRefused("unsupported", str(error)) from error
    if not isinstance(algorithm, _STRONG) or not isinstance(scheme, (padding.PKCS1v15, ec.ECDSA)):
        raise CrlRefused("unsupported", "a signature that is not PKCS#1 v1.5 or ECDSA over SHA-256, SHA-384 or SHA-512")
    return algorithm, scheme


def _signed_by(key: object, scheme: Scheme, signature: bytes, digest: bytes, hashed: Prehashed) -> bool:
    try:
        if isinstance(key, rsa.RSAPublicKey) and isinstance(scheme, padding.PKCS1v15):
            key.verify(signature, digest, scheme, hashed)
        elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(scheme, ec.ECDSA):
            key.verify(signature, digest, ec.ECDSA(hashed))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _check_time(crl: RevocationList, at: datetime) -> None:
    if at < crl.this_update:
        raise CrlRefused("not-yet", f"issued {crl.this_update.isoformat()}, used {at.isoformat()}")
    if at > crl.next_update:
        raise CrlRefused("stale", f"next update {crl.next_update.isoformat()}, used {at.isoformat()}")


def _check_scope(crl: RevocationList, partition: x509.Name | AnyPartition | None, wanted: Scope) -> None:
    if not isinstance(partition, str) and crl.partition != partition:
        names = [name.rfc4514_string() if name is not None else "the whole list" for name in (crl.partition, partition)]
        raise CrlRefused("wrong-partition", f"is {names[0]}, wanted {names[1]}")
    if crl.only not in {None, wanted}:
        raise CrlRefused("wrong-partition", f"holds only {crl.only} certificates, wanted {wanted}")


def _subject_key(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return None


def _may_sign_crls(certificate: x509.Certificate) -> bool:
    """Without a key usage every use is allowed (RFC 5280 6.3.3 (f))."""
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value.crl_sign
    except x509.ExtensionNotFound:
        return True
