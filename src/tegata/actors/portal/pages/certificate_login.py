"""Login by TLS client certificate: the button, the door behind the TLS front, and the page it comes back to."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from tegata.actors.portal.pages.common import (
    CERTIFICATE_LOGIN_PATH,
    LOGIN_PATH,
    Browser,
    LoginForm,
    away,
    browser_of,
    known_form,
)
from tegata.actors.portal.rules.tls_front import CERTIFICATE_HEADER, PROOF_HEADER, check_proof
from tegata.actors.portal.service import certificate_logins
from tegata.actors.portal.service.people import KIND
from tegata.node.node import Node
from tegata.node.web.forms import read_form
from tegata.node.web.login import safe_target, sign_in
from tegata.node.web.shell import page, redirect
from tegata.wire.problems import NOT_FOUND, REGISTRY, Refused


@post(CERTIFICATE_LOGIN_PATH, sync_to_thread=True)
def begin(request: Browser, node: Node) -> Response[Any]:
    """Go to the front."""
    _secret(node)
    form = read_form(request, LoginForm).require()
    return away(certificate_logins.begin(node, browser_of(request), safe_target(form.next)))


@get(certificate_logins.FRONT_PATH.replace("}", ":str}"), sync_to_thread=True)
def present(request: Browser, node: Node, login_id: FromPath[str]) -> Response[Any]:
    """What the front hands on; whoever comes another way is refused, whatever the headers say."""
    check_proof(request.headers.getall(PROOF_HEADER, []), _secret(node))
    values = request.headers.getall(CERTIFICATE_HEADER, [])
    return away(certificate_logins.present(node, known_form(login_id), values))


@get(certificate_logins.RESULT_PATH.replace("}", ":str}"), sync_to_thread=True)
def result(request: Browser, node: Node, login_id: FromPath[str], ticket: FromQuery[str]) -> Response[Any]:
    """The session is opened, or it is told why not; the page may be loaded again."""
    _secret(node)
    row = certificate_logins.find(node, known_form(login_id), browser_of(request), ticket)
    if row.sub is None:
        problem = REGISTRY.get(row.outcome or "", NOT_FOUND)
        return page(
            "portal/card_failed.html", status=problem.status, says=problem.title, advice=problem.advice,
            code=problem.code, again=LOGIN_PATH,
        )  # fmt: skip
    login = certificate_logins.finish(node, row.login_id)
    if login is not None:
        sign_in(request, node, kind=KIND, subject=login.sub, data=login.to_data())
    return redirect(request, row.target)


def _secret(node: Node) -> str:
    """The front's secret. Raises NOT_FOUND where the settings name no front."""
    secret = certificate_logins.secret_of(node)
    if secret is None:
        raise Refused(NOT_FOUND)
    return secret


HANDLERS = (begin, present, result)
