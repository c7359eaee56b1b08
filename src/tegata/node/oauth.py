"""The authorization server that every actor is for its own API, and the guard at its endpoints.

Client credentials (RFC 6749 section 4.4) with ``private_key_jwt`` (RFC 7523) and DPoP (RFC 9449), as FAPI 2.0 chooses
them; access tokens are JWTs (RFC 9068) bound to the caller's key by ``cnf.jkt``.
"""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tegata.node.identity import ServiceKey, service_key
from tegata.node.identity_tables import OAuthClientRow, SeenAssertionRow
from tegata.node.oauth_problems import PROOF_INVALID, SCOPE_MISSING, TOKEN_INVALID
from tegata.node.oauth_proof import ALGORITHMS, check_proof, unverified_header
from tegata.wire.problems import UNAUTHENTICATED, Refused

if TYPE_CHECKING:
    from tegata.node.database import Transaction
    from tegata.node.node import Node

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - a path
TOKEN_LIFETIME: Final = timedelta(minutes=10)
MAX_ASSERTION_LIFETIME: Final = timedelta(minutes=5)
LEEWAY: Final = timedelta(seconds=60)
MAX_TOKEN_LENGTH: Final = 8192


class Caller(msgspec.Struct, frozen=True):
    """The organisation that calls, and what it may do here."""

    client_id: str
    scopes: frozenset[str]


class TokenAnswer(msgspec.Struct, frozen=True):
    """A granted token (RFC 6749 section 5.1)."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


class TokenRefused(Exception):
    """No token was granted. ``error`` is a code of RFC 6749 section 5.2 or RFC 9449 section 5."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description

    @property
    def status(self) -> int:
        """401 where the client could not be authenticated, else 400."""
        return 401 if self.error == "invalid_client" else 400


class AssertionClaims(msgspec.Struct, frozen=True):
    """The claims of a client assertion (RFC 7523 section 3)."""

    iss: str
    sub: str
    aud: str | list[str]
    jti: str
    exp: int
    iat: int = 0
    nbf: int = 0


class TokenClaims(msgspec.Struct, frozen=True):
    """The claims of an access token (RFC 9068 section 2.2)."""

    iss: str
    sub: str
    client_id: str
    scope: str
    exp: int
    iat: int
    cnf: dict[str, str]


def register_client(
    tx: "Transaction", client_id: str, public_jwk: Mapping[str, Any], scopes: frozenset[str] | set[str]
) -> None:
    """Let an organisation call, or change its key and scopes; ``ValueError`` for a key that is not public P-256."""
    if "d" in public_jwk or public_jwk.get("crv") != "P-256":
        raise ValueError("a public key on P-256 is needed")
    try:
        ECKey.import_key(dict(public_jwk))
    except JoseError as error:
        raise ValueError("the key can not be read") from error
    row = tx.session.get(OAuthClientRow, client_id) or OAuthClientRow(client_id=client_id, registered_at=tx.now)
    row.public_jwk, row.scopes, row.active = dict(public_jwk), sorted(scopes), True
    tx.session.add(row)


def deactivate_client(tx: "Transaction", client_id: str) -> None:
    """Give the organisation no more tokens; those it holds end within ten minutes."""
    row = tx.session.get(OAuthClientRow, client_id)
    if row is not None:
        row.active = False


def grant(node: "Node", form: Mapping[str, str], proof: str | None) -> TokenAnswer:
    """A token for the client that the form authenticates. Raises ``TokenRefused``.

    Steps: grant type; client assertion; DPoP proof (its key becomes the token's); scopes within those registered.
    """
    if form.get("grant_type") != "client_credentials":
        raise TokenRefused("unsupported_grant_type", "only client_credentials is served")
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise TokenRefused("invalid_client", "a client assertion is needed")
    with node.database.begin() as tx:
        client = _authenticate_client(node, tx.session, form, tx.now)
        registered = frozenset(client.scopes)
        client_id = client.client_id
    thumbprint = _check_token_proof(node, proof)
    scopes = _granted_scopes(form.get("scope", ""), registered)
    return _issue(node, client_id, scopes, thumbprint)


def _authenticate_client(node: "Node", session: Session, form: Mapping[str, str], now: datetime) -> OAuthClientRow:
    assertion = form.get("client_assertion", "")
    if len(assertion) > MAX_TOKEN_LENGTH:
        raise TokenRefused("invalid_client", "the client assertion is too long")
    client = session.get(OAuthClientRow, _claimed_client(assertion))
    if client is None or not client.active:
        raise TokenRefused("invalid_client", "the client is not registered here")
    try:
        claims = jwt.decode(assertion, ECKey.import_key(client.public_jwk), algorithms=ALGORITHMS).claims
        _check_assertion(node, msgspec.convert(claims, AssertionClaims), client.client_id, now)
    except (JoseError, ValueError) as error:
        raise TokenRefused("invalid_client", "the client assertion is not valid") from error
    if form.get("client_id", client.client_id) != client.client_id:
        raise TokenRefused("invalid_client", "client_id differs from the assertion")
    _remember_assertion(session, client.client_id, claims, now)
    return client


def _claimed_client(assertion: str) -> str:
    """The client that an assertion names, before its signature is checked."""
    try:
        subject = unverified_header(assertion.split(".")[1]).get("sub")
    except (IndexError, ValueError) as error:
        raise TokenRefused("invalid_client", "the client assertion can not be read") from error
    if not isinstance(subject, str) or "\0" in subject:
        raise TokenRefused("invalid_client", "the client assertion names no client")
    return subject


def _check_assertion(node: "Node", claims: AssertionClaims, client_id: str, now: datetime) -> None:
    audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    seconds, leeway = now.timestamp(), LEEWAY.total_seconds()
    if claims.iss != client_id or claims.sub != client_id:
        raise ValueError("issuer or subject")
    if not {node.base_url, node.base_url + TOKEN_PATH} & set(audience):
        raise ValueError("audience")
    if not seconds < claims.exp <= seconds + (MAX_ASSERTION_LIFETIME + LEEWAY).total_seconds():
        raise ValueError("expiry")
    if max(claims.iat, claims.nbf) > seconds + leeway:
        raise ValueError("not yet")


def _remember_assertion(session: Session, client_id: str, claims: Mapping[str, Any], now: datetime) -> None:
    """Refuses an assertion that was used before; the primary key decides between two at once."""
    session.execute(delete(SeenAssertionRow).where(SeenAssertionRow.expires_at < now))
    identifier = hashlib.sha256(f"{client_id}\n{claims['jti']}".encode()).hexdigest()
    expires_at = now.fromtimestamp(int(claims["exp"]), now.tzinfo)
    session.add(SeenAssertionRow(identifier=identifier, expires_at=expires_at))
    try:
        session.flush()
    except IntegrityError as error:
        raise TokenRefused("invalid_client", "the client assertion was used before") from error


def _check_token_proof(node: "Node", proof: str | None) -> str:
    if proof is None:
        raise TokenRefused("invalid_dpop_proof", "a DPoP proof is needed")
    try:
        return check_proof(
            proof, method="POST", url=node.base_url + TOKEN_PATH, at=node.clock.now(), seen=node.seen_proofs
        )
    except Refused as refused:
        raise TokenRefused("invalid_dpop_proof", refused.sentence("en")) from refused


def _granted_scopes(asked: str, registered: frozenset[str]) -> frozenset[str]:
    scopes = frozenset(asked.split()) or registered
    if not scopes <= registered:
        raise TokenRefused("invalid_scope", "a scope is asked for that was not granted")
    return scopes


def _issue(node: "Node", client_id: str, scopes: frozenset[str], thumbprint: str) -> TokenAnswer:
    issued_at = int(node.clock.now().timestamp())
    scope, lifetime, key = " ".join(sorted(scopes)), int(TOKEN_LIFETIME.total_seconds()), service_key(node)
    claims = {
        "iss": node.base_url,
        "aud": node.base_url,
        "sub": client_id,
        "client_id": client_id,
        "scope": scope,
        "iat": issued_at,
        "exp": issued_at + lifetime,
        "jti": secrets.token_urlsafe(16),
        "cnf": {"jkt": thumbprint},
    }
    header = {"alg": "ES256", "typ": "at+jwt", "kid": key.thumbprint}
    return TokenAnswer(jwt.encode(header, claims, key.key, algorithms=ALGORITHMS), "DPoP", lifetime, scope)


@lru_cache(maxsize=4096)
def _verified_claims(token: str, key: ServiceKey) -> TokenClaims:
    """The claims of a token that this actor signed; a token never changes, so one check is enough."""
    decoded = jwt.decode(token, key.key, algorithms=ALGORITHMS)
    if decoded.header.get("typ") != "at+jwt":
        raise ValueError("not an access token")
    return msgspec.convert(decoded.claims, TokenClaims)


def read_token(node: "Node", token: str) -> TokenClaims:
    """The claims of a valid token. Raises ``Refused(TOKEN_INVALID)``."""
    now = int(node.clock.now().timestamp())
    try:
        if len(token) > MAX_TOKEN_LENGTH:
            raise ValueError("length")
        claims = _verified_claims(token, service_key(node))
    except (JoseError, ValueError) as error:
        raise Refused(TOKEN_INVALID) from error
    if claims.iss != node.base_url or not claims.iat - LEEWAY.total_seconds() <= now < claims.exp:
        raise Refused(TOKEN_INVALID)
    return claims


def authenticate(
    node: "Node", *, authorization: str | None, proof: str | None, method: str, path: str, scope: str
) -> Caller:
    """Who calls, once token, proof and scope are checked in this order.

    ``path`` is below the actor's base URL. Raises ``Refused``: ``unauthenticated``, ``token-invalid``,
    ``dpop-proof-invalid``, ``dpop-proof-replayed`` (401), ``scope-missing`` (403).
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "dpop" or not token:
        raise Refused(UNAUTHENTICATED)
    claims = read_token(node, token)
    if proof is None:
        raise Refused(PROOF_INVALID, {"reason": "missing"})
    thumbprint = check_proof(
        proof, method=method, url=node.base_url + path, at=node.clock.now(), seen=node.seen_proofs, token=token
    )
    if not secrets.compare_digest(thumbprint, claims.cnf.get("jkt", "")):
        raise Refused(PROOF_INVALID, {"reason": "key"})
    scopes = frozenset(claims.scope.split())
    if scope not in scopes:
        raise Refused(SCOPE_MISSING, {"scope": scope})
    return Caller(claims.client_id, scopes)
