"""Signing keys: one interface, whether the private key is in memory or in a module that never gives it out.

All signatures in this room are over SHA-256: RSA PKCS#1 v1.5 (RFC 8017 8.2) or ECDSA on P-256 (FIPS 186-5), the
latter as DER (RFC 3279 2.2.3).
"""

import hashlib
from typing import Protocol, Self, TypeAlias

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from tegata.pki.profiles import PROFILES
from tegata.pki.remote_keys import remote_key

PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_SHA256 = hashes.SHA256()


class UnsuitableKey(ValueError):
    """The key is of a kind or size that no profile here uses, or its password is wrong."""


class Signer(Protocol):
    """Whatever can sign for one key."""

    def public_key(self) -> PublicKey:
        """The public half."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Sign ``data`` (it is hashed here)."""
        ...

    def sign_digest(self, digest: bytes) -> bytes:
        """Sign a SHA-256 ``digest`` of 32 bytes, for data too large to hold."""
        ...


class SoftwareSigner:
    """A private key in memory."""

    def __init__(self, private_key: PrivateKey) -> None:
        self.private_key = private_key
        check_public_key(private_key.public_key())

    @classmethod
    def generate_rsa(cls, bits: int = PROFILES.root.key_bits.value) -> Self:
        """A new RSA key with e = 65537."""
        return cls(rsa.generate_private_key(public_exponent=65537, key_size=bits))

    @classmethod
    def generate_p256(cls) -> Self:
        """A new key on P-256."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_pem(cls, pem: bytes, password: bytes | None = None, *, unsafe_unchecked: bool = False) -> Self:
        """Read a PEM key; raises :class:`UnsuitableKey` for a wrong password, a broken file or another kind of key.

        ``unsafe_unchecked`` leaves out whether the numbers of an RSA key fit together, which takes hundreds of times as
        long as reading it: only for a key of one's own making that nobody else can have changed.
        """
        try:
            key = serialization.load_pem_private_key(pem, password, unsafe_skip_rsa_key_validation=unsafe_unchecked)
        except (ValueError, TypeError) as error:
            raise UnsuitableKey(str(error)) from error
        if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
            raise UnsuitableKey(f"neither RSA nor elliptic curve: {type(key).__name__}")
        return cls(key)

    def to_pem(self, password: bytes | None = None) -> bytes:
        """The key as PKCS#8 PEM, encrypted where a password is given."""
        encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        return self.private_key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)

    def public_key(self) -> PublicKey:
        """The public half."""
        return self.private_key.public_key()

    def sign(self, data: bytes) -> bytes:
        """Sign ``data``."""
        return self.sign_digest(hashlib.sha256(data).digest())

    def sign_digest(self, digest: bytes) -> bytes:
        """Sign a SHA-256 ``digest``."""
        if isinstance(self.private_key, rsa.RSAPrivateKey):
            return self.private_key.sign(digest, padding.PKCS1v15(), Prehashed(_SHA256))
        return self.private_key.sign(digest, ec.ECDSA(Prehashed(_SHA256)))


def check_public_key(key: object) -> PublicKey:
    """The key, if it is RSA of at least 2048 bits or on P-256; otherwise :class:`UnsuitableKey`."""
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= PROFILES.card.key_bits.value:
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise UnsuitableKey(f"not RSA-2048 or larger, nor P-256: {type(key).__name__}")


def builder_key(signer: Signer) -> PrivateKey:
    """A key that ``cryptography``'s builders accept, whichever signer does the work."""
    return signer.private_key if isinstance(signer, SoftwareSigner) else remote_key(signer)
