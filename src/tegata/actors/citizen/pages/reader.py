"""The reader's pages (wire/reader.py): who asks for what, which card or phone, which PIN, and back to who asked.

A phone's biometrics need the phone's own address (0008): there the same pages stand, with one button more.
"""

from typing import Annotated, Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Response

from tegata.actors.citizen.pages.listing import start_of, wanted_of
from tegata.actors.citizen.pages.phones.lock import NO_ANSWER, as_json, biometrics_says
from tegata.actors.citizen.problems import (
    MALFORMED_PIN,
    NO_BIOMETRICS,
    NO_CERTIFICATE,
    PHONE_NOT_HERE,
    PHONE_WITHOUT_CERTIFICATE,
    PIN_BLOCKED,
    REQUEST_NOT_TAKEN,
    WRONG_PIN,
)
from tegata.actors.citizen.service import drawer, reader, signing
from tegata.actors.citizen.service.drawer import PAGE
from tegata.actors.citizen.service.phones import biometrics, origin
from tegata.actors.citizen.service.phones.ceremony import LARGEST_ANSWER
from tegata.actors.citizen.service.reader import Reading
from tegata.node.node import Node
from tegata.node.web.forms import Form, empty_form, read_form
from tegata.node.web.shell import Page, page, redirect
from tegata.wire.endpoint import Identifier
from tegata.wire.problems import CONFLICT, Refused
from tegata.wire.reader import READER_PATH, ReaderError
from tegata.wire.text import Text

NO_CARD_CHOSEN = Text("カードまたはスマートフォンを選んでください。", "Choose a card or a phone.")
LAST_TRY = Text(
    "あと1回間違えると、ロックされます。確かめたら、下の欄にチェックを付けてください。",
    "One more mistake blocks the card. Check the number, then tick the box below.",
)


class CardForm(msgspec.Struct):
    """Which card is laid on the reader."""

    card: Identifier


class PinForm(msgspec.Struct):
    """The PIN, on the form with this number; ``last`` says that the holder knows that it is the last try."""

    pin: Annotated[str, msgspec.Meta(max_length=16)]
    attempt: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    last: bool = False


class BiometricsForm(msgspec.Struct):
    """What the phone's authenticator answered (JSON), on the form with this number."""

    answer: Annotated[str, msgspec.Meta(max_length=LARGEST_ANSWER)]
    attempt: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class EndForm(msgspec.Struct):
    """Why the holder ends it without a signature."""

    error: ReaderError = "cancelled"


@get(READER_PATH, sync_to_thread=True)
def begin(request: Request[Any, Any, Any], node: Node) -> Response[Any]:
    """A page of another organisation sent the browser here."""
    request_uri = request.query_params.get("request_uri")
    if not isinstance(request_uri, str):
        raise Refused(REQUEST_NOT_TAKEN, {"cause": "no-address"})
    one = reader.open_reading(node, request_uri)
    return redirect(request, f"/reader/{one.reading_id}")


@get("/reader/{reading_id:str}", sync_to_thread=True)
def who_asks(request: Request[Any, Any, Any], node: Node, reading_id: FromPath[str]) -> Response[Any]:
    """Who asks, what will be signed, and which card."""
    one = reader.reading(node, reading_id)
    return back(one) if one.answer else choose(request, node, one, empty_form())


@post("/reader/{reading_id:str}", sync_to_thread=True)
def lay_card(request: Request[Any, Any, Any], node: Node, reading_id: FromPath[str]) -> Response[Any]:
    """A card is laid on the reader."""
    one = reader.reading(node, reading_id)
    form = read_form(request, CardForm, messages={"card": NO_CARD_CHOSEN})
    if form.value is None:
        return choose(request, node, one, form, 422)
    try:
        reader.choose_card(node, reading_id, form.value.card)
    except Refused as refused:
        if refused.type not in (NO_CERTIFICATE, PHONE_WITHOUT_CERTIFICATE, PHONE_NOT_HERE):
            raise
        form.fail("card", refused.type.title)
        return choose(request, node, one, form, 422)
    return redirect(request, f"/reader/{reading_id}/pin")


@get("/reader/{reading_id:str}/pin", sync_to_thread=True)
def ask_pin(request: Request[Any, Any, Any], node: Node, reading_id: FromPath[str]) -> Response[Any]:
    """The PIN, or where it is blocked what to do."""
    one = reader.reading(node, reading_id)
    if one.answer:
        return back(one)
    return (
        redirect(request, f"/reader/{reading_id}")
        if one.card_id is None
        else show_pin(request, node, one, empty_form())
    )


@post("/reader/{reading_id:str}/pin", sync_to_thread=True)
def take_pin(request: Request[Any, Any, Any], node: Node, reading_id: FromPath[str]) -> Response[Any]:
    """Sign; a wrong PIN says how many tries are left, and the last one is asked for twice."""
    one = reader.reading(node, reading_id)
    form = read_form(request, PinForm)
    form.raw.pop("pin", None)
    if one.answer:
        return back(one)
    value = form.value
    if value is None:
        return show_pin(request, node, one, form, 422)
    if _is_last_try(node, one) and not value.last:
        form.fail("last", LAST_TRY)
        return show_pin(request, node, one, form, 422)
    try:
        return back(reader.enter_pin(node, reading_id, value.attempt, value.pin))
    except Refused as refused:
        if refused.type is CONFLICT:
            return redirect(request, f"/reader/{reading_id}/pin")
        if refused.type not in (WRONG_PIN, PIN_BLOCKED, MALFORMED_PIN):
            raise
        form.fail("pin", refused.type.title)
        return show_pin(request, node, reader.reading(node, reading_id), form, 422)


@post("/reader/{reading_id:str}/biometrics", sync_to_thread=True)
def take_biometrics(request: Request[Any, Any, Any], node: Node, reading_id: FromPath[str]) -> Response[Any]:
    """The phone's biometrics in place of its PIN (SP-02)."""
    one = reader.reading(node, reading_id)
    form = read_form(request, BiometricsForm, messages={"answer": NO_ANSWER})
    form.raw.pop("answer", None)
    if one.answer:
        return back(one)
    if form.value is None:
        return show_pin(request, node, one, form, 422)
    try:
        return back(reader.enter_biometrics(node, reading_id, form.value.attempt, form.value.answer))
    except Refused as refused:
        if refused.type is CONFLICT:
            return redirect(request, f"/reader/{reading_id}/pin")
        form.fail("answer", biometrics_says(refused))
        return show_pin(request, node, reader.reading(node, reading_id), form, 422)


@post("/reader/{reading_id:str}/biometrics/challenge", sync_to_thread=True, status_code=200)
def challenge(node: Node, reading_id: FromPath[str]) -> Response[str]:
    """What the phone's authenticator is asked, fetched by the page's script."""
    one = reader.reading(node, reading_id)
    if one.card_id is None or one.answer or one.request.usage != "auth":
        raise Refused(NO_BIOMETRICS)
    return as_json(biometrics.assertion_options(node, one.card_id, biometrics.for_reading(reading_id)))


@get("/reader/{reading_id:str}/biometrics", sync_to_thread=False)
def biometrics_again(request: Request[Any, Any, Any], reading_id: FromPath[str]) -> Response[Any]:
    """The page that the form led to, opened anew."""
    return redirect(request, f"/reader/{reading_id}/pin")


@get("/reader/{reading_id:str}/end", sync_to_thread=False)
def end_again(request: Request[Any, Any, Any], reading_id: FromPath[str]) -> Response[Any]:
    """The page that the form led to, opened anew."""
    return redirect(request, f"/reader/{reading_id}")


@post("/reader/{reading_id:str}/end", sync_to_thread=True)
def end(request: Request[Any, Any, Any], node: Node, reading_id: FromPath[str]) -> Response[Any]:
    """Back to who asked, without a signature."""
    return back(reader.give_up(node, reading_id, read_form(request, EndForm).require().error))


def choose(request: Request[Any, Any, Any], node: Node, one: Reading, form: Form[Any], status: int = 200) -> Page:
    """The page that shows the request and the cards."""
    wanted, start = wanted_of(request), start_of(request)
    found, more = drawer.find(node, wanted, start)
    return page(
        "reader.html", status=status, form_targets=[one.request.return_url], one=one, found=found, wanted=wanted,
        form=form, start=start, following=start + PAGE if more else None,
    )  # fmt: skip


def show_pin(
    request: Request[Any, Any, Any], node: Node, one: Reading, form: Form[Any], status: int = 200
) -> Page:  # fmt: skip
    """The page that asks for the PIN, or where the phone can, for biometrics."""
    card = reader.card_of(node, one)
    usage = one.request.usage
    opened = drawer.open_card(node, card.card_id)
    elsewhere = origin.is_elsewhere(node, request.headers.get("host", ""))
    return page(
        "pin.html", status=status, form_targets=[one.request.return_url], one=one, card=opened.card, form=form,
        tries=signing.tries_left(card, usage), hint=drawer.hints(node, card.card_id, usage),
        biometrics=opened.card.biometrics and usage == "auth",
        phone_page=f"{origin.base_url(node)}/reader/{one.reading_id}/pin" if elsewhere else "",
    )  # fmt: skip


def back(one: Reading) -> Page:
    """The page whose form takes the answer to who asked."""
    return page("back.html", form_targets=[one.request.return_url], one=one, answer=one.answer)


def _is_last_try(node: Node, one: Reading) -> bool:
    return one.card_id is not None and signing.tries_left(reader.card_of(node, one), one.request.usage) == 1


HANDLERS = (
    begin, who_asks, lay_card, ask_pin, take_pin, take_biometrics, challenge, biometrics_again, end, end_again,
)  # fmt: skip
