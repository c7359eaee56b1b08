"""A service asks for a login: the request is checked, the person logs in and decides (OpenID Connect Core 3.1.2)."""

from typing import Any, Final, Literal
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from tegata.actors.portal.oidc import AUTHORIZE_PATH
from tegata.actors.portal.pages.common import LOGIN_PATH, Browser, away, known_form
from tegata.actors.portal.rules import authorization as rules
from tegata.actors.portal.rules.authorization import SentBack
from tegata.actors.portal.service import authorizations, services, texts
from tegata.actors.portal.service.authorizations import Asked, CardNeeded
from tegata.actors.portal.service.people import KIND, Login, login_of
from tegata.node.node import Node
from tegata.node.web.forms import read_form
from tegata.node.web.guards import WITHOUT_CSRF
from tegata.node.web.sessions import WebSession
from tegata.node.web.shell import page, redirect
from tegata.node.web.visit import visit_of
from tegata.wire.problems import MALFORMED, Refused

DECIDE_PATH: Final = "/oidc/requests/{authorization_id}"
MAX_PARAMETERS: Final = 50


class Decision(msgspec.Struct):
    """The two buttons."""

    decision: Literal["allow", "deny"]


@get(AUTHORIZE_PATH, sync_to_thread=True)
def authorize(request: Browser, node: Node) -> Response[Any]:
    """The authorization endpoint, by GET."""
    return _begin(request, node, request.scope["query_string"])


@post(AUTHORIZE_PATH, opt=WITHOUT_CSRF, sync_to_thread=True)
def authorize_by_post(request: Browser, node: Node) -> Response[Any]:
    """The authorization endpoint, by POST."""
    form = visit_of(request).form
    pairs = [(name, value) for name, value in (form.multi_items() if form else []) if isinstance(value, str)]
    return _begin(request, node, urlencode(pairs).encode())


def _begin(request: Browser, node: Node, query: bytes) -> Response[Any]:
    try:
        asked = rules.read(_parameters(query), lambda client_id: services.find(node, client_id))
        session = _session(request)
        if "none" in asked.prompts:
            error = "consent_required" if session else "login_required"
            raise SentBack(
                error, "the person has to decide on a page", redirect_uri=asked.redirect_uri, state=asked.state
            )
    except SentBack as fault:
        visit_of(request).outcome = fault.error
        return away(fault.location(node.base_url))
    authorization_id = authorizations.keep(node, asked, session.token_hash if session else None)
    language = f"?lang={asked.language}" if asked.language else ""
    return redirect(request, DECIDE_PATH.format(authorization_id=authorization_id) + language)


def _parameters(query: bytes) -> list[tuple[str, str]]:
    """RFC 6749 section 3.1: a parameter without a value is left out."""
    try:
        return parse_qsl(query.decode("ascii"), max_num_fields=MAX_PARAMETERS, errors="strict")
    except ValueError as error:
        raise Refused(MALFORMED, {"in": "query"}) from error


def _session(request: Browser) -> WebSession | None:
    session = visit_of(request).session
    return session if session is not None and session.kind == KIND else None


@get(DECIDE_PATH.replace("}", ":str}"), sync_to_thread=True)
def decide_page(request: Browser, node: Node, authorization_id: FromPath[str]) -> Response[Any]:
    """What the service gets, and the two buttons; after a login with the card where one is needed."""
    asked = authorizations.find(node, known_form(authorization_id))
    if _login_if_enough(request, node, asked) is None:
        return _to_card(request)
    return page(
        "portal/authorize.html", form_targets=[asked.request.redirect_uri], asked=asked,
        items=[texts.ITEM_NAMES[item] for item in asked.request.items],
    )  # fmt: skip


@post(DECIDE_PATH.replace("}", ":str}"), sync_to_thread=True)
def decide(request: Browser, node: Node, authorization_id: FromPath[str]) -> Response[Any]:
    """The person's decision."""
    asked = authorizations.find(node, known_form(authorization_id))
    decision = read_form(request, Decision).require().decision
    if decision == "deny":
        return away(authorizations.deny(node, asked))
    login = _login_if_enough(request, node, asked)
    if login is None:
        return _to_card(request)
    try:
        return away(authorizations.allow(node, asked, login))
    except CardNeeded:
        return _to_card(request)


def _login_if_enough(request: Browser, node: Node, asked: Asked) -> Login | None:
    session = _session(request)
    login = login_of(node, session) if session else None
    needed = authorizations.card_is_needed(node, asked, login, session.token_hash if session else None)
    return None if needed else login


def _to_card(request: Browser) -> Redirect:
    visit = visit_of(request)
    return Redirect(f"{visit.root_path}{LOGIN_PATH}?{urlencode({'next': visit.path})}", status_code=303)


HANDLERS = (authorize, authorize_by_post, decide_page, decide)
