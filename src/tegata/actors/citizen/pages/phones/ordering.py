"""失効 in the document's four steps (menu, 失効, the certificate, the password), and 利用再開 (rules SP-03, SP-05)."""

from typing import Annotated, Any, Literal, cast, get_args
from urllib.parse import urlencode

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
from tegata.actors.citizen.service import drawer
from tegata.actors.citizen.service.phones import hear, orders, shelf
from tegata.actors.citizen.service.phones.shelf import Phone
from tegata.node.node import Node
from tegata.node.web.forms import Form, empty_form, read_form
from tegata.wire.certificates import Usage
from tegata.wire.phones import Action, Occasion
from tegata.wire.problems import CONFLICT, REGISTRY, Refused
from tegata.wire.text import Text

STEPS = (
    Text("メニュー", "Menu"), Text("失効", "Revoke"), Text("電子証明書を選ぶ", "Choose the certificate"),
    Text("パスワード", "Password"),
)  # fmt: skip
RESUME_STEPS = (Text("電子証明書を選ぶ", "Choose the certificate"), Text("パスワード", "Password"))
NOT_CHOSEN = Text("電子証明書を選んでください。", "Choose a certificate.")
NO_OCCASION = Text("どのようなときかを選んでください。", "Choose the occasion.")
NOT_NOW = Text("この電子証明書は、いまは選べません。", "This certificate can not be chosen now.")
AtHome = Literal["trade-in", "disposal", "repair", "no-longer-wanted"]


class OccasionForm(msgspec.Struct):
    """Step 2: why."""

    occasion: AtHome


class ChoiceForm(msgspec.Struct):
    """Step 3: which certificates."""

    usages: Annotated[list[Usage], msgspec.Meta(min_length=1, max_length=2)]


@app_get("/phones/{phone_id:str}/revoke")
def occasion_page(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """Step 2: what 失効 means, who does it, and on which occasion."""
    return _occasions(request, node, of_here(node, phone_id), empty_form())


@app_post("/phones/{phone_id:str}/revoke")
def take_occasion(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """The occasion is chosen."""
    form = read_form(request, OccasionForm, messages={"occasion": NO_OCCASION})
    if form.value is None:
        return _occasions(request, node, of_here(node, phone_id), form, 422)
    return to_app(request, phone_id, f"/revoke/{form.value.occasion}")


@app_get("/phones/{phone_id:str}/revoke/{occasion:str}")
def choose_page(request: Req, node: Node, phone_id: FromPath[str], occasion: FromPath[str]) -> Response[Any]:
    """Step 3: which certificate."""
    if not _is_occasion(occasion):
        return to_app(request, phone_id, "/revoke")
    return _choices(request, node, phone_id, "revoke", empty_form(), occasion=occasion)


@app_post("/phones/{phone_id:str}/revoke/{occasion:str}")
def take_choice(request: Req, node: Node, phone_id: FromPath[str], occasion: FromPath[str]) -> Response[Any]:
    """The certificates are chosen."""
    if not _is_occasion(occasion):
        return to_app(request, phone_id, "/revoke")
    return _take_choice(request, node, phone_id, "revoke", f"/revoke/{occasion}", occasion)


@app_get("/phones/{phone_id:str}/revoke/{occasion:str}/password")
def password_page(request: Req, node: Node, phone_id: FromPath[str], occasion: FromPath[str]) -> Response[Any]:
    """Step 4: the password."""
    return _ask(request, node, phone_id, "revoke", occasion)


@app_post("/phones/{phone_id:str}/revoke/{occasion:str}/password")
def revoke(request: Req, node: Node, phone_id: FromPath[str], occasion: FromPath[str]) -> Response[Any]:
    """Sign the order and send it."""
    return _order(request, node, phone_id, "revoke", occasion)


@app_get("/phones/{phone_id:str}/resume")
def resume_page(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """What can be resumed."""
    return _choices(request, node, phone_id, "resume", empty_form())


@app_post("/phones/{phone_id:str}/resume")
def take_resume(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """The certificates are chosen."""
    return _take_choice(request, node, phone_id, "resume", "/resume", "found")


@app_get("/phones/{phone_id:str}/resume/password")
def resume_password_page(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """The password."""
    return _ask(request, node, phone_id, "resume", "found")


@app_post("/phones/{phone_id:str}/resume/password")
def resume(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """Sign the order and send it."""
    return _order(request, node, phone_id, "resume", "found")


@app_get("/phones/{phone_id:str}/orders/{order_id:str}")
def result(request: Req, node: Node, phone_id: FromPath[str], order_id: FromPath[str]) -> Response[Any]:
    """What came of an order: done, refused with its reason, or not answered yet."""
    phone, row = of_here(node, phone_id), orders.of_phone(node, phone_id, order_id)
    return show(request, node, phone, "ordered.html", order=row, refusal=REGISTRY.get(row.refusal or ""))


@app_post("/phones/{phone_id:str}/orders/{order_id:str}")
def take_up(request: Req, node: Node, phone_id: FromPath[str], order_id: FromPath[str]) -> Response[Any]:
    """Go on with an order that was not answered."""
    orders.of_phone(node, phone_id, order_id)
    orders.pass_on(node, order_id)
    return to_app(request, phone_id, f"/orders/{order_id}")


def _is_occasion(text: str) -> bool:
    return text in get_args(AtHome)


def _occasions(request: Req, node: Node, phone: Phone, form: Form[Any], status: int = 200) -> Response[Any]:
    return show(request, node, phone, "revoke.html", status=status, form=form, steps_of=STEPS)


def _choices(
    request: Req, node: Node, phone_id: str, action: Action, form: Form[Any], *, occasion: str = "found",
    status: int = 200,
) -> Response[Any]:  # fmt: skip
    of_here(node, phone_id)
    heard = hear(node, phone_id)
    phone = shelf.look(node, phone_id)
    if phone.open_order is not None:
        return to_app(request, phone_id, f"/orders/{phone.open_order.order_id}")
    steps, step = (STEPS, 3) if action == "revoke" else (RESUME_STEPS, 1)
    return show(
        request, node, phone, "choose.html", status=status, form=form, heard=heard, action=action, occasion=occasion,
        allowed=orders.allowed(node, phone_id, action), steps_of=steps, step=step,
    )  # fmt: skip


def _take_choice(
    request: Req, node: Node, phone_id: str, action: Action, here: str, occasion: str
) -> Response[Any]:  # fmt: skip
    form = read_form(request, ChoiceForm, messages={"usages": NOT_CHOSEN})
    value = form.value
    if value is not None and not set(value.usages) <= set(orders.allowed(node, phone_id, action)):
        form.fail("usages", NOT_NOW)
    if value is None or not form.ok:
        return _choices(request, node, phone_id, action, form, occasion=occasion, status=422)
    return to_app(request, phone_id, f"{here}/password?{urlencode({'usage': value.usages}, doseq=True)}")


def _chosen(request: Req, node: Node, phone_id: str, action: Action) -> list[Usage]:
    """The certificates that the address names, if they can be had now."""
    named = request.query_params.getall("usage", [])
    return [usage for usage in orders.allowed(node, phone_id, action) if usage in named]


def _ask(
    request: Req, node: Node, phone_id: str, action: Action, occasion: str, form: Form[Any] | None = None,
    status: int = 200,
) -> Response[Any]:  # fmt: skip
    phone, usages = of_here(node, phone_id), _chosen(request, node, phone_id, action)
    if not usages or (action == "revoke" and not _is_occasion(occasion)):
        return to_app(request, phone_id, f"/{action}")
    key = orders.key_for(node, phone_id, usages)
    steps, step = (STEPS, 4) if action == "revoke" else (RESUME_STEPS, 2)
    return show(
        request, node, phone, "order.html", status=status, form=form, action=action, occasion=occasion, usages=usages,
        key=key, tries=phone.tries[key], hint=drawer.hints(node, phone_id, key), steps_of=steps, step=step,
    )  # fmt: skip


def _order(request: Req, node: Node, phone_id: str, action: Action, occasion: str) -> Response[Any]:
    phone, usages = of_here(node, phone_id), _chosen(request, node, phone_id, action)
    if phone.open_order is not None:
        return to_app(request, phone_id, f"/orders/{phone.open_order.order_id}")
    if not usages or (action == "revoke" and not _is_occasion(occasion)):
        return to_app(request, phone_id, f"/{action}")
    tries, why = phone.tries[orders.key_for(node, phone_id, usages)], cast("Occasion", occasion)

    def sign(secret: str) -> str:
        return orders.sign(node, phone_id, action, usages, why, secret)

    try:
        entered = enter(request, node, phone_id, tries, sign)
    except Refused as refused:
        if refused.type is not CONFLICT:
            raise
        return to_app(request, phone_id)
    if entered.stale:
        return to_app(request, phone_id)
    if entered.outcome is None:
        return _ask(request, node, phone_id, action, occasion, entered.form, 422)
    orders.pass_on(node, entered.outcome)
    return to_app(request, phone_id, f"/orders/{entered.outcome}")


HANDLERS = (
    occasion_page, take_occasion, choose_page, take_choice, password_page, revoke, resume_page, take_resume,
    resume_password_page, resume, result, take_up,
)  # fmt: skip
