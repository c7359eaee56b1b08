"""``/oauth/token`` and ``/.well-known/jwks.json``."""

import asyncio
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, get, post
from litestar.response import Response

from tegata.node.identity import service_key
from tegata.node.node import Node
from tegata.node.oauth import TokenRefused, grant
from tegata.node.web.decoding import one_header

FORM_TYPE: Final = "application/x-www-form-urlencoded"
MAX_FORM_BYTES: Final = 20_000
NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@post("/oauth/token", opt={"machine": True, "csrf": False, "raw": True}, status_code=200)
async def token(request: Request[Any, Any, Any], node: Node) -> Response[bytes]:
    """The token endpoint (RFC 6749 section 3.2); errors are those of section 5.2."""
    try:
        form = read_token_form(request.headers.get("content-type", ""), await request.body())
        granted = await asyncio.to_thread(grant, node, form, one_header(request, "dpop"))
    except TokenRefused as refused:
        body = {"error": refused.error, "error_description": refused.description}
        challenge = {"WWW-Authenticate": f'DPoP error="{refused.error}"'} if refused.status == 401 else {}
        return _json(body, refused.status, {**NO_STORE, **challenge})
    return _json(granted, 200, NO_STORE)


def read_token_form(content_type: str, body: bytes) -> dict[str, str]:
    """The fields of the request; one that stands twice is refused (RFC 6749 section 3.2)."""
    if content_type.partition(";")[0].strip().lower() != FORM_TYPE or len(body) > MAX_FORM_BYTES:
        raise TokenRefused("invalid_request", f"send at most {MAX_FORM_BYTES} bytes of {FORM_TYPE}")
    try:
        pairs = parse_qsl(body.decode("ascii"), max_num_fields=20, errors="strict")
    except ValueError as error:
        raise TokenRefused("invalid_request", "the form can not be read") from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise TokenRefused("invalid_request", "a parameter stands twice")
    return form


def _json(content: object, status: int, headers: dict[str, str]) -> Response[bytes]:
    return Response(msgspec.json.encode(content), status_code=status, media_type="application/json", headers=headers)


@get("/.well-known/jwks.json", opt={"machine": True}, sync_to_thread=False)
def jwks(node: Node) -> Response[bytes]:
    """The actor's public key (RFC 7517)."""
    return _json(service_key(node).jwks(), 200, {"Cache-Control": "public, max-age=300"})
