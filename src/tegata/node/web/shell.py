"""Pages: Jinja templates in the shell that every actor shares."""

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape
from litestar import Litestar, Request
from litestar.background_tasks import BackgroundTask, BackgroundTasks
from litestar.datastructures import Cookie
from litestar.enums import MediaType
from litestar.response import Redirect, Response
from litestar.response.base import ASGIResponse
from litestar.types import TypeEncodersMap
from markupsafe import Markup

from tegata.node.spec import NavItem
from tegata.node.web import charts
from tegata.node.web.differences import differences
from tegata.node.web.filters import FILTERS
from tegata.node.web.language import current_language, translate
from tegata.node.web.notices import read_notice, seal_notice
from tegata.node.web.policy import policy
from tegata.node.web.visit import CURRENT, NOTICE_COOKIE, Visit, visit_of
from tegata.wire.text import Language, Text

if TYPE_CHECKING:
    from tegata.node.node import Node

STATIC: Final = Path(__file__).parent / "static"


def _finalize(value: object) -> object:
    return value.to(current_language()) if isinstance(value, Text) else value


def local_url(path: str) -> str:
    """A path of this actor as a browser needs it."""
    visit = CURRENT.get(None)
    return (visit.root_path if visit else "") + path


@lru_cache(maxsize=256)
def _version(file: Path, changed: int) -> str:  # noqa: ARG001 - the time of change is part of the cache's key
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10]


class Pages:
    """The templates of one node."""

    def __init__(self, node: "Node") -> None:
        self.node = node
        self.static = static_directories(node)
        loaders = [PackageLoader(package) for package in (node.spec.templates, "tegata.node.web") if package]
        self.environment = Environment(
            loader=ChoiceLoader(loaders),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.globals.update(
            t=translate,
            url=local_url,
            static=self.static_url,
            csrf_input=self.csrf_input,
            node=node,
            charts=charts,
            differences=differences,
        )
        self.environment.filters.update(FILTERS)

    def static_url(self, name: str) -> str:
        """The address of a static file, with a version so that it may be kept for long."""
        for directory in self.static:
            file = directory / name
            if file.is_file():
                return local_url(f"/static/{name}?v={_version(file, file.stat().st_mtime_ns)}")
        raise FileNotFoundError(f"no static file {name}")

    def csrf_token(self, visit: Visit) -> str:
        """The token that a form of this visit carries: bound to the session, else to the browser."""
        bound_to = visit.session.csrf if visit.session else visit.browser_id()
        return hmac.new(self.node.secret("csrf"), bound_to.encode(), "sha256").hexdigest()

    def csrf_input(self) -> Markup:
        """The hidden field that every form needs."""
        return Markup('<input type="hidden" name="_csrf" value="{}">').format(self.csrf_token(CURRENT.get()))

    def render(self, template: str, visit: Visit, query: str, context: dict[str, Any]) -> str:
        """A page as HTML."""
        token = CURRENT.set(visit)
        navigation = navigation_for(self.node, visit)
        try:
            return self.environment.get_template(template).render(
                lang=visit.language,
                now=self.node.clock.now(),
                clock_page=self.node.state.get("clock-page", ""),
                user=visit.session,
                request_id=visit.request_id,
                path=visit.path,
                navigation=navigation,
                place=current_place(navigation, visit.path),
                other_language=language_link(visit.path, query, visit.language),
                **context,
            )
        finally:
            CURRENT.reset(token)


def static_directories(node: "Node") -> list[Path]:
    """Where static files are: the actor's own first, then the shell's."""
    own = _package_directory(node.spec.templates) / "static" if node.spec.templates else None
    return [directory for directory in (own, STATIC) if directory and directory.is_dir()]


def _package_directory(package: str) -> Path:
    from importlib.util import find_spec  # noqa: PLC0415

    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"the package of the templates does not exist: {package}")
    return Path(spec.submodule_search_locations[0])


def navigation_for(node: "Node", visit: Visit) -> list[NavItem]:
    """The entries that the person of this visit may use."""
    staff = visit.session.staff if visit.session else None
    return [item for item in node.spec.navigation if not item.roles or (staff and staff.has(*item.roles))]


def current_place(navigation: list[NavItem], path: str) -> str:
    """The path of the entry that a page belongs to: the longest that the page's path begins with; else empty."""
    above = [item.path for item in navigation if path == item.path or path.startswith(item.path.rstrip("/") + "/")]
    fitting = [place for place in above if place != "/" or path == "/"]
    return max(fitting, key=len, default="")


def language_link(path: str, query: str, language: Language) -> str:
    """This page in the other language."""
    other = "en" if language == "ja" else "ja"
    pairs = [pair for pair in parse_qsl(query) if pair[0] != "lang"]
    return local_url(path) + "?" + urlencode([*pairs, ("lang", other)])


class Page(Response[bytes]):
    """A page that is rendered when its request is answered, in the language and session of that request."""

    def __init__(
        self, template: str, context: dict[str, Any], *, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(content=b"", status_code=status, media_type="text/html", headers=headers)
        self.template = template
        self.context = context

    def to_asgi_response(
        self,
        app: Litestar | None,
        request: Request[Any, Any, Any],
        *,
        background: "BackgroundTask | BackgroundTasks | None" = None,
        cookies: Iterable[Cookie] | None = None,
        headers: dict[str, str] | None = None,
        is_head_response: bool = False,
        media_type: "MediaType | str | None" = None,
        status_code: int | None = None,
        type_encoders: "TypeEncodersMap | None" = None,
        encoded_headers: Iterable[tuple[bytes, bytes]] | None = None,
    ) -> ASGIResponse:
        """Render, then answer as any response does."""
        pages: Pages = request.app.state.pages
        visit = visit_of(request)
        context = {"notice": _take_notice(pages, visit), **self.context}
        query = request.scope["query_string"].decode("latin-1")
        self.content = pages.render(self.template, visit, query, context).encode()
        return super().to_asgi_response(
            app,
            request,
            background=background,
            cookies=cookies,
            headers=headers,
            is_head_response=is_head_response,
            media_type=media_type,
            status_code=status_code,
            type_encoders=type_encoders,
            encoded_headers=encoded_headers,
        )


def _take_notice(pages: Pages, visit: Visit) -> Text | None:
    sealed = visit.sent.get(NOTICE_COOKIE)
    if not sealed:
        return None
    visit.set_cookie(NOTICE_COOKIE, "", max_age=0)
    return read_notice(pages.node.secret("notice"), sealed)


def page(template: str, *, status: int = 200, form_targets: Sequence[str] = (), **context: object) -> Page:
    """A page of this actor: ``page("customers.html", customers=…)``.

    ``form_targets`` are URLs of other organisations that the page's form ends at; their origins are let through.
    """
    headers = {"Content-Security-Policy": policy([origin_of_url(url) for url in form_targets])} if form_targets else {}
    return Page(template, context, status=status, headers=headers)


def origin_of_url(url: str) -> str:
    """Scheme, host and port. Raises ``ValueError`` for what is no HTTP URL: it would widen the policy."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", parts.netloc):
        raise ValueError("not an HTTP URL of a host")
    return f"{parts.scheme}://{parts.netloc}"


def redirect(request: Request[Any, Any, Any], path: str, *, notice: Text | None = None) -> Redirect:
    """Go to another page of this actor (303). ``notice`` is a sentence that the next page shows once."""
    visit = visit_of(request)
    if notice is not None:
        pages: Pages = request.app.state.pages
        visit.set_cookie(NOTICE_COOKIE, seal_notice(pages.node.secret("notice"), notice), max_age=60)
    return Redirect(visit.root_path + path, status_code=303)
