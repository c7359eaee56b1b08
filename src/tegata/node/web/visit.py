"""What is known of one request to a page: its id, language, session, and what its answer sets."""

import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Final, cast

import msgspec
from litestar.connection import ASGIConnection, Request
from litestar.datastructures import Cookie, FormMultiDict

from tegata.node.web.sessions import WebSession
from tegata.wire.text import Language

SCOPE_KEY: Final = "tegata.visit"
LANGUAGE_COOKIE: Final = "tegata_lang"
NOTICE_COOKIE: Final = "tegata_notice"
VISIT_COOKIE: Final = "tegata_visit"
SESSION_COOKIE: Final = "tegata_session"

Connection = ASGIConnection[Any, Any, Any, Any]


class Visit(msgspec.Struct, kw_only=True):
    """One request. ``sent`` are its cookies, ``cookies`` those that its answer sets.

    ``path`` is below the actor's base URL. ``browser`` names the browser for CSRF where there is no session. ``caller``
    and ``outcome`` are what the log tells: an organisation's id and a refusal's code.
    """

    request_id: str
    path: str
    language: Language = "ja"
    session: WebSession | None = None
    browser: str = ""
    form: FormMultiDict | None = None
    sent: Mapping[str, str] = {}
    cookies: list[Cookie] = []
    caller: str = ""
    outcome: str = "ok"
    started: float = 0.0
    root_path: str = ""
    secure: bool = False

    def set_cookie(self, name: str, value: str, *, max_age: int | None = None) -> None:
        """Set a cookie of this actor: below its own path, not for scripts, not for other sites."""
        self.cookies.append(
            Cookie(
                key=name,
                value=value,
                max_age=max_age,
                path=self.root_path or "/",
                httponly=True,
                secure=self.secure,
                samesite="lax",
            )
        )

    def browser_id(self) -> str:
        """The browser's id; a new one is set with the answer."""
        if not self.browser:
            self.browser = secrets.token_urlsafe(24)
            self.set_cookie(VISIT_COOKIE, self.browser)
        return self.browser


CURRENT: ContextVar[Visit] = ContextVar("visit")


def visit_of(connection: Connection) -> Visit:
    """The visit that a request belongs to."""
    return cast("Visit", cast("dict[str, Any]", connection.scope)[SCOPE_KEY])


def provide_language(request: Request[Any, Any, Any]) -> Language:
    """The dependency ``lang``."""
    return visit_of(request).language
