"""Phones in the drawer: which there are, a new one, factory reset, handed over, back (rule SP-03, FACTS section 4)."""

from typing import Any, Literal

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tegata.actors.citizen import rules
from tegata.actors.citizen.pages.listing import start_of, wanted_of
from tegata.actors.citizen.pages.phones import words
from tegata.actors.citizen.pages.phones.common import Req
from tegata.actors.citizen.service import drawer
from tegata.actors.citizen.service.phones import models, origin, shelf
from tegata.actors.citizen.service.phones.shelf import PAGE
from tegata.node.node import Node
from tegata.node.web.forms import Form, empty_form, read_form
from tegata.node.web.shell import Page, page, redirect
from tegata.wire.endpoint import Identifier
from tegata.wire.problems import INVALID, NOT_FOUND, Refused
from tegata.wire.text import Text

NOBODY = Text("持ち主を選んでください。", "Choose whose it is.")
NO_MODEL = Text("機種を選んでください。", "Choose a model.")
NO_OCCASION = Text("理由を選んでください。", "Choose why.")
WARNED = Text(
    "失効していない電子証明書が入ったままです。それでも手放すときは、下の欄にチェックを付けてください。",
    "Certificates that are not revoked are still on it. To let it go all the same, tick the box below.",
)
RESET = Text(
    "初期化しました。電子証明書は、セキュアエレメントに残っています。",
    "It was reset to factory state. The certificates are still in its secure element.",
)
GONE = Text("手元から離れました。", "It is out of your hands.")
BACK = Text("手元に戻りました。", "It is back.")


class NewForm(msgspec.Struct):
    """Who gets which phone."""

    person: Identifier
    model: Identifier


class AwayForm(msgspec.Struct):
    """Why a phone leaves; ``known``: its holder knows that certificates are on it."""

    how: Literal["trade-in", "disposal", "repair", "lost"]
    known: bool = False


@get("/phones", sync_to_thread=True)
def phones_page(request: Req, node: Node) -> Page:
    """The phones, the newest first."""
    wanted, start = wanted_of(request), start_of(request)
    found, more = shelf.find(node, wanted, start)
    return page(
        "phones/shelf.html", found=found, wanted=wanted, start=start, following=start + PAGE if more else None,
        app=origin.base_url(node), words=words,
    )  # fmt: skip


@get("/phones/new", sync_to_thread=True)
def new_phone_page(request: Req, node: Node) -> Page:
    """Whose, and which model."""
    return _new(request, node, empty_form())


@post("/phones/new", sync_to_thread=True)
def new_phone(request: Req, node: Node) -> Response[Any]:
    """A person gets a phone."""
    form = read_form(request, NewForm, messages={"person": NOBODY, "model": NO_MODEL})
    if form.value is None:
        return _new(request, node, form, 422)
    try:
        phone_id = shelf.get(node, form.value.person, form.value.model)
    except Refused as refused:
        if refused.type not in (NOT_FOUND, INVALID):
            raise
        form.fail(*(("person", NOBODY) if refused.type is NOT_FOUND else ("model", NO_MODEL)))
        return _new(request, node, form, 422)
    return redirect(request, f"/phones/{phone_id}/drawer")


@get("/phones/{phone_id:str}/drawer", sync_to_thread=True)
def phone_page(node: Node, phone_id: FromPath[str]) -> Page:
    """One phone as it lies in the drawer."""
    return _one(node, phone_id, empty_form())


@post("/phones/{phone_id:str}/reset", sync_to_thread=True)
def reset(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """Reset to factory state."""
    shelf.reset(node, phone_id)
    return redirect(request, f"/phones/{phone_id}/drawer", notice=RESET)


@post("/phones/{phone_id:str}/away", sync_to_thread=True)
def away(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """A phone leaves; who still has certificates on it is warned first. Nobody chooses to lose a phone."""
    form = read_form(request, AwayForm, messages={"how": NO_OCCASION})
    phone, value = shelf.look(node, phone_id), form.value
    left = rules.can_be_revoked(phone.held, node.clock.now())
    if value is not None and value.how != "lost" and left and not value.known:
        form.fail("known", WARNED)
    if value is None or not form.ok:
        return _one(node, phone_id, form, 422)
    shelf.hand_over(node, phone_id, value.how)
    return redirect(request, f"/phones/{phone_id}/drawer", notice=GONE)


@post("/phones/{phone_id:str}/back", sync_to_thread=True)
def back(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """A phone is back."""
    shelf.come_back(node, phone_id)
    return redirect(request, f"/phones/{phone_id}/drawer", notice=BACK)


@get(
    ["/phones/{phone_id:str}/reset", "/phones/{phone_id:str}/away", "/phones/{phone_id:str}/back"],
    sync_to_thread=False,
)
def again(request: Req, phone_id: FromPath[str]) -> Response[Any]:
    """The page that the form led to, opened anew."""
    return redirect(request, f"/phones/{phone_id}/drawer")


def _new(request: Req, node: Node, form: Form[Any], status: int = 200) -> Page:
    wanted = wanted_of(request)
    found, _ = drawer.find(node, wanted, media=("card",))
    people = {card.person_id: card.name for card in found}
    on_sale = models.on_sale(node.clock.now())
    return page("phones/new.html", status=status, form=form, wanted=wanted, people=people, models=on_sale)


def _one(node: Node, phone_id: str, form: Form[Any], status: int = 200) -> Page:
    phone, now = shelf.look(node, phone_id), node.clock.now()
    return page(
        "phones/phone_in_drawer.html", status=status, form=form, phone=phone, app=origin.base_url(node), words=words,
        left=rules.can_be_revoked(phone.held, now), comes_back=rules.COMES_BACK,
        situations={one.usage: rules.situation(one, now) for one in phone.held},
    )  # fmt: skip


HANDLERS = (phones_page, new_phone_page, new_phone, phone_page, reset, away, back, again)
