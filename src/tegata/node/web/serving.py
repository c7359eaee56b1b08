"""``@serve(ENDPOINT)``: one declaration of the wire becomes a handler that checks whatever the declaration says.

In this order: caller (token, proof, scope) → media type and size → query, path and body → idempotency key → the
function in a worker thread → the answer as JSON or raw bytes, with 304 where the caller has it already.
"""

import asyncio
import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, BinaryIO, Final, get_type_hints

import msgspec
from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.response import Response

from tegata.node import inbox
from tegata.node.node import Node
from tegata.node.oauth import Caller, authenticate
from tegata.node.web import decoding
from tegata.node.web.files import FileResponse
from tegata.node.web.visit import visit_of
from tegata.wire.endpoint import Endpoint
from tegata.wire.problems import KEY_MISSING, Refused

MAX_KEY_LENGTH: Final = 200
INJECTED: Final = frozenset({"node", "caller", "data", "query", "request"})
PUBLIC: Final = Caller("", frozenset())


class OpenFile(msgspec.Struct, frozen=True):
    """A body that is sent from a file, a piece at a time; the file is closed when it is sent."""

    file: BinaryIO
    size: int


class Reply(msgspec.Struct, kw_only=True):
    """An answer with headers. ``body`` may be a function, called only where the caller has not this ``etag`` yet.

    It, or what the function gives, may be an :class:`OpenFile`, but not in the answer to a change: that one is kept.
    """

    body: Any
    etag: str = ""
    headers: dict[str, str] = {}


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint with the function that answers it; the OpenAPI document is made from these."""

    endpoint: Endpoint[Any, Any]
    function: Callable[..., Any]
    path_types: dict[str, Any]
    wants: frozenset[str]


def serve(endpoint: Endpoint[Any, Any]) -> Callable[[Callable[..., Any]], HTTPRouteHandler]:
    """Let a function answer an endpoint.

    The function names what it needs: ``node``, ``caller`` (a ``Caller``), ``data`` (the request's type), ``query``, the
    path parameters by their names, ``request`` (Litestar's). It gives the response's type, ``bytes`` for a raw
    endpoint, or a ``Reply``; it refuses by raising ``Refused``. Raises ``TypeError`` for a parameter that is none of
    these.
    """

    def decorate(function: Callable[..., Any]) -> HTTPRouteHandler:
        served = describe(endpoint, function)
        path = decoding.litestar_path(endpoint.path)

        async def handle(request: Request[Any, Any, Any], node: Node) -> Response[bytes]:
            return await answer(served, request, node)

        return HTTPRouteHandler(
            path,
            http_method=[endpoint.method],
            name=f"{endpoint.method} {endpoint.path}",
            opt={"endpoint": served},
            status_code=endpoint.status,
        )(handle)

    return decorate


def describe(endpoint: Endpoint[Any, Any], function: Callable[..., Any]) -> Served:
    """Checks that a function fits an endpoint."""
    wants = frozenset(inspect.signature(function).parameters)
    names = decoding.path_names(endpoint.path)
    if strange := wants - INJECTED - set(names):
        raise TypeError(f"{endpoint.method} {endpoint.path}: nothing is known of the parameters {sorted(strange)}")
    if inspect.iscoroutinefunction(function) and endpoint.changes and endpoint.scope:
        raise TypeError(f"{endpoint.method} {endpoint.path}: a change is done by a plain function, inside the inbox")
    hints = get_type_hints(function, include_extras=True)
    return Served(
        endpoint=endpoint, function=function, path_types={name: hints.get(name, str) for name in names}, wants=wants
    )


async def answer(served: Served, request: Request[Any, Any, Any], node: Node) -> Response[bytes]:
    """The answer to one request."""
    endpoint = served.endpoint
    caller = identify(endpoint, request, node)
    visit_of(request).caller = caller.client_id
    arguments = decoding.arguments(served, request)
    body = await request.body() if endpoint.request is not None else b""
    if endpoint.request is not None:
        arguments["data"] = decoding.read_body(request, body, endpoint.request)
    available = {"node": node, "caller": caller, "request": request, **arguments}
    call = partial(served.function, **{name: available[name] for name in served.wants})
    if inspect.iscoroutinefunction(served.function):
        return finish(endpoint, request, await call())
    work = partial(run, endpoint, request, node, caller=caller, body=body, call=call)
    return await asyncio.to_thread(work)


def identify(endpoint: Endpoint[Any, Any], request: Request[Any, Any, Any], node: Node) -> Caller:
    """Who calls; an endpoint without a scope is open to everybody."""
    if not endpoint.scope:
        return PUBLIC
    return authenticate(
        node,
        authorization=request.headers.get("authorization"),
        proof=decoding.one_header(request, "dpop"),
        method=request.method,
        path=visit_of(request).path,
        scope=endpoint.scope,
    )


def run(
    endpoint: Endpoint[Any, Any],
    request: Request[Any, Any, Any],
    node: Node,
    *,
    caller: Caller,
    body: bytes,
    call: Callable[[], Any],
) -> Response[bytes]:
    """Call the function; a change goes through the inbox, so that it is done once however often it arrives."""
    if not endpoint.changes or not endpoint.scope:
        return finish(endpoint, request, call())

    def work() -> inbox.Answer:
        return inbox.Answer(endpoint.status, endpoint.media_type, encode(call()))

    kept = inbox.once(
        node.database,
        caller=caller.client_id,
        key=idempotency_key(request),
        request_hash=inbox.request_hash(endpoint.method, visit_of(request).path, request.scope["query_string"], body),
        work=work,
    )
    headers = {"Idempotency-Replayed": "true"} if kept.replayed else {}
    return Response(kept.body, status_code=kept.status, media_type=kept.media_type, headers=headers)


def idempotency_key(request: Request[Any, Any, Any]) -> str:
    """The key of a change: 1 to 200 visible ASCII characters. Raises ``Refused(KEY_MISSING)``."""
    key = decoding.one_header(request, "idempotency-key") or ""
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not all("!" <= character <= "~" for character in key):
        raise Refused(KEY_MISSING)
    return key


def encode(result: object) -> bytes:
    """An answer as bytes; raw bytes stay."""
    body = _body(result)
    return body if isinstance(body, bytes) else msgspec.json.encode(body)


def _body(result: object) -> object:
    body = result.body if isinstance(result, Reply) else result
    return body() if callable(body) else body


def finish(endpoint: Endpoint[Any, Any], request: Request[Any, Any, Any], result: object) -> Response[bytes]:
    """The HTTP answer: 304 where the caller names the ETag (RFC 9110 section 13.1.2)."""
    reply = result if isinstance(result, Reply) else Reply(body=result)
    headers = dict(reply.headers)
    if reply.etag:
        headers |= {"ETag": f'"{reply.etag}"', "Cache-Control": "no-cache"}
        if decoding.names_etag(request.headers.get("if-none-match", ""), reply.etag):
            return Response(b"", status_code=304, media_type=endpoint.media_type, headers=headers)
    options: dict[str, Any] = {
        "status_code": endpoint.status, "media_type": endpoint.media_type, "headers": headers,
    }  # fmt: skip
    body = _body(reply)
    if isinstance(body, OpenFile):
        return FileResponse(body.file, body.size, **options)
    return Response(encode(body), **options)
