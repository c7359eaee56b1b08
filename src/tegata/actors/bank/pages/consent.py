"""The consent screen, a screen of its own: what is asked, 内容の確認, the card, and what happens next (FI-02).

The way in is the stand-in for the bank's online banking (in a demonstration only), or the counter.
"""

from typing import Annotated, Any, cast
from urllib.parse import urlencode

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response

from tegata.actors.bank.pages import words
from tegata.actors.bank.service import collecting, consents
from tegata.actors.bank.service.collecting import ITEM_NAMES
from tegata.actors.bank.service.statement import statement_text
from tegata.actors.bank.tables import CustomerRow
from tegata.japan.four_attributes import ITEMS, Item
from tegata.node.login_attempts import attempt_succeeded, begin_attempt
from tegata.node.node import Node
from tegata.node.web.forms import Form, empty_form, read_form
from tegata.node.web.guards import WITHOUT_CSRF
from tegata.node.web.login import origin_of
from tegata.node.web.shell import Page, page, redirect
from tegata.node.web.visit import visit_of
from tegata.wire.problems import NOT_FOUND, REGISTRY, Refused
from tegata.wire.reader import FETCH_PATH, OTHER_BROWSER, READER_PATH, RETURN_PATH, ReaderAnswer
from tegata.wire.text import Text

READER = "citizen"
STEPS = (
    Text("内容と項目", "What is asked"), Text("内容の確認", "Check"), Text("カードで署名", "Sign with the card"),
    Text("完了", "Done"),
)  # fmt: skip
NOT_THIS_CUSTOMER = Text(
    "顧客番号と生年月日の組み合わせが違います。", "Customer number and date of birth do not belong together."
)
READER_ERRORS = {
    "cancelled": Text("署名を取りやめました。同意はまだ登録されていません。", "You ended it without a signature."),
    "blocked": Text(
        "パスワードがロックされています。市区町村の窓口で、再設定してください。",
        "The password is blocked. Have it set anew at your municipality.",
    ),
    "no_certificate": Text(
        "カードに署名用電子証明書がありません。市区町村の窓口で発行を受けてください。",
        "The card has no signature certificate. Your municipality issues one.",
    ),
    "wrong_card": Text("このカードは使えません。", "This card can not be used."),
}  # fmt: skip


class BankingForm(msgspec.Struct):
    """The stand-in for a login to online banking."""

    number: Annotated[str, msgspec.Meta(max_length=20)]
    birth_date: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class ItemsForm(msgspec.Struct):
    """What the person chooses to hand over."""

    items: Annotated[list[Item], msgspec.Meta(min_length=1, max_length=4)]


def _only_in_demonstration(node: Node) -> None:
    if not node.settings.demonstration:
        raise Refused(NOT_FOUND)


@get("/banking", sync_to_thread=False)
def banking(node: Node) -> Page:
    """The way in of a customer, where a bank has its online banking."""
    _only_in_demonstration(node)
    return page("bank/banking.html", form=empty_form())


@post("/banking", sync_to_thread=True)
def enter(request: Request[Any, Any, Any], node: Node) -> Response[Any]:
    """Customer number and date of birth; limited as every login is."""
    _only_in_demonstration(node)
    form = read_form(request, BankingForm, messages={"birth_date": BIRTH_DATE_FORM})
    if form.value is None:
        return page("bank/banking.html", status=422, form=form)
    number = begin_attempt(node, "banking", form.value.number, origin_of(request))
    with node.database.read() as session:
        row = session.get(CustomerRow, form.value.number)
    if row is None or row.birth_date != form.value.birth_date:
        form.fail("number", NOT_THIS_CUSTOMER)
        return page("bank/banking.html", status=422, form=form)
    attempt_succeeded(node, number)
    return redirect(request, f"/consent/{collecting.make_link(node, row.number, 'customer')}")


BIRTH_DATE_FORM = Text("1980-02-17 のように入力してください。", "Enter it like 1980-02-17.")


@get("/consent/{token:str}", sync_to_thread=True)
def ask(node: Node, token: FromPath[str]) -> Page:
    """Who asks, for what, why, for how long, what happens, how to withdraw, whom to ask."""
    return _ask(node, token, empty_form({"items": [*node.own.items]}))


def _ask(node: Node, token: str, form: Form[ItemsForm], status: int = 200) -> Page:
    link = collecting.link_of(node, token)
    with node.database.read() as session:
        standing = consents.standing_of(session, link.customer_number, node.clock.now())
    return page(
        "bank/consent.html", status=status, customer=collecting.customer_of(node, link), own=node.own, token=token,
        form=form, items=[(item, ITEM_NAMES[item]) for item in ITEMS if item in node.own.items], steps=STEPS,
        standing=standing,
    )  # fmt: skip


@post("/consent/{token:str}", sync_to_thread=True)
def choose(request: Request[Any, Any, Any], node: Node, token: FromPath[str]) -> Response[Any]:
    """The items are chosen."""
    form = _items(request, node)
    if form.value is None:
        return _ask(node, token, form, 422)
    return redirect(request, f"/consent/{token}/check?" + urlencode({"items": ",".join(form.value.items)}))


def _items(request: Request[Any, Any, Any], node: Node) -> Form[ItemsForm]:
    choose_one = Text("提供する項目を、1つ以上選んでください。", "Choose at least one item.")
    form = read_form(request, ItemsForm, messages={"items": choose_one})
    if form.value is not None and not set(form.value.items) <= set(node.own.items):
        form.fail("items", choose_one)
        return Form(value=None, errors=form.errors, raw=form.raw)
    return form


@get("/consent/{token:str}/check", sync_to_thread=True)
def check(node: Node, token: FromPath[str], items: FromQuery[str] = "") -> Response[Any]:
    """内容の確認: the very words that the card will sign."""
    link = collecting.link_of(node, token)
    chosen = [item for item in ITEMS if item in items.split(",") and item in node.own.items]
    if not chosen:
        return _ask(node, token, empty_form({"items": []}), 422)
    return page(
        "bank/consent_check.html", form_targets=[node.settings.base_url_of(READER)], token=token, own=node.own,
        customer=collecting.customer_of(node, link), items=chosen, names=ITEM_NAMES, steps=STEPS,
        statement=statement_text(node.own, chosen),
    )  # fmt: skip


@post("/consent/{token:str}/sign", sync_to_thread=True)
def sign(request: Request[Any, Any, Any], node: Node, token: FromPath[str]) -> Response[Any]:
    """Off to the reader."""
    form = _items(request, node)
    if form.value is None:
        return _ask(node, token, form, 422)
    chosen = [item for item in ITEMS if item in form.value.items]
    browser = visit_of(request).browser_id()
    request_id = collecting.ask_to_sign(node, collecting.link_of(node, token), chosen, browser)
    query = urlencode({"request_uri": collecting.fetch_url(node, request_id)})
    return Redirect(f"{node.settings.base_url_of(READER)}{READER_PATH}?{query}", status_code=303)


@get(FETCH_PATH.replace("{request_id}", "{request_id:str}"), sync_to_thread=True)
def card_request(node: Node, request_id: FromPath[str]) -> Response[bytes]:
    """What the reader fetches."""
    body = msgspec.json.encode(collecting.signing_request(node, request_id))
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


@post(RETURN_PATH.replace("{request_id}", "{request_id:str}"), opt=WITHOUT_CSRF, sync_to_thread=True)
def returned(request: Request[Any, Any, Any], node: Node, request_id: FromPath[str]) -> Response[Any]:
    """The reader's answer, in the browser that asked; each request is answered once."""
    form = read_form(request, ReaderAnswer)
    browser = visit_of(request).browser
    answer = form.require()
    if answer.request_id != request_id:
        raise Refused(NOT_FOUND)
    if answer.response is None:
        collecting.cancel(node, request_id, browser, answer.error or "cancelled")
    else:
        try:
            collecting.take_signed(node, request_id, answer.response, browser)
        except Refused as refused:
            if refused.type in {NOT_FOUND, collecting.REQUEST_USED, OTHER_BROWSER}:
                raise
    return redirect(request, f"/consent-result/{request_id}")


@get("/consent-result/{request_id:str}", sync_to_thread=True)
def result(request: Request[Any, Any, Any], node: Node, request_id: FromPath[str]) -> Page:
    """What came of it, and what happens next and when."""
    row = collecting.request_of_browser(node, request_id, visit_of(request).browser)
    consent = collecting.consent_of(node, row)
    code = row.code or ""
    return page(
        "bank/consent_result.html", row=row, consent=consent, own=node.own, steps=STEPS, names=ITEM_NAMES,
        items=cast("list[Item]", consent.items or []) if consent else [], refusal=REGISTRY.get(code),
        reader_error=READER_ERRORS.get(code), words=words,
    )  # fmt: skip


HANDLERS = (banking, enter, ask, choose, check, sign, card_request, returned, result)
