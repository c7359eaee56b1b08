"""A consent by a letter, one question a page: who asks → which items → for how long and what happens → check → sign
(FI-10). What was chosen travels in the address, so that the browser's back button works and nothing is kept here.
"""

from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from tegata.actors.portal.pages.common import CITIZEN, LOGIN, Browser, away, browser_of, page_to_reader
from tegata.actors.portal.service import consents, invitations, texts
from tegata.actors.portal.service.invitations import Letter
from tegata.japan.four_attributes import ITEMS, Item
from tegata.node.node import Node
from tegata.node.web.forms import Form, empty_form, read_form
from tegata.node.web.sessions import WebSession
from tegata.node.web.shell import Page, page, redirect
from tegata.wire.problems import INVALID, Refused
from tegata.wire.text import Language, Text

NO_ITEM = Text("提供する情報を、１つ以上選んでください。", "Choose at least one item.")


class ItemsForm(msgspec.Struct):
    """The question: which of the items."""

    items: list[Item]


@get("/invitation/{code:str}", sync_to_thread=True)
def letter(node: Node, code: FromPath[str]) -> Page:
    """Who asks and why; open to whoever has the letter."""
    return page("portal/letter.html", letter=invitations.open_letter(node, code))


@get("/invitation/{code:str}/items", guards=CITIZEN, opt=LOGIN, sync_to_thread=True)
def items_question(node: Node, code: FromPath[str], items: FromQuery[str] = "") -> Page:
    """Which of the items."""
    found = invitations.open_letter(node, code)
    chosen = _chosen(found, items) if items else found.items
    return _items_page(found, empty_form({"items": chosen}))


@post("/invitation/{code:str}/items", guards=CITIZEN, opt=LOGIN, sync_to_thread=True)
def choose_items(request: Browser, node: Node, code: FromPath[str]) -> Response[Any]:
    """The items are chosen."""
    found = invitations.open_letter(node, code)
    form = read_form(request, ItemsForm, messages={"items": NO_ITEM})
    if form.value is not None and not set(form.value.items) <= set(found.items):
        form.fail("items", NO_ITEM)
    if not form.ok:
        return _items_page(found, form, 422)
    chosen = _query(item for item in ITEMS if item in form.require().items)
    return redirect(request, f"/invitation/{found.code}/terms?{chosen}")


def _items_page(found: Letter, form: Form[Any], status: int = 200) -> Page:
    options = [(item, texts.ITEM_NAMES[item]) for item in found.items]
    return page("portal/letter_items.html", status=status, letter=found, options=options, form=form)


@get("/invitation/{code:str}/terms", guards=CITIZEN, opt=LOGIN, sync_to_thread=True)
def terms(node: Node, code: FromPath[str], items: FromQuery[str]) -> Page:
    """For how long, what happens, how to withdraw, whom to ask."""
    found = invitations.open_letter(node, code)
    query = _query(_chosen(found, items))
    return page("portal/letter_terms.html", letter=found, query=query, texts=texts)


@get("/invitation/{code:str}/check", guards=CITIZEN, opt=LOGIN, sync_to_thread=True)
def check(node: Node, code: FromPath[str], items: FromQuery[str]) -> Page:
    """内容の確認: all of it once more, before the card signs."""
    found = invitations.open_letter(node, code)
    chosen = _chosen(found, items)
    return page_to_reader(
        node, "portal/letter_check.html", letter=found, chosen=chosen, query=_query(chosen),
        items=texts.item_list(chosen), texts=texts,
    )  # fmt: skip


@post("/invitation/{code:str}/check", guards=CITIZEN, opt=LOGIN, sync_to_thread=True)
def sign(request: Browser, node: Node, session: WebSession, code: FromPath[str], lang: Language) -> Response[Any]:
    """Ask the card to sign."""
    found = invitations.open_letter(node, code)
    chosen = _allowed(found, read_form(request, ItemsForm).require().items)
    return away(
        consents.ask_consent(node, found, chosen, sub=session.subject, browser=browser_of(request), lang=lang)
    )  # fmt: skip


def _query(items: Any) -> str:
    return urlencode({"items": ",".join(items)})


def _chosen(found: Letter, items: str) -> list[Item]:
    """The items of an address. Raises INVALID for what the letter does not ask for."""
    try:
        return _allowed(found, msgspec.convert(items.split(","), list[Item]))
    except msgspec.ValidationError as error:
        raise Refused(INVALID, {"field": "items"}) from error


def _allowed(found: Letter, items: list[Item]) -> list[Item]:
    if not items or not set(items) <= set(found.items):
        raise Refused(INVALID, {"field": "items"})
    return [item for item in ITEMS if item in items]


HANDLERS = (letter, items_question, choose_items, terms, check, sign)
