"""The app: what there is at a glance, each certificate, the menu, and what to do when things go wrong."""

from typing import Any

from litestar.params import FromPath
from litestar.response import Response

from tegata.actors.citizen import rules
from tegata.actors.citizen.pages.phones.common import Req, app_get, is_open, of_here, show, to_app
from tegata.actors.citizen.pages.phones.lock import show_lock
from tegata.actors.citizen.service.phones import biometrics, hear, shelf
from tegata.node.node import Node


@app_get("/phones/{phone_id:str}")
def home(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """Locked: the lock. Open: the certificates at a glance, and what is to be done."""
    phone = shelf.look(node, phone_id)
    if not phone.here:
        return show(request, node, phone, "gone.html")
    if not is_open(request, phone):
        return show_lock(request, node, phone)
    heard = hear(node, phone_id)
    phone, now = shelf.look(node, phone_id), node.clock.now()
    return show(
        request, node, phone, "home.html", heard=heard, resumable=rules.can_be_resumed(phone.held, now),
        again=rules.needs_card_again(phone.held, now), nothing=not any(one.on_phone for one in phone.held),
    )  # fmt: skip


@app_get("/phones/{phone_id:str}/certificates")
def certificates(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """Each certificate: number, validity, how it stands."""
    phone = of_here(node, phone_id)
    if not is_open(request, phone):
        return to_app(request, phone_id)
    heard = hear(node, phone_id)
    return show(request, node, shelf.look(node, phone_id), "certificates.html", heard=heard)


@app_get("/phones/{phone_id:str}/menu")
def menu(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """What can be done; each asks for its own PIN or password, so it is here while the app is locked, too."""
    phone = of_here(node, phone_id)
    return show(request, node, phone, "menu.html", possible=biometrics.possible(node, phone.model.id))


@app_get("/phones/{phone_id:str}/lost")
def lost(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """What to do when the phone is lost or stolen (SP-04)."""
    return show(request, node, shelf.look(node, phone_id), "lost.html")


@app_get("/phones/{phone_id:str}/forgotten")
def forgotten(request: Req, node: Node, phone_id: FromPath[str]) -> Response[Any]:
    """What to do when a PIN or password is forgotten or blocked (SP-06)."""
    return show(request, node, shelf.look(node, phone_id), "forgotten.html")


HANDLERS = (home, certificates, menu, lost, forgotten)
