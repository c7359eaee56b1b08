"""Login with card or phone and its PIN, and what every use of one comes back to."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tegata.actors.portal.pages.common import (
    LOGIN_PATH,
    REVOKE_PATH,
    REVOKED_PATH,
    Browser,
    LoginForm,
    away,
    browser_of,
    known_form,
)
from tegata.actors.portal.service import card_requests, passing_on, people
from tegata.actors.portal.service.card_requests import DONE, RESULT_PATH
from tegata.actors.portal.service.people import KIND
from tegata.actors.portal.tables import CardRequestRow
from tegata.node.login_attempts import attempt_succeeded, begin_attempt
from tegata.node.node import Node
from tegata.node.web.forms import read_form
from tegata.node.web.guards import WITHOUT_CSRF
from tegata.node.web.login import origin_of, safe_target, sign_in
from tegata.node.web.shell import Page, page, redirect
from tegata.node.web.visit import visit_of
from tegata.wire.problems import NOT_FOUND, REGISTRY, Refused
from tegata.wire.reader import RETURN_PATH, ReaderAnswer
from tegata.wire.text import Text

READER_ERRORS: dict[str, tuple[Text, Text]] = {
    "cancelled": (
        Text("読み取りをやめました。", "You stopped using the reader."),
        Text("続けるときは、もう一度行ってください。", "Try again if you want to go on."),
    ),
    "blocked": (
        Text("暗証番号がロックされています。", "The PIN is blocked."),
        Text(
            "カードのときは、市区町村の窓口で再設定を申し出てください。スマートフォンのときは、アプリで申し込み直してください。",
            "Of a card: have it set anew at the counter of your municipality. Of a phone: apply again in the app.",
        ),
    ),
    "no_certificate": (
        Text("必要な電子証明書がありません。", "The certificate that is needed is not there."),
        Text(
            "カードのときは、市区町村の窓口で発行を受けてください。スマートフォンのときは、アプリで申し込んでください。",
            "Of a card: have one issued at the counter of your municipality. Of a phone: apply in the app.",
        ),
    ),
    "wrong_card": (
        Text("別のカード、またはスマートフォンが読み取られました。", "Another card or phone was read."),
        Text("ご本人のもので、もう一度行ってください。", "Try again with your own."),
    ),
}


@get(LOGIN_PATH, sync_to_thread=False)
def login_page(request: Browser, node: Node) -> Page:
    """What is needed for a login, and the button that leads to the reader; another to the TLS front, where one is."""
    target = safe_target(str(request.query_params.get("next", "/")))
    front = node.own.tls_front
    targets = [card_requests.reader(node), *([front.origin] if front else [])]
    return page("portal/login.html", form_targets=targets, target=target, front=front)


@post(LOGIN_PATH, sync_to_thread=True)
def log_in(request: Browser, node: Node) -> Response[Any]:
    """Ask the card."""
    form = read_form(request, LoginForm).require()
    return away(people.ask_login(node, browser_of(request), safe_target(form.next)))


@post(RETURN_PATH.replace("}", ":str}"), opt=WITHOUT_CSRF, sync_to_thread=True)
def come_back(request: Browser, node: Node, request_id: FromPath[str]) -> Response[Any]:
    """What the reader brings back. The form comes from another site, so that cookies may be missing here: the answer
    is kept, and the browser that began the request goes on from the next page.
    """
    number = begin_attempt(node, "card return", request_id, origin_of(request))
    answer = read_form(request, ReaderAnswer)
    if answer.value is None:
        raise Refused(NOT_FOUND)
    card_requests.take(node, known_form(request_id), answer.value)
    attempt_succeeded(node, number)
    return redirect(request, RESULT_PATH.format(request_id=request_id))


@get(RESULT_PATH.replace("}", ":str}"), sync_to_thread=True)
def result(request: Browser, node: Node, request_id: FromPath[str]) -> Response[Any]:
    """What came of it; the page may be loaded again."""
    row = card_requests.answered(node, known_form(request_id), browser_of(request))
    if row.error is not None:
        says, advice = READER_ERRORS[row.error]
        return page("portal/card_failed.html", says=says, advice=advice, code=row.error, again=_again(row))
    return _logged_in(request, node, row) if row.kind == "login" else _passed_on(request, node, row)


def _again(row: CardRequestRow) -> str:
    """Where the person can begin once more."""
    context = card_requests.context_of(row)
    places = {
        "consent": f"/invitation/{context.code}", "withdrawal": f"/consents/{context.consent_id}/withdraw",
        "phone-revocation": REVOKE_PATH,
    }  # fmt: skip
    return places.get(row.kind, LOGIN_PATH)


def _logged_in(request: Browser, node: Node, row: CardRequestRow) -> Response[Any]:
    target = card_requests.context_of(row).next
    if row.closed_at is not None:
        return _closed(request, row, target)
    number = begin_attempt(node, "card", browser_of(request), origin_of(request))
    try:
        login = people.finish_login(node, row)
    except Refused as refused:
        if passing_on.unavailable(refused):
            attempt_succeeded(node, number)
            return page("portal/unavailable.html", status=503, retry=visit_of(request).path)
        return _refused(refused.code, row)
    attempt_succeeded(node, number)
    if login is not None:
        sign_in(request, node, kind=KIND, subject=login.sub, data=login.to_data())
    return redirect(request, target)


def _closed(request: Browser, row: CardRequestRow, target: str) -> Response[Any]:
    return redirect(request, target) if row.outcome == DONE else _refused(row.outcome or "", row)


def _passed_on(request: Browser, node: Node, row: CardRequestRow) -> Response[Any]:
    try:
        row = passing_on.pass_on(node, row)
    except Refused as refused:
        if not passing_on.unavailable(refused):
            raise
        return page("portal/waiting.html", row=row, retry=visit_of(request).path)
    if row.outcome != DONE:
        return _refused(row.outcome or "", row)
    if row.kind == "phone-revocation":
        return redirect(request, REVOKED_PATH)
    done = "given" if row.kind == "consent" else "withdrawn"
    return redirect(request, f"/consents/{row.consent_id}/{done}")


def _refused(code: str, row: CardRequestRow) -> Response[Any]:
    problem = REGISTRY.get(code, NOT_FOUND)
    return page(
        "portal/card_failed.html", status=problem.status, says=problem.title, advice=problem.advice, code=code,
        again=_again(row),
    )  # fmt: skip


HANDLERS = (login_page, log_in, come_back, result)
