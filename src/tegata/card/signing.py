"""What the card does with RSA: which DigestInfo it signs, which private keys it takes (RFC 8017 §9.2).

cryptography signs a caller's DigestInfo as it stands with ``NoDigestInfo`` (version 47): one path for every hash, with
and without NULL, and the private operation stays in OpenSSL with its blinding.
"""

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from tegata.card.status import Refused, Status

KEY_BITS = 2048
PUBLIC_EXPONENT = 65537

_OIDS: dict[bytes, int] = {
    bytes.fromhex("2B0E03021A"): 20,  # SHA-1
    bytes.fromhex("608648016503040201"): 32,  # SHA-256
    bytes.fromhex("608648016503040202"): 48,  # SHA-384
    bytes.fromhex("608648016503040203"): 64,  # SHA-512
}


def digest_info_prefix(oid: bytes, size: int, *, with_null: bool = True) -> bytes:
    """The DER of a DigestInfo up to the digest (RFC 8017 A.2.4); ``oid``: the OID's content; ``size``: in bytes."""
    algorithm = b"\x06" + bytes((len(oid),)) + oid + (b"\x05\x00" if with_null else b"")
    return (
        b"\x30"
        + bytes((2 + len(algorithm) + 2 + size,))
        + b"\x30"
        + bytes((len(algorithm),))
        + algorithm
        + b"\x04"
        + bytes((size,))
    )


WITH_NULL = {digest_info_prefix(oid, size): size for oid, size in _OIDS.items()}
WITHOUT_NULL = {digest_info_prefix(oid, size, with_null=False): size for oid, size in _OIDS.items()}
SHA256_PREFIX = digest_info_prefix(bytes.fromhex("608648016503040201"), 32)


def is_digest_info(data: bytes, *, without_null: bool) -> bool:
    """Whether ``data`` is the DER DigestInfo of a hash that the card signs."""
    known = WITH_NULL | WITHOUT_NULL if without_null else WITH_NULL
    return any(data[:-size] == prefix for prefix, size in known.items())


def sign_digest_info(key: rsa.RSAPrivateKey, digest_info: bytes) -> bytes:
    """RSASSA-PKCS1-v1_5 over a DigestInfo as it stands: 256 bytes.

    Raises:
        Refused: 6F00, the key in the file can not sign (its primes are the issuer's word; see :func:`load_key`).
    """
    try:
        return key.sign(digest_info, padding.PKCS1v15(), NoDigestInfo())
    except (ValueError, InternalError) as error:
        raise Refused(Status.FAILED) from error


def load_key(der: bytes) -> rsa.RSAPrivateKey:
    """Read a private key (PKCS#1 or PKCS#8 DER) that passed :func:`check_key` before.

    OpenSSL's own validation, which proves the primes, would take longer than all the rest of personalising.

    Raises:
        ValueError: not an RSA private key.
    """
    try:
        key = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("not a private key that can be read") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("not an RSA key")
    return key


def check_key(der: bytes) -> None:
    """Take only an RSA-2048 key whose numbers belong together (RFC 8017 §3.2).

    Raises:
        Refused: 6A80.
    """
    try:
        key = load_key(der)
    except ValueError as error:
        raise Refused(Status.WRONG_DATA) from error
    if key.key_size != KEY_BITS or not _numbers_agree(key.private_numbers()):
        raise Refused(Status.WRONG_DATA)


def _numbers_agree(key: rsa.RSAPrivateNumbers) -> bool:
    public = key.public_numbers
    return (
        public.e == PUBLIC_EXPONENT
        and min(key.p, key.q) > 1
        and key.p * key.q == public.n
        and key.d * public.e % (key.p - 1) == 1
        and key.d * public.e % (key.q - 1) == 1
        and key.dmp1 == key.d % (key.p - 1)
        and key.dmq1 == key.d % (key.q - 1)
        and key.iqmp * key.q % key.p == 1
    )


def generate_key() -> rsa.RSAPrivateKey:
    """A new key of the only kind the card has."""
    return rsa.generate_private_key(public_exponent=PUBLIC_EXPONENT, key_size=KEY_BITS)


def key_der(key: rsa.RSAPrivateKey) -> bytes:
    """The key as PKCS#1 DER, as PUT KEY and the card's image hold it."""
    return key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
