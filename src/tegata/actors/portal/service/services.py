"""Services that let people log in here: registered, found, and proved to be who they say (client authentication)."""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote_plus

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import urlsafe_b64decode
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tegata.actors.portal.rules.authorization import OPENID, Service, check_redirect_uri
from tegata.actors.portal.settings import SCOPES, LoginService
from tegata.actors.portal.tables import ClientRow
from tegata.node.database import Transaction
from tegata.node.identity_tables import SeenAssertionRow
from tegata.node.node import Node
from tegata.node.oauth import (
    ASSERTION_TYPE,
    LEEWAY,
    MAX_TOKEN_LENGTH,
    AssertionClaims,
    TokenRefused,
)
from tegata.node.oauth_proof import unverified_header
from tegata.wire.text import Text

SHORTEST_SECRET: Final = 32
RSA_BITS: Final = 2048
SECRET: Final = "login service secret"  # noqa: S105 - the kind of a digest
KEY_ALGORITHMS: Final = {"EC": ["ES256"], "RSA": ["RS256", "PS256"]}
LONGEST_ASSERTION: Final = timedelta(hours=1)
"""How far the end of a client assertion may lie ahead: common client libraries take an hour."""

TOKEN_PATH: Final = "/oidc/token"  # noqa: S105 - a path
SAMPLE_ID: Final = "sample-service"
SAMPLE_REDIRECT: Final = "http://127.0.0.1:9000/callback"


def register(node: Node, service: LoginService) -> None:
    """Register a service, or change what is registered of it. ``ValueError`` for one that can not be."""
    for uri in service.redirect_uris:
        check_redirect_uri(uri)
    if OPENID not in service.scopes or not set(service.scopes) <= set(SCOPES):
        raise ValueError(f"{service.id}: the scopes are openid and some of {', '.join(SCOPES[1:])}")
    if bool(service.secret) == bool(service.public_jwk):
        raise ValueError(f"{service.id}: either a secret or a public key")
    if service.secret and len(service.secret) < SHORTEST_SECRET:
        raise ValueError(f"{service.id}: the secret has at least {SHORTEST_SECRET} characters")
    public_jwk = public_key(service.public_jwk).as_dict(private=False) if service.public_jwk else None
    with node.database.begin() as tx:
        row = tx.session.get(ClientRow, service.id) or ClientRow(client_id=service.id, registered_at=tx.now)
        row.name_ja, row.name_en = service.name_ja, service.name_en
        row.redirect_uris, row.scopes = list(service.redirect_uris), list(service.scopes)
        row.secret = node.fingerprint(SECRET, service.secret) if service.secret else None
        row.public_jwk = dict(public_jwk) if public_jwk else None
        tx.session.add(row)


def public_key(jwk: Mapping[str, Any]) -> ECKey | RSAKey:
    """The key that a service signs with: P-256, or RSA of 2048 bits and more. ``ValueError`` for any other."""
    if "d" in jwk:
        raise ValueError("a public key is needed")
    try:
        if jwk.get("kty") == "EC" and jwk.get("crv") == "P-256":
            return ECKey.import_key(dict(jwk))
        if (
            jwk.get("kty") == "RSA"
            and int.from_bytes(urlsafe_b64decode(str(jwk["n"]).encode())).bit_length() >= RSA_BITS
        ):
            return RSAKey.import_key(dict(jwk))
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise ValueError("the key can not be read") from error
    raise ValueError("the key is on P-256, or RSA of 2048 bits and more")


def sample(node: Node) -> LoginService:
    """The service that a demonstration registers; its secret is another one in each installation."""
    secret = base64.urlsafe_b64encode(node.secret(SAMPLE_ID)).decode("ascii")
    return LoginService(
        id=SAMPLE_ID, name_ja="見本のサービス", name_en="Sample service", redirect_uris=(SAMPLE_REDIRECT,),
        secret=secret,
    )  # fmt: skip


def find(node: Node, client_id: str) -> Service | None:
    """What the rules need to know of a service."""
    with node.database.read() as session:
        row = session.get(ClientRow, client_id) if "\0" not in client_id else None
    return Service(row.client_id, frozenset(row.redirect_uris), frozenset(row.scopes)) if row else None


def names(node: Node) -> dict[str, Text]:
    """The services by id, as people know them."""
    with node.database.read() as session:
        return {row.client_id: Text(row.name_ja, row.name_en) for row in session.scalars(select(ClientRow))}


def claimed(form: Mapping[str, str], authorization: str) -> str:
    """The service that a request to the token endpoint names, nothing of it proved; for the limit of attempts."""
    if authorization:
        return _basic(authorization)[0]
    if assertion := form.get("client_assertion", ""):
        return _assertion_subject(assertion)
    raise TokenRefused("invalid_client", "the client has to authenticate")


def authenticate(node: Node, tx: Transaction, form: Mapping[str, str], authorization: str) -> ClientRow:
    """The service that asks, by the method it is registered for. Raises ``TokenRefused`` (invalid_client).

    ``client_secret_basic`` (RFC 6749 section 2.3.1) or ``private_key_jwt`` (RFC 7523; OpenID Connect Core section 9);
    never two methods at once.
    """
    if authorization and ("client_assertion" in form or "client_secret" in form):
        raise TokenRefused("invalid_request", "one method of authentication only")
    client_id = claimed(form, authorization)
    row = tx.session.get(ClientRow, client_id) if "\0" not in client_id else None
    if row is None or form.get("client_id", client_id) != client_id:
        raise TokenRefused("invalid_client", "the client could not be authenticated")
    if authorization:
        _check_secret(node, row, _basic(authorization)[1])
    else:
        _check_assertion(node, tx.session, row, form, tx.now)
    return row


def _basic(authorization: str) -> tuple[str, str]:
    """Id and secret; each is form-encoded inside the Base64."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError("scheme")
        client_id, colon, secret = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
        if not colon:
            raise ValueError("no colon")
        return unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except (ValueError, binascii.Error) as error:
        raise TokenRefused("invalid_client", "the Authorization header can not be read") from error


def _check_secret(node: Node, row: ClientRow, secret: str) -> None:
    expected = row.secret or ""
    if not expected or not secrets.compare_digest(expected, node.fingerprint(SECRET, secret)):
        raise TokenRefused("invalid_client", "the client could not be authenticated")


def _assertion_subject(assertion: str) -> str:
    try:
        subject = unverified_header(assertion.split(".")[1]).get("sub")
    except (IndexError, ValueError) as error:
        raise TokenRefused("invalid_client", "the client assertion can not be read") from error
    if not isinstance(subject, str):
        raise TokenRefused("invalid_client", "the client assertion names no client")
    return subject


def _check_assertion(node: Node, session: Session, row: ClientRow, form: Mapping[str, str], now: datetime) -> None:
    assertion = form.get("client_assertion", "")
    if form.get("client_assertion_type") != ASSERTION_TYPE or row.public_jwk is None:
        raise TokenRefused("invalid_client", "this client authenticates in another way")
    if len(assertion) > MAX_TOKEN_LENGTH:
        raise TokenRefused("invalid_client", "the client assertion is too long")
    try:
        key = public_key(row.public_jwk)
        decoded = jwt.decode(assertion, key, algorithms=KEY_ALGORITHMS[key.key_type]).claims
        claims = msgspec.convert(decoded, AssertionClaims)
        _check_claims(node, claims, row.client_id, now)
    except (JoseError, ValueError) as error:
        raise TokenRefused("invalid_client", "the client assertion is not valid") from error
    _remember(session, row.client_id, claims, now)


def _check_claims(node: Node, claims: AssertionClaims, client_id: str, now: datetime) -> None:
    audience = {claims.aud} if isinstance(claims.aud, str) else set(claims.aud)
    seconds, leeway = now.timestamp(), LEEWAY.total_seconds()
    if claims.iss != client_id or claims.sub != client_id:
        raise ValueError("issuer or subject")
    if not audience & {node.base_url, node.base_url + TOKEN_PATH}:
        raise ValueError("audience")
    if not seconds < claims.exp <= seconds + LONGEST_ASSERTION.total_seconds() + leeway:
        raise ValueError("expiry")
    if max(claims.iat, claims.nbf) > seconds + leeway:
        raise ValueError("not yet")


def _remember(session: Session, client_id: str, claims: AssertionClaims, now: datetime) -> None:
    """Refuses an assertion that was used before (RFC 7523 section 3, item 7)."""
    session.execute(delete(SeenAssertionRow).where(SeenAssertionRow.expires_at < now))
    identifier = hashlib.sha256(f"login service\n{client_id}\n{claims.jti}".encode()).hexdigest()
    session.add(SeenAssertionRow(identifier=identifier, expires_at=now.fromtimestamp(claims.exp, now.tzinfo)))
    try:
        session.flush()
    except IntegrityError as error:
        raise TokenRefused("invalid_client", "the client assertion was used before") from error
