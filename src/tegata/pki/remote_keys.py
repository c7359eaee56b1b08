"""Private keys that ``cryptography``'s builders accept, while another module does the signing.

The builders of certificates, CRLs and OCSP answers ask for a private key object. These objects have no key: they hand
what is to be signed to a :class:`~tegata.pki.keys.Signer`, and refuse everything else.
"""

from typing import Any, NoReturn, Protocol, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa


class KeyStaysInside(TypeError):
    """Something else than a SHA-256 signature was asked of a key that only signs."""


class RemoteSigner(Protocol):
    """The part of a signer that is needed here."""

    def public_key(self) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
        """The public half."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Hash and sign ``data``."""
        ...


def remote_key(signer: RemoteSigner) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    """A private key object that signs by ``signer``."""
    public = signer.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        return RemoteRsaKey(signer, public)
    return RemoteEllipticCurveKey(signer, public)


def _require_sha256(algorithm: object) -> None:
    if not isinstance(algorithm, hashes.SHA256):
        raise KeyStaysInside(f"only SHA-256 is signed here, not {algorithm!r}")


class RemoteRsaKey(rsa.RSAPrivateKey):
    """An RSA key elsewhere."""

    def __init__(self, signer: RemoteSigner, public: rsa.RSAPublicKey) -> None:
        self._signer, self._public = signer, public

    @property
    def key_size(self) -> int:
        """Bits of the modulus."""
        return self._public.key_size

    def public_key(self) -> rsa.RSAPublicKey:
        """The public half."""
        return self._public

    def sign(self, data: Any, padding: Any, algorithm: Any) -> bytes:  # noqa: ARG002 - the library's signature
        """Sign by the signer, which pads as PKCS#1 v1.5."""
        _require_sha256(algorithm)
        return self._signer.sign(bytes(data))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def decrypt(self, *_: object) -> NoReturn:
        """Refused."""
        raise KeyStaysInside("this key only signs")

    def private_numbers(self) -> NoReturn:
        """Refused."""
        raise KeyStaysInside("this key can not be read")

    def private_bytes(self, *_: object) -> NoReturn:
        """Refused."""
        raise KeyStaysInside("this key can not be read")


class RemoteEllipticCurveKey(ec.EllipticCurvePrivateKey):
    """An elliptic-curve key elsewhere."""

    def __init__(self, signer: RemoteSigner, public: ec.EllipticCurvePublicKey) -> None:
        self._signer, self._public = signer, public

    @property
    def curve(self) -> ec.EllipticCurve:
        """The curve."""
        return self._public.curve

    @property
    def key_size(self) -> int:
        """Bits of the curve's order."""
        return self._public.key_size

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """The public half."""
        return self._public

    def sign(self, data: Any, signature_algorithm: Any) -> bytes:
        """Sign by the signer."""
        _require_sha256(signature_algorithm.algorithm)
        return self._signer.sign(bytes(data))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def exchange(self, *_: object) -> NoReturn:
        """Refused."""
        raise KeyStaysInside("this key only signs")

    def private_numbers(self) -> NoReturn:
        """Refused."""
        raise KeyStaysInside("this key can not be read")

    def private_bytes(self, *_: object) -> NoReturn:
        """Refused."""
        raise KeyStaysInside("this key can not be read")
