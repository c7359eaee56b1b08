"""Who may open a page, and whether a form comes from one of ours."""

import hmac
from collections.abc import Callable
from typing import Any, Final, cast

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from tegata.node.staff import Staff
from tegata.node.web.problems import FORM_EXPIRED, LOGIN_NEEDED
from tegata.node.web.sessions import WebSession
from tegata.node.web.visit import VISIT_COOKIE, Connection, visit_of
from tegata.wire.problems import NOT_ALLOWED, Refused

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_FIELD: Final = "_csrf"
CSRF_HEADER: Final = "x-csrf-token"
WITHOUT_CSRF: Final = {"csrf": False}
"""``opt=WITHOUT_CSRF`` on a handler whose caller is bound in another way (a token, a one-time request id)."""

Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], None]


def staff_only(*roles: str) -> Guard:
    """A guard for pages of staff with one of these roles; without roles, of any staff.

    Who is not logged in is sent to the login page and back; a wrong role is ``not-allowed``.
    """

    def guard(connection: Connection, _: BaseRouteHandler) -> None:
        staff = current_staff(connection)
        if staff is None:
            raise Refused(LOGIN_NEEDED)
        if roles and not staff.has(*roles):
            raise Refused(NOT_ALLOWED)

    return guard


def signed_in(kind: str) -> Guard:
    """A guard for pages of people with a session of the actor's own kind."""

    def guard(connection: Connection, _: BaseRouteHandler) -> None:
        session = visit_of(connection).session
        if session is None or session.kind != kind:
            raise Refused(LOGIN_NEEDED)

    return guard


def current_staff(connection: Connection) -> Staff | None:
    """The staff member of a request, if one is logged in."""
    session = visit_of(connection).session
    return session.staff if session else None


async def check_csrf(connection: Connection, handler: BaseRouteHandler) -> None:
    """Reads a form once, for the handler too, and refuses one that did not come from a page of this visit."""
    if connection.scope.get("method") in SAFE_METHODS or handler.opt.get("endpoint"):
        return
    visit = visit_of(connection)
    visit.form = await cast("Request[Any, Any, Any]", connection).form()
    if handler.opt.get("csrf", True) is False:
        return
    if connection.headers.get("sec-fetch-site") == "cross-site":
        raise Refused(FORM_EXPIRED)
    sent = visit.form.get(CSRF_FIELD) or connection.headers.get(CSRF_HEADER) or ""
    bound = visit.session is not None or VISIT_COOKIE in connection.cookies
    expected = connection.app.state.pages.csrf_token(visit)
    if not bound or not hmac.compare_digest(expected.encode(), str(sent).encode()):
        raise Refused(FORM_EXPIRED)


def provide_staff(request: Request[Any, Any, Any]) -> Staff:
    """The dependency ``staff``: who is logged in. Raises ``Refused(LOGIN_NEEDED)``."""
    staff = current_staff(request)
    if staff is None:
        raise Refused(LOGIN_NEEDED)
    return staff


def provide_session(request: Request[Any, Any, Any]) -> WebSession:
    """The dependency ``session``: the open session of any kind. Raises ``Refused(LOGIN_NEEDED)``."""
    session = visit_of(request).session
    if session is None:
        raise Refused(LOGIN_NEEDED)
    return session
