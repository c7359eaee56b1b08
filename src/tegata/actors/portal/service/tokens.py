"""A code becomes an ID token and an access token, once (OpenID Connect Core section 3.1.3; RFC 6749; RFC 7636).

The access token is sealed (JWE, by a key that never leaves the portal) and holds what the UserInfo endpoint tells, so
that the portal keeps no attributes once the token is fetched.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from joserfc import jwe, jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from tegata.actors.portal.rules.authorization import ITEM_OF_SCOPE
from tegata.actors.portal.service import services
from tegata.actors.portal.service.accesses import SERVICE_LOGIN, USERINFO
from tegata.actors.portal.service.authorizations import code_hash
from tegata.actors.portal.tables import GrantRow
from tegata.node.database import Transaction
from tegata.node.identity import ServiceKey
from tegata.node.node import Node
from tegata.node.oauth import TokenRefused

ACR: Final = "aal3"
AMR: Final = ("mfa", "pin", "sc")
ALGORITHM: Final = "ES256"
SEALED: Final = {"alg": "dir", "enc": "A256GCM"}
STATE_KEY: Final = "id-token-key"
VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
MAX_TOKEN_LENGTH: Final = 8192


class TokenSet(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of the token endpoint."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the kind of token
    expires_in: int
    scope: str
    id_token: str


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """What an access token holds."""

    code_hash: str
    exp: int
    claims: dict[str, Any]


@dataclass(frozen=True)
class Redeemed:
    """A code that was good, with the claims it stood for."""

    grant: GrantRow
    claims: dict[str, Any]
    at: datetime


def redeem(node: Node, form: Mapping[str, str], authorization: str) -> TokenSet:
    """The tokens for a code.

    Raises ``TokenRefused``, in this order:

    1. grant type                                             unsupported_grant_type
    2. the client, by the method it is registered for         invalid_client
    3. code and redirect_uri are there                        invalid_request
    4. the code is known, of this client, in time, not used   invalid_grant; used: what it gave is revoked as well
    5. redirect_uri is the one of the request                 invalid_grant
    6. code_verifier fits the challenge                       invalid_grant
    """
    if form.get("grant_type") != "authorization_code":
        kind = "unsupported_grant_type" if form.get("grant_type") else "invalid_request"
        raise TokenRefused(kind, "only authorization_code is served")
    with node.database.begin() as tx:
        client = services.authenticate(node, tx, form, authorization)
    if not form.get("code") or not form.get("redirect_uri"):
        raise TokenRefused("invalid_request", "code and redirect_uri are needed")
    with node.database.begin() as tx:
        redeemed = _redeem(tx, client.client_id, form)
    if redeemed is None:
        raise TokenRefused("invalid_grant", "the code was used before")
    return _token_set(node, redeemed)


def _redeem(tx: Transaction, client_id: str, form: Mapping[str, str]) -> Redeemed | None:
    """Steps 4 to 6; None where the code was used before: then what it gave is revoked, and that must be kept."""
    grant = tx.session.get(GrantRow, code_hash(form["code"]))
    if grant is None or grant.client_id != client_id:
        raise TokenRefused("invalid_grant", "the code is not known")
    if grant.used_at is not None:
        grant.revoked_at = grant.revoked_at or tx.now
        tx.record("code-used-again", subject=grant.sub, who=client_id)
        return None
    if not grant.issued_at <= tx.now < grant.expires_at:
        raise TokenRefused("invalid_grant", "the code has expired")
    if form["redirect_uri"] != grant.redirect_uri:
        raise TokenRefused("invalid_grant", "redirect_uri differs from the one of the request")
    if not _verifier_fits(form.get("code_verifier", ""), grant.code_challenge):
        raise TokenRefused("invalid_grant", "code_verifier does not fit the challenge")
    claims = msgspec.json.decode(grant.claims, type=dict[str, Any]) if grant.claims else {}
    grant.used_at, grant.claims = tx.now, None
    tx.record(
        SERVICE_LOGIN, subject=grant.sub, who=client_id, to=client_id, basis="card", purpose="login",
        items=[ITEM_OF_SCOPE[scope] for scope in grant.scopes if scope in ITEM_OF_SCOPE],
    )  # fmt: skip
    return Redeemed(grant, claims, tx.now)


def _verifier_fits(verifier: str, challenge: str) -> bool:
    """RFC 7636 section 4.6."""
    if not VERIFIER.fullmatch(verifier):
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=")
    return secrets.compare_digest(digest, challenge.encode())


def _token_set(node: Node, redeemed: Redeemed) -> TokenSet:
    grant = redeemed.grant
    lifetime = int(node.own.token_time.total_seconds())
    expires = int(redeemed.at.timestamp()) + lifetime
    personal = {"sub": pairwise(node, grant.client_id, grant.sub), **redeemed.claims}
    access_token = _seal(node, Sealed(code_hash=grant.code_hash, exp=expires, claims=personal))
    claims = {
        "iss": node.base_url,
        "aud": grant.client_id,
        "iat": int(redeemed.at.timestamp()),
        "exp": expires,
        "auth_time": int(grant.authenticated_at.timestamp()),
        "acr": ACR,
        "amr": list(AMR),
        "at_hash": half_hash(access_token),
        **({"nonce": grant.nonce} if grant.nonce is not None else {}),
        **personal,
    }
    key = id_token_key(node)
    header = {"alg": ALGORITHM, "typ": "JWT", "kid": key.thumbprint}
    return TokenSet(
        access_token=access_token, expires_in=lifetime, scope=" ".join(grant.scopes),
        id_token=jwt.encode(header, claims, key.key, algorithms=[ALGORITHM]),
    )  # fmt: skip


def pairwise(node: Node, client_id: str, sub: str) -> str:
    """A person's handle for one service: it tells nothing to another one (OpenID Connect Core section 8.1)."""
    digest = hmac.new(node.secret("pairwise"), f"{client_id}\0{sub}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:20]).decode("ascii").lower()


def half_hash(token: str) -> str:
    """``at_hash``: the left half of SHA-256, base64url (OpenID Connect Core section 3.1.3.6)."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode("ascii")).digest()[:16]).rstrip(b"=").decode("ascii")


def id_token_key(node: Node) -> ServiceKey:
    """The key of ID tokens, another one than that of the portal's own messages."""
    key = node.state.get(STATE_KEY)
    if not isinstance(key, ServiceKey):
        key = node.state[STATE_KEY] = ServiceKey.derive(node.secret(STATE_KEY), node.spec.name)
    return key


def _seal(node: Node, content: Sealed) -> str:
    return jwe.encrypt_compact(SEALED, msgspec.json.encode(content), OctKey.import_key(node.secret("access-tokens")))


def userinfo(node: Node, token: str) -> dict[str, Any] | None:
    """What a service may know of the person; None for a token that is not, or no longer, good."""
    content = _open(node, token)
    if content is None or content.exp <= node.clock.now().timestamp():
        return None
    with node.database.begin() as tx:
        grant = tx.session.get(GrantRow, content.code_hash)
        if grant is None or grant.revoked_at is not None:
            return None
        tx.record(
            USERINFO, subject=grant.sub, who=grant.client_id, to=grant.client_id, basis="card", purpose="login",
            items=[ITEM_OF_SCOPE[scope] for scope in grant.scopes if scope in ITEM_OF_SCOPE],
        )  # fmt: skip
    return content.claims


def _open(node: Node, token: str) -> Sealed | None:
    if len(token) > MAX_TOKEN_LENGTH:
        return None
    try:
        opened = jwe.decrypt_compact(
            token, OctKey.import_key(node.secret("access-tokens")), algorithms=list(SEALED.values())
        )
        return msgspec.json.decode(opened.plaintext or b"", type=Sealed)
    except (JoseError, ValueError):
        return None
