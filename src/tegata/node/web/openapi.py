"""The OpenAPI 3.1 document of an actor, made from the declarations that its handlers serve."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import Request, get
from litestar.response import Response

from tegata.node.node import Node
from tegata.node.oauth import TOKEN_PATH, TokenAnswer
from tegata.node.oauth_problems import PROOF_INVALID, PROOF_REPLAYED, SCOPE_MISSING, TOKEN_INVALID
from tegata.node.web.forms import Hint
from tegata.node.web.monitoring import HealthAnswer
from tegata.node.web.oauth_api import FORM_TYPE
from tegata.node.web.serving import MAX_KEY_LENGTH, Served
from tegata.wire.endpoint import Endpoint
from tegata.wire.problems import (
    INVALID,
    KEY_MISSING,
    KEY_REUSED,
    MALFORMED,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    PROBLEM_MEDIA_TYPE,
    TOO_LARGE,
    UNAUTHENTICATED,
    UNSUPPORTED_MEDIA,
    ProblemDetails,
    ProblemType,
)

REFERENCE: Final = "#/components/schemas/{name}"
ERROR_SCHEMA: Final = {
    "type": "object",
    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
    "required": ["error"],
}
Json = dict[str, Any]


@get("/openapi.json", opt={"machine": True}, sync_to_thread=False)
def openapi_json(request: Request[Any, Any, Any], node: Node) -> Response[bytes]:
    """The document."""
    body = node.state.get("openapi") or msgspec.json.encode(document(node, served_by(request.app.routes)))
    node.state["openapi"] = body
    return Response(body, media_type="application/json")


def served_by(routes: Iterable[Any]) -> list[Served]:
    """The endpoints among an application's routes, in the order of their paths."""
    handlers = [handler for route in routes for handler in getattr(route, "route_handlers", ())]
    served: list[Served] = [handler.opt["endpoint"] for handler in handlers if "endpoint" in handler.opt]
    return sorted(served, key=lambda one: (one.endpoint.path, one.endpoint.method))


def document(node: Node, served: list[Served]) -> Json:
    """The document of a node that serves these endpoints."""
    schemas, components = _schemas(served)
    paths: dict[str, Json] = {}
    for one in served:
        paths.setdefault(one.endpoint.path, {})[one.endpoint.method.lower()] = operation(one, schemas, components)
    paths |= _common_paths(schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Tegata: {node.spec.title.en}", "version": "1", "description": node.spec.role.en},
        "servers": [{"url": node.base_url}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _security_schemes(node, served)},
    }


def _schemas(served: list[Served]) -> tuple[dict[Any, Json], Json]:
    """The schema of every type that is named, by type, and the components that they refer to."""
    kinds: list[Any] = [ProblemDetails, HealthAnswer, TokenAnswer]
    for one in served:
        endpoint = one.endpoint
        kinds += [kind for kind in (endpoint.request, endpoint.response) if kind not in {None, bytes}]
        kinds += [*one.path_types.values(), *([endpoint.query] if endpoint.query else [])]
    unique = list(dict.fromkeys(kinds))
    schemas, components = msgspec.json.schema_components(unique, ref_template=REFERENCE)
    return dict(zip(unique, schemas, strict=True)), components


def operation(served: Served, schemas: dict[Any, Json], components: Json) -> Json:
    """One operation."""
    endpoint = served.endpoint
    told: Json = {
        "operationId": served.function.__name__,
        "summary": f"{endpoint.step}{endpoint.label.en}",
        "description": endpoint.label.ja,
        "parameters": [
            *_path_parameters(served, schemas),
            *_query_parameters(endpoint, components),
            *_header_parameters(endpoint),
        ],
        "responses": responses(endpoint, schemas),
    }
    if endpoint.request is not None:
        told["requestBody"] = {
            "required": True,
            "content": _content(endpoint.request, endpoint.request_media_type, schemas),
        }
    if endpoint.scope:
        told["security"] = [{"organisation": [endpoint.scope]}]
    return told


def _path_parameters(served: Served, schemas: dict[Any, Json]) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": schemas[kind]}
        for name, kind in served.path_types.items()
    ]


def _query_parameters(endpoint: Endpoint[Any, Any], components: Json) -> list[Json]:
    if endpoint.query is None:
        return []
    schema = components[endpoint.query.__name__]
    required = set(schema.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": part}
        for name, part in schema["properties"].items()
    ]


def _header_parameters(endpoint: Endpoint[Any, Any]) -> list[Json]:
    if not (endpoint.changes and endpoint.scope):
        return []
    schema = {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH, "pattern": "^[!-~]+$"}
    return [{"name": "Idempotency-Key", "in": "header", "required": True, "schema": schema}]


def _content(kind: Hint, media_type: str, schemas: dict[Any, Json]) -> Json:
    return {media_type: {} if kind is bytes else {"schema": schemas[kind]}}


def responses(endpoint: Endpoint[Any, Any], schemas: dict[Any, Json]) -> Json:
    """The answer, and every refusal that can occur, by status."""
    told: Json = {
        str(endpoint.status): {
            "description": endpoint.label.en,
            "content": _content(endpoint.response, endpoint.media_type, schemas),
        }
    }
    if endpoint.method == "GET":
        told["304"] = {"description": "The caller has it already (If-None-Match)"}
    for status, kinds in sorted(_by_status(problems_of(endpoint)).items()):
        told[str(status)] = problem_response(status, kinds, schemas)
    return told


def problems_of(endpoint: Endpoint[Any, Any]) -> list[ProblemType]:
    """Every refusal that an endpoint can give: what it declares, and what the checks before it find."""
    kinds = [MALFORMED, METHOD_NOT_ALLOWED, INVALID, *endpoint.raises]
    if endpoint.scope:
        kinds += [UNAUTHENTICATED, TOKEN_INVALID, PROOF_INVALID, PROOF_REPLAYED, SCOPE_MISSING]
    if "{" in endpoint.path:
        kinds.append(NOT_FOUND)
    if endpoint.request is not None:
        kinds += [UNSUPPORTED_MEDIA, TOO_LARGE]
    if endpoint.changes and endpoint.scope:
        kinds += [KEY_MISSING, KEY_REUSED]
    return list(dict.fromkeys(kinds))


def _by_status(kinds: list[ProblemType]) -> dict[int, list[ProblemType]]:
    by_status: dict[int, list[ProblemType]] = {}
    for kind in kinds:
        by_status.setdefault(kind.status, []).append(kind)
    return by_status


def problem_response(status: int, kinds: list[ProblemType], schemas: dict[Any, Json]) -> Json:
    """A refusal, with the codes that it may have."""
    told: Json = {
        "description": "; ".join(f"{kind.code}: {kind.title.en}" for kind in kinds),
        "content": {PROBLEM_MEDIA_TYPE: {"schema": schemas[ProblemDetails]}},
    }
    if status == HTTPStatus.UNAUTHORIZED:
        told["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return told


def _common_paths(schemas: dict[Any, Json]) -> Json:
    """What every actor serves besides its conversations."""
    refused = problem_response(405, [METHOD_NOT_ALLOWED], schemas)
    error = {"description": "RFC 6749 section 5.2", "content": {"application/json": {"schema": ERROR_SCHEMA}}}
    health = {"description": "The checks", "content": {"application/json": {"schema": schemas[HealthAnswer]}}}
    keys = {"description": "JWK set", "content": {"application/json": {"schema": {"type": "object"}}}}
    granted = {"description": "Granted", "content": {"application/json": {"schema": schemas[TokenAnswer]}}}
    return {
        "/health": {"get": {"operationId": "health", "responses": {"200": health, "503": health, "405": refused}}},
        "/.well-known/jwks.json": {"get": {"operationId": "jwks", "responses": {"200": keys, "405": refused}}},
        TOKEN_PATH: {
            "post": {
                "operationId": "token",
                "requestBody": {"required": True, "content": {FORM_TYPE: {"schema": _TOKEN_FORM}}},
                "responses": {
                    "200": granted, "400": error, "401": error, "405": refused,
                    "413": problem_response(413, [TOO_LARGE], schemas),
                },
            }
        },
    }  # fmt: skip


_TOKEN_FORM: Final = {
    "type": "object",
    "required": ["grant_type", "client_assertion_type", "client_assertion"],
    "properties": {
        "grant_type": {"const": "client_credentials"},
        "client_assertion_type": {"type": "string"},
        "client_assertion": {"type": "string"},
        "scope": {"type": "string"},
    },
}


def _security_schemes(node: Node, served: list[Served]) -> Json:
    scopes = {one.endpoint.scope: one.endpoint.label.en for one in served if one.endpoint.scope}
    flow = {"tokenUrl": node.base_url + TOKEN_PATH, "scopes": scopes}
    return {
        "organisation": {
            "type": "oauth2",
            "description": "Client credentials with private_key_jwt (RFC 7523); DPoP-bound tokens (RFC 9449)",
            "flows": {"clientCredentials": flow},
        }
    }
