"""DPoP (RFC 9449): a proof made for one request, and its check.

The check follows section 4.3: one well-formed JWT; ``typ`` and an allowed asymmetric ``alg``; a public ``jwk`` that
verifies the signature; ``htm`` and ``htu`` of this request; ``iat`` within the window; ``ath`` of the token that came
with it; a ``jti`` not seen before. A nonce is not asked for: the window is short and proofs are remembered.
"""

import hashlib
import secrets
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, Protocol
from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from tegata.node.identity import ServiceKey
from tegata.node.oauth_problems import PROOF_INVALID, PROOF_REPLAYED
from tegata.wire.problems import Refused

ALGORITHMS: Final = ["ES256"]
WINDOW: Final = timedelta(seconds=60)
MAX_PROOF_LENGTH: Final = 4096
REMEMBERED: Final = 200_000


class ProofClaims(msgspec.Struct, frozen=True):
    """The claims of a proof (RFC 9449 section 4.2)."""

    jti: str
    htm: str
    htu: str
    iat: int
    ath: str = ""


class SeenProofs(Protocol):
    """The proofs of the last two windows, so that none is taken twice. Safe between threads."""

    def add(self, identifier: str, at: datetime) -> bool:
        """Remember a proof; False where it was seen before or there is no room to remember it."""
        ...


class ProofsInMemory:
    """The proofs that this process has seen: enough where no other process answers for the actor.

    Holds at most ``limit`` proofs. When that many arrive within the window new ones are refused: forgetting an old one
    would let it be played again.
    """

    def __init__(self, limit: int = REMEMBERED) -> None:
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._limit = limit
        self._lock = threading.Lock()

    def add(self, identifier: str, at: datetime) -> bool:
        """See :meth:`SeenProofs.add`."""
        now = at.timestamp()
        oldest = now - 2 * WINDOW.total_seconds()
        with self._lock:
            while self._seen and next(iter(self._seen.values())) < oldest:
                self._seen.popitem(last=False)
            if identifier in self._seen or len(self._seen) >= self._limit:
                return False
            self._seen[identifier] = now
            return True


def token_hash(token: str) -> str:
    """``ath``: base64url of SHA-256 of the access token."""
    return urlsafe_b64encode(hashlib.sha256(token.encode("ascii")).digest()).rstrip(b"=").decode("ascii")


def bare_url(url: str) -> str:
    """A URL as ``htu`` is compared: scheme and host in small letters, the path decoded, no query, no fragment."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), unquote(parts.path), "", ""))


def make_proof(key: ServiceKey, *, method: str, url: str, at: datetime, token: str | None = None) -> str:
    """A proof for one request."""
    claims: dict[str, Any] = {
        "jti": secrets.token_urlsafe(16),
        "htm": method,
        "htu": url.partition("?")[0],
        "iat": int(at.timestamp()),
    }
    if token is not None:
        claims["ath"] = token_hash(token)
    header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": key.public_jwk}
    return jwt.encode(header, claims, key.key, algorithms=ALGORITHMS)


@lru_cache(maxsize=1024)
def _public_key(curve: str, x: str, y: str) -> ECKey:
    return ECKey.import_key({"kty": "EC", "crv": curve, "x": x, "y": y})


def _key_of(header: dict[str, Any]) -> ECKey:
    """The public key in the header; one that carries a private part is refused (section 4.3, step 7)."""
    jwk = header.get("jwk")
    if header.get("typ") != "dpop+jwt" or not isinstance(jwk, dict) or "d" in jwk:
        raise Refused(PROOF_INVALID, {"reason": "header"})
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise Refused(PROOF_INVALID, {"reason": "key"})
    return _public_key("P-256", str(jwk.get("x")), str(jwk.get("y")))


def _read(proof: str) -> tuple[ProofClaims, str]:
    """The claims of a correctly signed proof and the thumbprint of its key."""
    if len(proof) > MAX_PROOF_LENGTH or proof.count(".") != 2:
        raise Refused(PROOF_INVALID, {"reason": "form"})
    try:
        key = _key_of(unverified_header(proof))
        claims = jwt.decode(proof, key, algorithms=ALGORITHMS).claims
        return msgspec.convert(claims, ProofClaims), key.thumbprint()
    except (JoseError, ValueError) as error:
        raise Refused(PROOF_INVALID, {"reason": "signature"}) from error


def unverified_header(token: str) -> dict[str, Any]:
    """The header of a compact JWS before its signature is checked; ``ValueError`` where it is none."""
    encoded = token.split(".", 1)[0]
    return msgspec.json.decode(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)), type=dict[str, Any])


def check_proof(proof: str, *, method: str, url: str, at: datetime, seen: SeenProofs, token: str | None = None) -> str:
    """The RFC 7638 thumbprint of the key that made the proof.

    Raises ``Refused`` with ``dpop-proof-invalid`` or ``dpop-proof-replayed``.
    """
    claims, thumbprint = _read(proof)
    if claims.htm != method or bare_url(claims.htu) != bare_url(url):
        raise Refused(PROOF_INVALID, {"reason": "request"})
    if abs(at.timestamp() - claims.iat) > WINDOW.total_seconds():
        raise Refused(PROOF_INVALID, {"reason": "time"})
    if token is not None and not secrets.compare_digest(claims.ath.encode(), token_hash(token).encode()):
        raise Refused(PROOF_INVALID, {"reason": "token"})
    if not seen.add(f"{thumbprint}.{claims.jti}", at):
        raise Refused(PROOF_REPLAYED)
    return thumbprint
