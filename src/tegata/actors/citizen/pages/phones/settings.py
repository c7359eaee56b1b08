"""PIN and password changed, biometrics turned on and off (rules SP-02, SP-06)."""

from typing import Any

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
from tegata.actors.citizen.pages.phones.lock import NO_ANSWER, AnswerForm, as_json, biometrics_says
from tegata.actors.citizen.problems import PHONE_WITHOUT_CERTIFICATE
from tegata.actors.citizen.service import drawer
from tegata.actors.citizen.service.phones import biometrics, pins, shelf
from tegata.actors.citizen.service.phones.shelf import Phone
from tegata.node.node import Node
from tegata.node.web.forms import Form, read_form
from tegata.wire.certificates import Usage
from tegata.wire.problems import NOT_FOUND, Refused
from tegata.wire.text import Text

CHANGED: dict[Usage, Text] = {
    "auth": Text("暗証番号を変更しました。", "The PIN was changed."),
    "sign": Text("パスワードを変更しました。", "The password was changed."),
}
TURNED_ON = Text("生体認証を使えるようにしました。", "Biometrics are turned on.")
TURNED_OFF = Text("生体認証を使わないようにしました。", "Biometrics are turned off.")


@app_get("/phones/{phone_id:str}/pins/{usage:str}")
def change_page(request: Req, node: Node, phone_id: FromPath[str], usage: FromPath[str]) -> Response[Any]:
    """The old one, and the new one twice."""
    phone, which = _with(node, phone_id, usage)
    return _change(request, node, phone, which)


@app_post("/phones/{phone_id:str}/pins/{usage:str}")
def change(request: Req, node: Node, phone_id: FromPath[str], usage: FromPath[str]) -> Response[Any]:
    """Change it; a wrong old one spends a try, as on the card."""
    phone, which = _with(node, phone_id, usage)
    form, new = typed_twice(request)
    if new and not words.is_well_formed(which, new):
        form.fail("new", words.MALFORMED[which])
    if not form.ok:
        return _change(request, node, phone, which, form, 422)
    entered = enter(
        request, node, phone_id, phone.tries[which], lambda old: pins.change(node, phone_id, which, old, new)
    )
    if entered.stale:
        return to_app(request, phone_id, f"/pins/{which}")
    if not entered.done:
        return _change(request, node, shelf.look(node, phone_id), which, entered.form, 422)
    return to_app(request, phone_id, "/menu", notice=CHANGED[which])


@app_get("/phones/{phone_id:str}/biometrics")
def biometrics_page(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """On or off, or why it can not be."""
    return _biometrics(request, node, of_here(node, phone_id))


@app_post("/phones/{phone_id:str}/biometrics")
def turn_on(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """Turn biometrics on: the PIN is proven, and the authenticator has made a credential."""
    phone = of_here(node, phone_id)
    answered = read_form(request, AnswerForm, messages={"answer": NO_ANSWER})
    if answered.value is None:
        return _biometrics(request, node, phone, answered, 422)
    answer = answered.value.answer
    try:
        entered = enter(
            request, node, phone_id, phone.tries["auth"], lambda pin: biometrics.turn_on(node, phone_id, pin, answer)
        )
    except Refused as refused:
        answered.fail("answer", biometrics_says(refused))
        return _biometrics(request, node, shelf.look(node, phone_id), answered, 422)
    if entered.stale:
        return to_app(request, phone_id, "/biometrics")
    if not entered.done:
        return _biometrics(request, node, shelf.look(node, phone_id), entered.form, 422)
    return to_app(request, phone_id, "/menu", notice=TURNED_ON)


@app_post("/phones/{phone_id:str}/biometrics/challenge", status_code=200)
def challenge(node: Node, phone_id: FromPath[str]) -> Response[str]:
    """What the authenticator makes a credential from, fetched by the page's script."""
    return as_json(biometrics.registration_options(node, phone_id))


@app_post("/phones/{phone_id:str}/biometrics/off")
def turn_off(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """Turn biometrics off."""
    biometrics.turn_off(node, phone_id)
    return to_app(request, phone_id, "/menu", notice=TURNED_OFF)


@app_get("/phones/{phone_id:str}/biometrics/off")
def turn_off_again(request: Req, phone_id: FromPath[str]) -> Response[Any]:
    """The page that the form led to, opened anew."""
    return to_app(request, phone_id, "/biometrics")


def _with(node: Node, phone_id: str, usage: str) -> tuple[Phone, Usage]:
    """The phone, and which of its two; only where there is one to change."""
    phone = of_here(node, phone_id)
    which: Usage | None = "auth" if usage == "auth" else "sign" if usage == "sign" else None
    if which is None:
        raise Refused(NOT_FOUND)
    if not phone.has(which):
        raise Refused(PHONE_WITHOUT_CERTIFICATE)
    return phone, which


def _change(
    request: Req, node: Node, phone: Phone, usage: Usage, form: Form[Any] | None = None, status: int = 200
) -> Response[Any]:  # fmt: skip
    return show(
        request, node, phone, "change.html", status=status, form=form, usage=usage, tries=phone.tries[usage],
        hint=drawer.hints(node, phone.phone_id, usage),
    )  # fmt: skip


def _biometrics(
    request: Req, node: Node, phone: Phone, form: Form[Any] | None = None, status: int = 200
) -> Response[Any]:  # fmt: skip
    return show(
        request, node, phone, "biometrics.html", status=status, form=form, tries=phone.tries["auth"],
        possible=biometrics.possible(node, phone.model.id), hint=drawer.hints(node, phone.phone_id, "auth"),
    )  # fmt: skip


HANDLERS = (change_page, change, biometrics_page, turn_on, challenge, turn_off, turn_off_again)
