"""What comes in with a request, as the declared types; every misfit is a refusal that names the place."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, get_type_hints
from urllib.parse import parse_qsl

import msgspec
from litestar import Request

from tegata.node.web.forms import Hint, bare_type, origin
from tegata.wire.problems import INVALID, MALFORMED, NOT_FOUND, UNSUPPORTED_MEDIA, Refused

if TYPE_CHECKING:
    from tegata.node.web.serving import Served

PATH_PARAMETER: Final = re.compile(r"{(\w+)}")
MAX_QUERY_FIELDS: Final = 50


def path_names(path: str) -> list[str]:
    """The parameters of a declared path."""
    return PATH_PARAMETER.findall(path)


def litestar_path(path: str) -> str:
    """A declared path in Litestar's form."""
    return PATH_PARAMETER.sub(r"{\1:str}", path)


def one_header(request: Request[Any, Any, Any], name: str) -> str | None:
    """A header that may stand once only; twice is ``malformed``."""
    values = request.headers.getall(name, [])
    if len(values) > 1:
        raise Refused(MALFORMED, {"header": name})
    return values[0] if values else None


def arguments(served: "Served", request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Path parameters and query of a request."""
    values: dict[str, Any] = {
        name: read_path(str(request.path_params[name]), kind) for name, kind in served.path_types.items()
    }
    query = read_query(request.scope["query_string"], served.endpoint.query)
    return values if query is None else {**values, "query": query}


def read_path(text: str, kind: Hint) -> object:
    """A path parameter; one that does not fit its type names nothing: ``not-found``."""
    try:
        value = msgspec.convert(text, kind, strict=False)
    except (msgspec.ValidationError, ValueError) as error:
        raise Refused(NOT_FOUND) from error
    if "\0" in text:
        raise Refused(NOT_FOUND)
    return value


def read_query(query_string: bytes, struct: Hint) -> object:
    """The query as its struct; None where none is declared. An unknown name is ``invalid``: it may be a slip."""
    pairs = _query_pairs(query_string)
    fields = query_fields(struct) if struct else {}
    if unknown := sorted({name for name, _ in pairs} - fields.keys()):
        raise Refused(INVALID, {"query": unknown})
    if struct is None:
        return None
    values: dict[str, Any] = {}
    for name, text in pairs:
        if fields[name]:
            values.setdefault(name, []).append(text)
        elif name in values:
            raise Refused(INVALID, {"query": [name]})
        else:
            values[name] = text
    return convert(values, struct, "query", strict=False)


@lru_cache(maxsize=256)
def query_fields(struct: Hint) -> dict[str, bool]:
    """The names that a query may have, and whether each may stand several times."""
    hints = get_type_hints(struct, include_extras=True)
    return {field.encode_name: origin(bare_type(hints[field.name])) is list for field in msgspec.structs.fields(struct)}


def _query_pairs(query_string: bytes) -> list[tuple[str, str]]:
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS, errors="strict"
        )
    except ValueError as error:
        raise Refused(MALFORMED, {"in": "query"}) from error
    if any("\0" in part for pair in pairs for part in pair):
        raise Refused(INVALID, {"in": "query", "says": "NUL character"})
    return pairs


def read_body(request: Request[Any, Any, Any], body: bytes, kind: Hint) -> object:
    """The body as its type: JSON, or bytes as they are where the type is ``bytes``."""
    if kind is bytes:
        return body
    if not is_json(request.headers.get("content-type", "")):
        raise Refused(UNSUPPORTED_MEDIA)
    try:
        plain = msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Refused(MALFORMED, {"in": "body"}) from error
    if b"\\u0000" in body and holds_nul(plain):
        raise Refused(INVALID, {"in": "body", "says": "NUL character"})
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.ValidationError, ValueError, OverflowError) as error:
        raise Refused(INVALID, {"in": "body", "says": str(error)}) from error


def is_json(content_type: str) -> bool:
    """Whether a Content-Type is JSON, by itself or by its suffix (RFC 6839)."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))


def convert(values: Mapping[str, Any], kind: Hint, place: str, *, strict: bool) -> object:
    """Plain values as a type. Raises ``Refused(INVALID)``."""
    try:
        return msgspec.convert(values, kind, strict=strict)
    except (msgspec.ValidationError, ValueError, OverflowError) as error:
        raise Refused(INVALID, {"in": place, "says": str(error)}) from error


def holds_nul(value: object) -> bool:
    """Whether a text somewhere inside has a NUL, which PostgreSQL can not keep."""
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(holds_nul(key) or holds_nul(part) for key, part in value.items())
    return isinstance(value, list) and any(holds_nul(part) for part in value)


def names_etag(if_none_match: str, etag: str) -> bool:
    """Whether ``If-None-Match`` names the ETag, by weak comparison (RFC 9110 section 8.8.3.2)."""
    named = [part.strip().removeprefix("W/") for part in if_none_match.split(",")]
    return f'"{etag}"' in named or named == ["*"]
