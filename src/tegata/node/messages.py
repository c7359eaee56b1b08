"""A message before it is sent: an endpoint with its path, query and body filled in."""

import re
from collections.abc import Mapping
from typing import Any, get_origin
from urllib.parse import quote, urlencode

import msgspec

from tegata.wire.endpoint import Endpoint
from tegata.wire.text import Text


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be sent. ``path`` is below the receiver's base URL, its parameters filled in, with the query."""

    to: str
    method: str
    path: str
    scope: str
    label: Text
    step: str = ""
    key: str = ""
    content: bytes = b""
    media_type: str = ""
    etag: str = ""

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice does no more than sending it once."""
        return self.method == "GET" or bool(self.key)


def fill_path(template: str, parameters: Mapping[str, object]) -> str:
    """A path with its parameters percent-encoded, so that none can reach into another path.

    Raises ``KeyError`` for a missing parameter, ``ValueError`` for an empty one or one of dots only.
    """

    def put(match: re.Match[str]) -> str:
        value = str(parameters[match[1]])
        if not value.strip("."):
            raise ValueError(f"the path parameter {match[1]} can not be {value!r}")
        return quote(value, safe="")

    return re.sub(r"{(\w+)}", put, template)


def encode_query(query: msgspec.Struct | None) -> str:
    """A query struct as it stands behind the path: None left out, lists repeated, true and false in small letters."""
    if query is None:
        return ""
    pairs = [
        (name, str(one).lower() if isinstance(one, bool) else str(one))
        for name, value in msgspec.to_builtins(query).items()
        for one in (value if isinstance(value, list) else [value])
        if one is not None
    ]
    return "?" + urlencode(pairs) if pairs else ""


def outgoing(
    endpoint: Endpoint[Any, Any],
    body: object,
    *,
    to: str,
    key: str = "",
    path: Mapping[str, object] | None = None,
    query: msgspec.Struct | None = None,
    etag: str = "",
) -> Outgoing:
    """A message of an endpoint. A body is checked against the endpoint's type: ``TypeError`` for another."""
    content, media_type = _encode(endpoint, body)
    return Outgoing(
        to=to, method=endpoint.method, path=fill_path(endpoint.path, path or {}) + encode_query(query),
        scope=endpoint.scope, label=endpoint.label, step=endpoint.step, key=key, content=content,
        media_type=media_type, etag=etag,
    )  # fmt: skip


def _encode(endpoint: Endpoint[Any, Any], body: object) -> tuple[bytes, str]:
    if endpoint.request is None:
        if body is not None:
            raise TypeError(f"{endpoint.method} {endpoint.path} takes no body")
        return b"", ""
    wanted = get_origin(endpoint.request) or endpoint.request
    if not isinstance(body, wanted):
        raise TypeError(f"{endpoint.method} {endpoint.path} takes {wanted.__name__}, not {type(body).__name__}")
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return content, endpoint.request_media_type
