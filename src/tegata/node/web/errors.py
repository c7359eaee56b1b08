"""Every exception becomes an answer: problem details for programs, a page with the sentence for people."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import msgspec
import structlog
from litestar import Request
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.response import Redirect, Response

from tegata.node.web.problems import LOGIN_NEEDED
from tegata.node.web.shell import Page
from tegata.node.web.visit import visit_of
from tegata.wire.problems import (
    CONFLICT,
    INTERNAL,
    INVALID,
    MALFORMED,
    METHOD_NOT_ALLOWED,
    NOT_ALLOWED,
    NOT_FOUND,
    PEER_UNAVAILABLE,
    PROBLEM_MEDIA_TYPE,
    TOO_LARGE,
    TOO_MANY,
    UNAUTHENTICATED,
    UNSUPPORTED_MEDIA,
    ProblemType,
    Refused,
)

if TYPE_CHECKING:
    from litestar.types import ExceptionHandlersMap

BY_STATUS: Final[dict[int, ProblemType]] = {
    kind.status: kind
    for kind in (
        MALFORMED, UNAUTHENTICATED, NOT_ALLOWED, NOT_FOUND, METHOD_NOT_ALLOWED, CONFLICT, TOO_LARGE, UNSUPPORTED_MEDIA,
        INVALID, TOO_MANY, PEER_UNAVAILABLE,
    )
}  # fmt: skip
SILENT_HEADERS: Final = frozenset({"allow", "retry-after"})
log = structlog.get_logger("tegata.web")


def option(request: Request[Any, Any, Any], name: str) -> object:
    """An option of the handler of a request; None where it has none, or nothing was found at the path."""
    handler: BaseRouteHandler | None = request.scope.get("route_handler")
    return handler.opt.get(name) if handler else None


def wants_page(request: Request[Any, Any, Any]) -> bool:
    """Whether a person asks: a browser names text/html, and endpoints of the API always answer programs."""
    if option(request, "endpoint"):
        return False
    return "text/html" in request.headers.get("accept", "")


def on_refused(request: Request[Any, Any, Any], refused: Exception) -> Response[Any]:
    """A refusal that the actor gave."""
    assert isinstance(refused, Refused)
    if refused.type is LOGIN_NEEDED and wants_page(request) and request.method == "GET":
        return to_login(request)
    return show(request, refused, _headers_for(refused))


def on_http_exception(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """What the web framework found wrong: no such path, a method that is not served, too large a body."""
    assert isinstance(error, HTTPException)
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return on_failure(request, error)
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() in SILENT_HEADERS}
    refused = Refused(BY_STATUS.get(error.status_code, MALFORMED))
    return show(request, refused, _headers_for(refused) | headers)


def on_failure(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Something that nobody foresaw. The log has where it happened; what was sent stays out of it."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        places.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    log.error("failure", kind=type(error).__name__, places=places[-8:], request_id=visit_of(request).request_id)
    return show(request, Refused(INTERNAL), {})


def _headers_for(refused: Refused) -> dict[str, str]:
    if refused.type.status == HTTPStatus.UNAUTHORIZED and refused.type is not LOGIN_NEEDED:
        return {"WWW-Authenticate": f'DPoP error="{_challenge(refused.code)}", algs="ES256"'}
    if retry_after := refused.detail.get("retry_after"):
        return {"Retry-After": str(retry_after)}
    return {}


def _challenge(code: str) -> str:
    """The error of RFC 9449 section 7.1."""
    return "invalid_dpop_proof" if code.startswith("dpop-") else "invalid_token"


def show(request: Request[Any, Any, Any], refused: Refused, headers: dict[str, str]) -> Response[Any]:
    """A refusal as problem details or as a page."""
    visit = visit_of(request)
    visit.outcome = refused.code
    if wants_page(request):
        return Page(
            "problem.html",
            {"problem": refused.type, "login": option(request, "login") or "/login"},
            status=refused.type.status,
            headers=headers,
        )
    body = msgspec.json.encode(refused.to_details(instance=f"urn:uuid:{visit.request_id}"))
    return Response(body, status_code=refused.type.status, media_type=PROBLEM_MEDIA_TYPE, headers=headers)


def to_login(request: Request[Any, Any, Any]) -> Redirect:
    """To the login page, and from there back to where the person wanted to go."""
    visit = visit_of(request)
    query = request.scope["query_string"].decode("latin-1")
    target = visit.path + (f"?{query}" if query else "")
    login = option(request, "login") or "/login"
    return Redirect(f"{visit.root_path}{login}?{urlencode({'next': target})}", status_code=303)


EXCEPTION_HANDLERS: "Final[ExceptionHandlersMap]" = {
    Refused: on_refused,
    HTTPException: on_http_exception,
    Exception: on_failure,
}
