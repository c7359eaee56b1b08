"""Headers that every answer carries, its cookies, and the line in the log that tells of it."""

import time
from http import HTTPStatus
from typing import Any, Final

import structlog
from litestar import Litestar
from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

from tegata.node.web.monitoring import measure
from tegata.node.web.policy import policy
from tegata.node.web.visit import SCOPE_KEY, Visit

SECURITY: Final = {
    "Content-Security-Policy": policy(),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
HSTS: Final = "max-age=31536000"
log = structlog.get_logger("tegata.web")


async def finish_headers(message: Message, scope: Scope) -> None:
    """Litestar's ``before_send`` hook."""
    visit: Visit | None = dict[str, Any](scope).get(SCOPE_KEY)
    if message["type"] != "http.response.start" or visit is None:
        return
    headers = MutableScopeHeaders.from_message(message)
    for name, value in SECURITY.items():
        headers.setdefault(name, value)
    if scope.get("method") == "OPTIONS" and "allow" in headers:
        headers["allow"] = ", ".join(methods_of(scope["litestar_app"], str(scope.get("path_template"))))
    headers["X-Request-Id"] = visit.request_id
    if visit.secure:
        headers["Strict-Transport-Security"] = HSTS
    if headers.get("content-type", "").startswith("text/html"):
        headers["Content-Language"] = visit.language
        headers["Vary"] = "Cookie, Accept, Accept-Language"
        headers.setdefault("Cache-Control", "no-store")
    for cookie in visit.cookies:
        headers.add("Set-Cookie", cookie.to_header(header=""))
    tell(visit, scope, message["status"])


def methods_of(app: Litestar, path_template: str) -> list[str]:
    """All methods of a path: Litestar's answer to OPTIONS leaves out those of handlers that were added later."""
    return sorted({method for route in app.routes if route.path_format == path_template for method in route.methods})


def tell(visit: Visit, scope: Scope, status: int) -> None:
    """One line a request: the route's template instead of the path, and no query, so that nothing personal is in it."""
    route, method = str(scope.get("path_template") or "unknown"), str(scope.get("method"))
    seconds = time.perf_counter() - visit.started
    node = scope["litestar_app"].state.node
    measure(node, method, route, status, seconds)
    tell_at = log.debug if status < HTTPStatus.BAD_REQUEST else log.info
    tell_at(
        "request", actor=node.spec.name, method=method, route=route, status=status, ms=round(seconds * 1000, 1),
        outcome=visit.outcome, caller=visit.caller, request_id=visit.request_id,
    )  # fmt: skip
