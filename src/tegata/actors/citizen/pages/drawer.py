"""The drawer: my cards and certificates at a glance, what is remembered, and a PIN changed by its holder."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Response

from tegata.actors.citizen.problems import MALFORMED_PIN, PIN_BLOCKED, WRONG_PIN
from tegata.actors.citizen.service import drawer, printed, signing
from tegata.actors.citizen.service.drawer import PAGE
from tegata.node.node import Node
from tegata.node.web.forms import Form, empty_form, read_form
from tegata.node.web.shell import Page, page, redirect
from tegata.wire.problems import Refused
from tegata.wire.text import Text

MOST_STEPS = 100_000
FIELD_OF = {WRONG_PIN: "old", PIN_BLOCKED: "old", MALFORMED_PIN: "new"}
DIFFERENT = Text("2回入力した番号が同じではありません。", "The two entries differ.")
CHANGED = Text("暗証番号を変更しました。", "The PIN was changed.")

Typed = Annotated[str, msgspec.Meta(max_length=16)]


class PinForm(msgspec.Struct):
    """A PIN changed by its holder."""

    usage: Literal["auth", "sign"]
    old: Typed
    new: Typed
    again: Typed


@get("/", sync_to_thread=True)
def cards_page(request: Request[Any, Any, Any], node: Node) -> Page:
    """The cards, the last used first."""
    wanted = str(request.query_params.get("q", ""))[:80].replace("\0", "")
    start = start_of(request)
    found, more = drawer.find(node, wanted, start)
    return page("drawer.html", found=found, wanted=wanted, start=start, following=start + PAGE if more else None)


@get("/cards/{card_id:str}", sync_to_thread=True)
def card_page(node: Node, card_id: FromPath[str]) -> Page:
    """One card."""
    return show_card(node, card_id, empty_form())


@post("/cards/{card_id:str}/pin", sync_to_thread=True)
def change_pin(request: Request[Any, Any, Any], node: Node, card_id: FromPath[str]) -> Response[Any]:
    """The holder changes a PIN; a wrong old one spends a try, as on the card."""
    form = read_form(request, PinForm)
    value = form.value
    if value is not None and value.new != value.again:
        form.fail("again", DIFFERENT)
    if value is None or not form.ok:
        return show_card(node, card_id, form, 422)
    try:
        signing.change_pin(node, card_id, value.usage, value.old, value.new)
    except Refused as refused:
        if refused.type not in FIELD_OF:
            raise
        form.fail(FIELD_OF[refused.type], refused.type.title)
        return show_card(node, card_id, form, 422)
    return redirect(request, f"/cards/{card_id}", notice=CHANGED)


@get("/cards/{card_id:str}/pin", sync_to_thread=False)
def change_pin_again(request: Request[Any, Any, Any], card_id: FromPath[str]) -> Response[Any]:
    """The page that the form led to, opened anew."""
    return redirect(request, f"/cards/{card_id}")


def show_card(node: Node, card_id: str, form: Form[Any], status: int = 200) -> Page:
    """A card, with the form for its PINs."""
    front = printed.front_of(node, card_id)
    return page("card.html", status=status, opened=drawer.open_card(node, card_id), printed=front, form=form)


def start_of(request: Request[Any, Any, Any]) -> int:
    """Where a list goes on, from the address; anything else is the beginning."""
    text = str(request.query_params.get("start", "0"))
    return min(int(text), MOST_STEPS) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


HANDLERS = (cards_page, card_page, change_pin, change_pin_again)
