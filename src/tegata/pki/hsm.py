"""Keys in a hardware security module, by PKCS#11 (extra ``hsm``: python-pkcs11).

The private key is made inside and can not be read or taken out; the module only gives signatures.
"""

import hashlib
import threading
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import pkcs11
from cryptography.hazmat.primitives.asymmetric import rsa

from tegata.pki.keys import PublicKey, check_public_key
from tegata.pki.profiles import PROFILES
from tegata.pki.refusals import Advice, Refused

_SHA256_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
"""DigestInfo of SHA-256 up to the digest (RFC 8017 9.2, note 1)."""


class ModuleRefused(Refused):
    """The module can not be used. Codes: the keys of :attr:`ADVICE`."""

    ADVICE: ClassVar[Mapping[str, Advice]] = {
        "no-module": Advice(
            "鍵管理装置（HSM）に接続できません。",
            "The security module can not be reached.",
            "モジュールのパスとトークン名を確認してください。",
            "Check the path of the module and the label of the token.",
        ),
        "wrong-pin": Advice(
            "鍵管理装置の暗証番号が違います。",
            "The security module's PIN is wrong.",
            "暗証番号を確認してください。",
            "Check the PIN.",
        ),
        "no-key": Advice(
            "鍵管理装置に、この名前の鍵がありません。",
            "The security module has no key of this label.",
            "鍵の名前を確認してください。",
            "Check the label of the key.",
        ),
        "key-exists": Advice(
            "この名前の鍵は、すでに鍵管理装置にあります。",
            "The security module already has a key of this label.",
            "別の名前を使ってください。",
            "Use another label.",
        ),
    }


class Token:
    """A token of a module, logged in once: PKCS#11 has one login a process. All its keys share one session."""

    def __init__(self, session: pkcs11.Session) -> None:
        self._session = session
        self._lock = threading.Lock()

    @classmethod
    def open(cls, module: str, label: str, pin: str) -> Self:
        """Log in by the library at path ``module``; raises :class:`ModuleRefused`."""
        try:
            return cls(pkcs11.lib(module).get_token(token_label=label).open(rw=True, user_pin=pin))
        except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinLocked) as error:
            raise ModuleRefused("wrong-pin", label) from error
        except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
            raise ModuleRefused("no-module", f"{module}, token {label}: {type(error).__name__}") from error

    def signer(self, label: str) -> "Pkcs11Signer":
        """The signer of an RSA key in the token; raises :class:`ModuleRefused`."""
        with self._lock:
            private = _find(self._session, label, pkcs11.ObjectClass.PRIVATE_KEY)
            public = _public_key(_find(self._session, label, pkcs11.ObjectClass.PUBLIC_KEY))
        return Pkcs11Signer(private, check_public_key(public), self._lock)

    def generate(self, label: str) -> "Pkcs11Signer":
        """Make an RSA key in the token; raises :class:`ModuleRefused` where ``label`` is taken."""
        inside = {pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False}
        bits = PROFILES.root.key_bits.value
        with self._lock:
            if list(self._session.get_objects({pkcs11.Attribute.LABEL: label})):
                raise ModuleRefused("key-exists", label)
            self._session.generate_keypair(pkcs11.KeyType.RSA, bits, label=label, store=True, private_template=inside)
        return self.signer(label)

    def close(self) -> None:
        """Log out; the keys stay in the token."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Pkcs11Signer:
    """A key in a token, as a :class:`~tegata.pki.keys.Signer`; threads take turns."""

    def __init__(self, private: Any, public: PublicKey, lock: threading.Lock) -> None:
        self._private, self._public, self._lock = private, public, lock

    def public_key(self) -> PublicKey:
        """The public half."""
        return self._public

    def sign(self, data: bytes) -> bytes:
        """Sign ``data``, which is hashed here and not in the module."""
        return self.sign_digest(hashlib.sha256(data).digest())

    def sign_digest(self, digest: bytes) -> bytes:
        """Sign a SHA-256 ``digest``."""
        if len(digest) != hashlib.sha256().digest_size:
            raise ValueError("a SHA-256 digest has 32 bytes")
        with self._lock:
            signature: bytes = self._private.sign(_SHA256_DIGEST_INFO + digest, mechanism=pkcs11.Mechanism.RSA_PKCS)
        return signature


def _find(session: pkcs11.Session, label: str, kind: pkcs11.ObjectClass) -> Any:
    try:
        return session.get_key(label=label, object_class=kind)
    except (pkcs11.NoSuchKey, pkcs11.MultipleObjectsReturned) as error:
        raise ModuleRefused("no-key", label) from error


def _public_key(key: Any) -> rsa.RSAPublicKey:
    modulus = int.from_bytes(key[pkcs11.Attribute.MODULUS], "big")
    exponent = int.from_bytes(key[pkcs11.Attribute.PUBLIC_EXPONENT], "big")
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()
