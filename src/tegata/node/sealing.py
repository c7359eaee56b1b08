"""Keys derived from the master key, and encryption at rest (AES-256-GCM, NIST SP 800-38D)."""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_NONCE_BYTES = 12


class SealBroken(ValueError):
    """A sealed value was altered, or it was sealed under another key."""


def derive_key(master: bytes, *purpose: str) -> bytes:
    """A key of 32 bytes for one purpose (HKDF-SHA-256, RFC 5869); the parts of the purpose can not run together."""
    info = b"tegata" + b"".join(len(part.encode()).to_bytes(2) + part.encode() for part in purpose)
    return HKDF(SHA256(), 32, salt=None, info=info).derive(master)


def fingerprint(key: bytes, value: str) -> str:
    """A keyed digest (HMAC-SHA-256, hex) by which a sealed value can be found again without being readable."""
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()


class Sealer:
    """Seals and opens values of one actor."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes) -> bytes:
        """The value under a fresh nonce: version, nonce, ciphertext with tag."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, plain, _VERSION)

    def open(self, sealed: bytes) -> bytes:
        """The value again. Raises :class:`SealBroken`."""
        if sealed[:1] != _VERSION:
            raise SealBroken("not a sealed value")
        try:
            return self._cipher.decrypt(sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :], _VERSION)
        except (InvalidTag, ValueError) as error:
            raise SealBroken("altered, or sealed under another key") from error
