"""The lock of the app: opened by the PIN or by biometrics (rule SP-02), and locked again."""

from typing import Annotated, Any

import msgspec
from litestar.params import FromPath
from litestar.response import Response

from tegata.actors.citizen.pages.phones.common import (
    Req,
    app_get,
    app_post,
    enter,
    of_here,
    show,
    to_app,
)
from tegata.actors.citizen.problems import BIOMETRICS_REFUSED, NO_BIOMETRICS, PIN_BLOCKED, WRONG_PIN
from tegata.actors.citizen.service import drawer
from tegata.actors.citizen.service.phones import biometrics, pins, shelf
from tegata.actors.citizen.service.phones.ceremony import LARGEST_ANSWER
from tegata.actors.citizen.service.phones.shelf import SESSION_KIND, Phone
from tegata.node.node import Node
from tegata.node.web.forms import Form, read_form
from tegata.node.web.login import sign_in, sign_out
from tegata.node.web.visit import visit_of
from tegata.wire.problems import Refused
from tegata.wire.text import Text

NO_ANSWER = Text(
    "生体認証の結果を受け取れませんでした。JavaScript を使えるブラウザーで行うか、暗証番号を入力してください。",
    "No result of the biometric check came. Use a browser with JavaScript, or enter the PIN.",
)
TURNED_OFF = Text(
    "スマートフォンが覚えていた暗証番号が合わないため、生体認証を止めました。暗証番号を入力してください。",
    "The PIN that the phone kept is not right any more, so biometrics were turned off. Enter the PIN.",
)


class AnswerForm(msgspec.Struct):
    """What the authenticator answered (JSON)."""

    answer: Annotated[str, msgspec.Meta(max_length=LARGEST_ANSWER)]


def show_lock(
    request: Req, node: Node, phone: Phone, form: Form[Any] | None = None, status: int = 200
) -> Response[Any]:  # fmt: skip
    """The lock, with what was wrong."""
    return show(
        request, node, phone, "lock.html", status=status, form=form, hint=drawer.hints(node, phone.phone_id, "auth")
    )


@app_post("/phones/{phone_id:str}")
def unlock(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """Open the app by the PIN."""
    phone = of_here(node, phone_id)
    entered = enter(request, node, phone_id, phone.tries["auth"], lambda pin: pins.unlock(node, phone_id, pin))
    if entered.done:
        _open(request, node, phone)
    if entered.done or entered.stale:
        return to_app(request, phone_id)
    return show_lock(request, node, shelf.look(node, phone_id), entered.form, 422)


@app_post("/phones/{phone_id:str}/unlock")
def unlock_by_biometrics(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """Open the app by biometrics."""
    phone = of_here(node, phone_id)
    form = read_form(request, AnswerForm, messages={"answer": NO_ANSWER})
    if form.value is not None:
        try:
            biometrics.unlock(node, phone_id, form.value.answer)
        except Refused as refused:
            form.fail("answer", biometrics_says(refused))
        else:
            _open(request, node, phone)
            return to_app(request, phone_id)
    return show_lock(request, node, shelf.look(node, phone_id), form, 422)


@app_post("/phones/{phone_id:str}/unlock/challenge", status_code=200)
def unlock_challenge(node: Node, phone_id: FromPath[str]) -> Response[str]:
    """What the authenticator is asked, fetched by the page's script."""
    return as_json(biometrics.assertion_options(node, phone_id, biometrics.UNLOCK))


@app_get(["/phones/{phone_id:str}/unlock", "/phones/{phone_id:str}/lock"])
def again(request: Req, phone_id: FromPath[str]) -> Response[Any]:
    """The page that the form led to, opened anew."""
    return to_app(request, phone_id)


@app_post("/phones/{phone_id:str}/lock")
def lock(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """Lock the app."""
    session = visit_of(request).session
    if session is not None and session.kind == SESSION_KIND:
        sign_out(request, node)
    return to_app(request, phone_id)


def biometrics_says(refused: Refused) -> Text:
    """Why biometrics did not do, for a person. Raises what is about something else."""
    if refused.type in (WRONG_PIN, PIN_BLOCKED):
        return TURNED_OFF
    if refused.type not in (BIOMETRICS_REFUSED, NO_BIOMETRICS):
        raise refused
    return Text(
        refused.type.title.ja + refused.type.advice.ja, f"{refused.type.title.en} {refused.type.advice.en}"
    )  # fmt: skip


def as_json(options: str) -> Response[str]:
    """Options of a ceremony, for the page's script; no cache keeps a challenge."""
    return Response(options, media_type="application/json", headers={"Cache-Control": "no-store"})


def _open(request: Req, node: Node, phone: Phone) -> None:
    sign_in(request, node, kind=SESSION_KIND, subject=phone.phone_id, name=phone.name)


HANDLERS = (unlock, unlock_by_biometrics, unlock_challenge, again, lock)
