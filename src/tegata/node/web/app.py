"""The ASGI application of one actor."""

import asyncio
import time
import uuid
import warnings
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qs

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions.base_exceptions import LitestarDeprecationWarning
from litestar.static_files import create_static_files_router
from litestar.utils.sync import AsyncCallable

from tegata.node.node import Node
from tegata.node.web import actor_css, login, monitoring, oauth_api
from tegata.node.web.errors import EXCEPTION_HANDLERS
from tegata.node.web.guards import check_csrf, provide_session, provide_staff
from tegata.node.web.headers import finish_headers
from tegata.node.web.openapi import openapi_json
from tegata.node.web.sessions import find_session
from tegata.node.web.shell import Pages, static_directories
from tegata.node.web.visit import LANGUAGE_COOKIE, SCOPE_KEY, SESSION_COOKIE, VISIT_COOKIE, Visit, provide_language
from tegata.wire.text import Language

Asgi: TypeAlias = Any
YEAR: Final = 365 * 24 * 3600
OWN_HANDLERS: Final = (
    login.login_page, login.log_in, login.log_out, monitoring.health, monitoring.metrics, oauth_api.token,
    oauth_api.jwks, openapi_json, actor_css.actor_css,
)  # fmt: skip


class ActorApp(Litestar):
    """Litestar with the visit opened before routing, so that even an unknown path is answered in the shell."""

    async def __call__(self, scope: Asgi, receive: Asgi, send: Asgi) -> None:
        """The ASGI entry."""
        if scope["type"] == "http":
            visit = await open_visit(self.state.node, scope)
            # Litestar would take the first occurrence of the root path out of the path, wherever it stands.
            scope = {**scope, "path": visit.path, "root_path": "", SCOPE_KEY: visit}
            if scope["method"] == "HEAD":
                scope, send = {**scope, "method": "GET"}, without_body(send)
        await super().__call__(scope, receive, send)


def create_app(node: Node) -> ActorApp:
    """The application of a node: its actor's handlers with login, health, metrics, tokens, keys and static files.

    It may be mounted below a path: the scope then has that ``root_path``, and links follow it.
    """
    pages = Pages(node)
    with warnings.catch_warnings():
        # Handlers name node, staff, session and lang as they are; Litestar 3 will want each of them marked.
        warnings.filterwarnings("ignore", message=".*Inferred dependency field", category=LitestarDeprecationWarning)
        app = _application(node, pages)
    _wrap_once(app)
    return app


def _wrap_once(app: ActorApp) -> None:
    """Litestar wraps a threaded handler anew for each handler added to its path, and would then answer a coroutine."""
    for handler in (handler for route in app.routes for handler in getattr(route, "route_handlers", ())):
        while isinstance(handler.fn, AsyncCallable) and isinstance(handler.fn.func, AsyncCallable):
            setattr(handler, "_fn", handler.fn.func)  # noqa: B010 - Litestar has no public way


def _application(node: Node, pages: Pages) -> ActorApp:
    return ActorApp(
        [*node.spec.handlers, *OWN_HANDLERS, _static(node)],
        dependencies={
            "node": Provide(lambda: node, sync_to_thread=False),
            "staff": Provide(provide_staff, sync_to_thread=False),
            "session": Provide(provide_session, sync_to_thread=False),
            "lang": Provide(provide_language, sync_to_thread=False),
        },
        guards=[check_csrf],
        exception_handlers=EXCEPTION_HANDLERS,
        before_send=[finish_headers],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=node.settings.web.max_body_bytes,
        state=State({"node": node, "pages": pages}),
    )


def _static(node: Node) -> Router:
    return create_static_files_router(
        path="/static", directories=[*static_directories(node)], cache_control=None, include_in_schema=False
    )


async def open_visit(node: Node, scope: Asgi) -> Visit:
    """What is known of a request before it is routed."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    cookies = read_cookies(headers.get(b"cookie", ""))
    root_path = scope.get("root_path", "").rstrip("/")
    visit = Visit(
        request_id=str(uuid.uuid4()),
        path=below(root_path, scope["path"]),
        sent=cookies,
        browser=cookies.get(VISIT_COOKIE, ""),
        root_path=root_path,
        secure=node.base_url.startswith("https:"),
        started=time.perf_counter(),
    )
    visit.language = choose_language(visit, scope["query_string"], cookies)
    token = cookies.get(SESSION_COOKIE)
    if token:
        visit.session = await asyncio.to_thread(find_session, node, token)
    return visit


def without_body(send: Asgi) -> Asgi:
    """HEAD is answered as GET, without its content (RFC 9110 section 9.3.2)."""

    async def send_head(message: Asgi) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return send_head


def below(root_path: str, path: str) -> str:
    """The part of a path that is the actor's own; servers give it with or without the root path."""
    if root_path and (path == root_path or path.startswith(root_path + "/")):
        path = path[len(root_path) :]
    return path or "/"


def read_cookies(header: str) -> Mapping[str, str]:
    """The cookies of a request; what can not be read is none.

    Of one name the first counts: browsers send the cookie with the longer path first (RFC 6265 section 5.4), so an
    actor below another one's path gets its own.
    """
    found: dict[str, str] = {}
    for part in header.split(";"):
        try:
            morsels = SimpleCookie(part)
        except CookieError:
            return {}
        for name, morsel in morsels.items():
            found.setdefault(name, morsel.value)
    return found


def choose_language(visit: Visit, query_string: bytes, cookies: Mapping[str, str]) -> Language:
    """The language asked for by ``?lang=`` (kept in a cookie), else the cookie's, else Japanese."""
    asked = parse_qs(query_string.decode("latin-1")).get("lang", [""])[-1]
    if asked in {"ja", "en"}:
        visit.set_cookie(LANGUAGE_COOKIE, asked, max_age=YEAR)
        return "ja" if asked == "ja" else "en"
    kept = cookies.get(LANGUAGE_COOKIE)
    return "en" if kept == "en" else "ja"
