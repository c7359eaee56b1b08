"""What services call: discovery, keys, the token endpoint, UserInfo (OpenID Connect Core and Discovery 1.0)."""

import asyncio
from typing import Any, Final

import msgspec
from litestar import Request, get, route
from litestar.enums import HttpMethod
from litestar.response import Response

from tegata.actors.portal.service import services, tokens
from tegata.actors.portal.settings import SCOPES
from tegata.node.login_attempts import attempt_succeeded, begin_attempt
from tegata.node.node import Node
from tegata.node.oauth import TokenRefused
from tegata.node.web.login import origin_of
from tegata.node.web.oauth_api import NO_STORE, read_token_form

AUTHORIZE_PATH: Final = "/oidc/authorize"
JWKS_PATH: Final = "/oidc/jwks.json"
USERINFO_PATH: Final = "/oidc/userinfo"
MACHINE: Final = {"machine": True, "csrf": False}
FRESH: Final = {"Cache-Control": "public, max-age=300"}
CLAIMS: Final = (
    "iss", "aud", "sub", "iat", "exp", "auth_time", "acr", "amr", "at_hash", "nonce", "name", "address", "birthdate",
    "gender",
)  # fmt: skip


@get("/.well-known/openid-configuration", opt=MACHINE, sync_to_thread=False)
def discovery(node: Node) -> Response[bytes]:
    """The provider's metadata (OpenID Connect Discovery section 3; RFC 8414)."""
    issuer = node.base_url
    return _json(
        {
            "issuer": issuer,
            "authorization_endpoint": issuer + AUTHORIZE_PATH,
            "token_endpoint": issuer + services.TOKEN_PATH,
            "userinfo_endpoint": issuer + USERINFO_PATH,
            "jwks_uri": issuer + JWKS_PATH,
            "scopes_supported": list(SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "acr_values_supported": [tokens.ACR],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": [tokens.ALGORITHM],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["ES256", "RS256", "PS256"],
            "code_challenge_methods_supported": ["S256"],
            "claim_types_supported": ["normal"],
            "claims_supported": list(CLAIMS),
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "authorization_response_iss_parameter_supported": True,
            "ui_locales_supported": ["ja", "en"],
        },
        headers=FRESH,
    )


@get(JWKS_PATH, opt=MACHINE, sync_to_thread=False)
def jwks(node: Node) -> Response[bytes]:
    """The public key of ID tokens (RFC 7517)."""
    return _json(tokens.id_token_key(node).jwks(), headers=FRESH)


@route(services.TOKEN_PATH, http_method=[HttpMethod.POST], opt=MACHINE, status_code=200)
async def token(request: Request[Any, Any, Any], node: Node) -> Response[bytes]:
    """The token endpoint; errors are those of RFC 6749 section 5.2."""
    authorization = request.headers.get("authorization", "")
    try:
        form = read_token_form(request.headers.get("content-type", ""), await request.body())
        granted = await asyncio.to_thread(_redeem, node, form, authorization, origin_of(request))
    except TokenRefused as refused:
        body = {"error": refused.error, "error_description": refused.description}
        challenge = {"WWW-Authenticate": 'Basic realm="token"'} if refused.status == 401 else {}
        return _json(body, status=refused.status, headers={**NO_STORE, **challenge})
    return _json(granted, headers=NO_STORE)


def _redeem(node: Node, form: dict[str, str], authorization: str, origin: str) -> tokens.TokenSet:
    """Redeem, with failed client authentication counted by service and origin."""
    subject = f"{services.claimed(form, authorization)} {origin}"
    number = begin_attempt(node, "login service", subject, origin)
    try:
        granted = tokens.redeem(node, form, authorization)
    except TokenRefused as refused:
        if refused.error != "invalid_client":
            attempt_succeeded(node, number)
        raise
    attempt_succeeded(node, number)
    return granted


@route(USERINFO_PATH, http_method=[HttpMethod.GET, HttpMethod.POST], opt=MACHINE, status_code=200, sync_to_thread=True)
def userinfo(request: Request[Any, Any, Any], node: Node) -> Response[bytes]:
    """What the service may know of the person (OpenID Connect Core section 5.3); errors are those of RFC 6750."""
    scheme, _, access_token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not access_token:
        return _json({}, status=401, headers={**NO_STORE, "WWW-Authenticate": "Bearer"})
    claims = tokens.userinfo(node, access_token.strip())
    if claims is None:
        told = {"error": "invalid_token", "error_description": "the access token is not, or no longer, good"}
        challenge = f'Bearer error="{told["error"]}", error_description="{told["error_description"]}"'
        return _json(told, status=401, headers={**NO_STORE, "WWW-Authenticate": challenge})
    return _json(claims, headers=NO_STORE)


def _json(content: object, *, status: int = 200, headers: dict[str, str]) -> Response[bytes]:
    return Response(msgspec.json.encode(content), status_code=status, media_type="application/json", headers=headers)


HANDLERS = (discovery, jwks, token, userinfo)
