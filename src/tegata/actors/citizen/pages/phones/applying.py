"""Applying with the card, in five steps (rule SP-01): the card, the phone's password, its PIN, the card's password."""

from typing import Any

import msgspec
from litestar.params import FromPath
from litestar.response import Response

from tegata.actors.citizen.pages.phones import words
from tegata.actors.citizen.pages.phones.common import (
    Req,
    app_get,
    app_post,
    enter,
    of_here,
    show,
    to_app,
    typed_twice,
)
from tegata.actors.citizen.problems import MALFORMED_PIN, NO_CERTIFICATE
from tegata.actors.citizen.service import cards, drawer, signing
from tegata.actors.citizen.service.phones import applications, shelf
from tegata.actors.citizen.service.phones.shelf import Phone
from tegata.actors.citizen.tables import PhoneApplicationRow
from tegata.node.node import Node
from tegata.node.web.forms import Form, empty_form, read_form
from tegata.wire.certificates import Usage
from tegata.wire.endpoint import Identifier
from tegata.wire.problems import CONFLICT, NOT_FOUND, REGISTRY, Refused
from tegata.wire.text import Text

STEPS = (
    Text("カードを読み取る", "The card"), Text("スマホ用のパスワード", "Password of the phone"),
    Text("スマホ用の暗証番号", "PIN of the phone"), Text("内容の確認と署名", "Check and sign"), Text("完了", "Done"),
)  # fmt: skip
NO_CARD = Text("カードを選んでください。", "Choose a card.")


class CardForm(msgspec.Struct):
    """Which card is laid on the phone."""

    card: Identifier


@app_get("/phones/{phone_id:str}/apply")
def choose_card(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """What is needed, and which card."""
    phone = of_here(node, phone_id)
    if signed := _signed(phone):
        return to_app(request, phone_id, f"/apply/{signed.application_id}")
    return _cards(request, node, phone, empty_form())


@app_post("/phones/{phone_id:str}/apply")
def take_card(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """The card lies on the phone."""
    phone = of_here(node, phone_id)
    form = read_form(request, CardForm, messages={"card": NO_CARD})
    if form.value is None:
        return _cards(request, node, phone, form, 422)
    try:
        applications.begin(node, phone_id, form.value.card)
    except Refused as refused:
        if refused.type not in (NO_CERTIFICATE, NOT_FOUND):
            raise
        form.fail("card", refused.type.title if refused.type is NO_CERTIFICATE else NO_CARD)
        return _cards(request, node, phone, form, 422)
    return to_app(request, phone_id, "/apply/password")


@app_get("/phones/{phone_id:str}/apply/password")
def ask_password(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """The password of the phone, twice."""
    return _ask_new(request, node, phone_id, "sign")


@app_post("/phones/{phone_id:str}/apply/password")
def take_password(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """The password is chosen."""
    return _take_new(request, node, phone_id, "sign", "/apply/pin")


@app_get("/phones/{phone_id:str}/apply/pin")
def ask_pin(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """The PIN of the phone, twice."""
    return _ask_new(request, node, phone_id, "auth")


@app_post("/phones/{phone_id:str}/apply/pin")
def take_pin(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """The PIN is chosen."""
    return _take_new(request, node, phone_id, "auth", "/apply/check")


@app_get("/phones/{phone_id:str}/apply/check")
def ask_card_password(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """What will be applied for, and the password of the card."""
    phone = of_here(node, phone_id)
    draft = _draft(phone)
    if draft is None or applications.chosen(draft) != {"auth", "sign"}:
        return to_app(request, phone_id, "/apply")
    return _check(request, node, phone, empty_form())


@app_post("/phones/{phone_id:str}/apply/check")
def apply(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """The keys are made, the card signs, and it is sent."""
    phone = of_here(node, phone_id)
    draft = _draft(phone)
    if draft is None:
        return to_app(request, phone_id, "/apply")
    tries = _tries_of_card(node, draft)
    try:
        entered = enter(request, node, phone_id, tries, lambda password: applications.sign(node, phone_id, password))
    except Refused as refused:
        if refused.type is not CONFLICT:
            raise
        return to_app(request, phone_id, "/apply")
    if entered.outcome is not None:
        applications.pass_on(node, entered.outcome)
    if entered.done or entered.stale:
        return to_app(request, phone_id, f"/apply/{draft.application_id}")
    return _check(request, node, shelf.look(node, phone_id), entered.form, 422)


@app_get("/phones/{phone_id:str}/apply/{application_id:str}")
def result(request: Req, node: Node, phone_id: FromPath[str], application_id: FromPath[str]) -> Response[Any]:
    """What came of it: done, refused with its reason, or not answered yet."""
    phone = of_here(node, phone_id)
    row = applications.of_phone(node, phone_id, application_id)
    if row.state == "draft":
        return to_app(request, phone_id, "/apply/check")
    return show(
        request, node, phone, "applied.html", application=row, refusal=REGISTRY.get(row.refusal or ""), steps_of=STEPS
    )


@app_post("/phones/{phone_id:str}/apply/{application_id:str}")
def take_up(request: Req, node: Node, phone_id: FromPath[str], application_id: FromPath[str]) -> Response[Any]:
    """Go on with one that was not answered."""
    applications.of_phone(node, phone_id, application_id)
    applications.pass_on(node, application_id)
    return to_app(request, phone_id, f"/apply/{application_id}")


def _cards(request: Req, node: Node, phone: Phone, form: Form[Any], status: int = 200) -> Response[Any]:
    mine = [(card, signing.can(card, "sign")) for card in applications.cards_of(node, phone.phone_id)]
    return show(
        request, node, phone, "apply.html", status=status, form=form, cards=mine, steps_of=STEPS,
        replaces=any(one.on_phone for one in phone.held),
    )  # fmt: skip


def _ask_new(
    request: Req, node: Node, phone_id: str, usage: Usage, form: Form[Any] | None = None, status: int = 200
) -> Response[Any]:  # fmt: skip
    phone = of_here(node, phone_id)
    if _draft(phone) is None:
        return to_app(request, phone_id, "/apply")
    return show(
        request, node, phone, "new_secret.html", status=status, form=form, usage=usage, steps_of=STEPS,
        step=2 if usage == "sign" else 3,
    )  # fmt: skip


def _take_new(request: Req, node: Node, phone_id: str, usage: Usage, following: str) -> Response[Any]:
    form, new = typed_twice(request)
    if new:
        try:
            applications.choose_pin(node, phone_id, usage, new)
        except Refused as refused:
            if refused.type is CONFLICT:
                return to_app(request, phone_id, "/apply")
            if refused.type is not MALFORMED_PIN:
                raise
            form.fail("new", words.MALFORMED[usage])
    return to_app(request, phone_id, following) if form.ok else _ask_new(request, node, phone_id, usage, form, 422)


def _check(request: Req, node: Node, phone: Phone, form: Form[Any], status: int = 200) -> Response[Any]:
    draft = phone.open_application
    assert draft is not None
    return show(
        request, node, phone, "check.html", status=status, form=form, steps_of=STEPS, card_id=draft.card_id,
        tries=_tries_of_card(node, draft), hint=drawer.hints(node, draft.card_id, "sign"),
    )  # fmt: skip


def _tries_of_card(node: Node, draft: PhoneApplicationRow) -> int:
    with node.database.read() as session:
        return signing.tries_left(cards.card_row(session, draft.card_id), "sign")


def _draft(phone: Phone) -> PhoneApplicationRow | None:
    row = phone.open_application
    return row if row is not None and row.state == "draft" else None


def _signed(phone: Phone) -> PhoneApplicationRow | None:
    row = phone.open_application
    return row if row is not None and row.state == "signed" else None


HANDLERS = (
    choose_card, take_card, ask_password, take_password, ask_pin, take_pin, ask_card_password, apply, result, take_up,
)  # fmt: skip
