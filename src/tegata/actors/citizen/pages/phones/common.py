"""What the pages of the app share: where they stand, whether it is open, secrets typed once, the frame of a phone."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from litestar import Request, get, post
from litestar.response import Redirect, Response

from tegata.actors.citizen import rules
from tegata.actors.citizen.pages.phones import words
from tegata.actors.citizen.problems import MALFORMED_PIN, PHONE_NOT_HERE, PIN_BLOCKED, WRONG_PIN
from tegata.actors.citizen.service.phones import origin, shelf
from tegata.actors.citizen.service.phones.shelf import SESSION_KIND, Phone
from tegata.node.node import Node
from tegata.node.web.forms import Form, empty_form, read_form
from tegata.node.web.shell import Page, page, redirect
from tegata.node.web.visit import visit_of
from tegata.wire.problems import CONFLICT, Refused

T = TypeVar("T")
Req = Request[Any, Any, Any]


class SecretForm(msgspec.Struct):
    """A PIN or password, on the form with this number; ``last``: the holder knows that it is the last try."""

    secret: Annotated[str, msgspec.Meta(max_length=16)]
    attempt: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    last: bool = False


class NewSecretForm(msgspec.Struct):
    """A new PIN or password, typed twice."""

    new: Annotated[str, msgspec.Meta(max_length=16)]
    again: Annotated[str, msgspec.Meta(max_length=16)]


class Entered(msgspec.Struct, Generic[T], kw_only=True):
    """What came of a secret that was typed: ``done`` with its outcome; ``stale``: the form was sent before; else the
    form is to be shown again.
    """

    form: Form[Any]
    done: bool = False
    stale: bool = False
    outcome: T | None = None


async def at_phone_origin(request: Req) -> Redirect | None:
    """Litestar's ``before_request``: the page of a phone, opened at the actor's own address, leads to the phone's."""
    node: Node = request.app.state.node
    if not origin.is_elsewhere(node, request.headers.get("host", "")):
        return None
    query = request.scope["query_string"].decode("latin-1")
    path = visit_of(request).path + (f"?{query}" if query else "")
    return Redirect(origin.base_url(node) + path, status_code=307)


app_get = partial(get, before_request=at_phone_origin, sync_to_thread=True)
"""``@app_get(path)``: a page of the app."""
app_post = partial(post, sync_to_thread=True)
"""``@app_post(path)``: a form of the app."""


def is_open(request: Req, phone: Phone) -> bool:
    """Whether the app is open in this browser: its PIN or biometrics were proven, or there is nothing to prove."""
    session = visit_of(request).session
    unlocked = session is not None and session.kind == SESSION_KIND and session.subject == phone.phone_id
    return unlocked or not phone.has("auth")


def of_here(node: Node, phone_id: str) -> Phone:
    """A phone that its holder has. Raises NOT_FOUND, PHONE_NOT_HERE."""
    phone = shelf.look(node, phone_id)
    if not phone.here:
        raise Refused(PHONE_NOT_HERE)
    return phone


def show(
    request: Req, node: Node, phone: Phone, template: str, *, status: int = 200, form: Form[Any] | None = None,
    **context: Any,
) -> Page:  # fmt: skip
    """A page inside the frame of a phone."""
    now = node.clock.now()
    return page(
        f"phones/{template}", status=status, phone=phone, opened=is_open(request, phone), form=form or empty_form(),
        words=words, situations={one.usage: rules.situation(one, now) for one in phone.held}, **context,
    )  # fmt: skip


def enter(request: Req, node: Node, phone_id: str, tries: int | None, work: Callable[[str], T]) -> Entered[T]:
    """Take a typed secret to ``work``, once; the last try only with the box ticked.

    Raises ``Refused`` for what is not about the secret.
    """
    form = read_form(request, SecretForm)
    form.raw.pop("secret", None)
    value = form.value
    if value is not None and tries == 1 and not value.last:
        form.fail("last", words.LAST_TRY)
    if value is None or not form.ok:
        return Entered(form=form)
    try:
        shelf.take_turn(node, phone_id, value.attempt)
    except Refused as refused:
        if refused.type is not CONFLICT:
            raise
        return Entered(form=form, stale=True)
    try:
        return Entered(form=form, done=True, outcome=work(value.secret))
    except Refused as refused:
        if refused.type not in (WRONG_PIN, PIN_BLOCKED, MALFORMED_PIN):
            raise
        left = refused.detail.get("tries_left")
        form.fail("secret", words.wrong(left) if left is not None else refused.type.title)
        form.raw["last"] = False
        return Entered(form=form)


def typed_twice(request: Req) -> tuple[Form[NewSecretForm], str]:
    """A new secret; empty with errors in the form where the two entries differ."""
    form = read_form(request, NewSecretForm)
    if form.value is not None and form.value.new != form.value.again:
        form.fail("again", words.DIFFERENT)
    return form, form.value.new if form.value is not None and form.ok else ""


def to_app(request: Req, phone_id: str, below: str = "", **notice: Any) -> Response[Any]:
    """Go on to a page of the app."""
    return redirect(request, f"/phones/{phone_id}{below}", **notice)
