"""A call, step by step: asked, read back, compared, what was lost, confirmed, suspended, what comes next; an enquiry.

The page of a call shows the step that its facts call for; a form that was sent leads back to it.
"""

from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tegata.actors.call_centre.pages import words
from tegata.actors.call_centre.pages.common import OPERATOR, STAFF, Browser
from tegata.actors.call_centre.rules import caller
from tegata.actors.call_centre.rules.caller import Calendar, Said
from tegata.actors.call_centre.rules.calls import MEDIA, Outcome, suspendable
from tegata.actors.call_centre.rules.knowledge import script, subject_of, subjects
from tegata.actors.call_centre.rules.menus import menus
from tegata.actors.call_centre.service import callers, calls, suspensions
from tegata.actors.call_centre.service.calls import Call
from tegata.node.node import Node
from tegata.node.staff import Staff
from tegata.node.web.forms import NOT_A_DATE, NOT_CHOSEN, Form, empty_form, read_form
from tegata.node.web.shell import Page, page, redirect
from tegata.wire.certificates import Medium
from tegata.wire.problems import CONFLICT, Refused
from tegata.wire.suspensions import CALLER_NOT_IDENTIFIED

CALL = "/calls/{call_id:str}"
PLACES = {"asking": 1, "read_back": 2, "refused": 2, "identified": 3, "confirm": 4, "uncertain": 4, "suspended": 5}
"""Where a page stands in the list of steps."""
BIRTH_PARTS = ("calendar", "year", "month", "day")


class CallerForm(msgspec.Struct):
    """What a caller said."""

    name: Annotated[str, msgspec.Meta(max_length=200)]
    year: Annotated[str, msgspec.Meta(max_length=4)]
    month: Annotated[str, msgspec.Meta(max_length=2)]
    day: Annotated[str, msgspec.Meta(max_length=2)]
    address: Annotated[str, msgspec.Meta(max_length=300)]
    calendar: Calendar = "western"


class CompareForm(msgspec.Struct):
    """Which set of answers is compared."""

    number: Annotated[int, msgspec.Meta(ge=1, le=1000)]


class SuspendForm(msgspec.Struct):
    """What is suspended."""

    lost: Annotated[list[Medium], msgspec.Meta(min_length=1, max_length=2)]


class EndForm(msgspec.Struct):
    """How the call ended. ``subject``: what an enquiry was about."""

    outcome: Outcome
    subject: Annotated[str, msgspec.Meta(max_length=80)] | None = None


@get(CALL, guards=STAFF, sync_to_thread=True)
def show(request: Browser, node: Node, staff: Staff, call_id: FromPath[str]) -> Page:
    """Where the call stands. A call of somebody else, or one that has ended, is shown as a record."""
    with node.database.read() as session:
        call = calls.seen(session, node, staff, call_id)
    if call.ending is not None or call.row.operator != staff.login:
        return page("call_centre/record.html", call=call, words=words, subjects=subjects(), can_end=call.ending is None)
    return step(call, subject=request.query_params.get("subject"))


def step(call: Call, *, status: int = 200, refused: Refused | None = None, subject: str | None = None) -> Page:
    """The page of the step that a call is at."""
    match call.stage:
        case "asking":
            return ask(call, _filled(call.said), status, refused)
        case "reading-back":
            return _page("read_back", call, status, refused, said=call.said)
        case "identified":
            return lost(call, empty_form({"lost": []}), status, refused)
        case "enquiry":
            chosen = subject_of(subject) if subject else None
            return _page("enquiry", call, status, refused, subjects=subjects(), chosen=chosen)
        case "suspended":
            done = [medium for medium in MEDIA if medium in call.suspended]
            return _page("suspended", call, status, refused, done=done, rest=suspendable(call.held))
        case stage:
            media = [medium for medium in MEDIA if medium in call.facts.uncertain]
            return _page(stage, call, status, refused, media=media)


def _page(template: str, call: Call, status: int, refused: Refused | None, **context: Any) -> Page:
    return page(
        f"call_centre/{template}.html", status=status, call=call, words=words, refused=refused, say=script(),
        step_number=PLACES.get(template, 0), **context,
    )  # fmt: skip


def ask(call: Call, form: Form[Any], status: int = 200, refused: Refused | None = None) -> Page:
    """The questions."""
    return _page("asking", call, status, refused, form=form)


def _filled(said: Said | None) -> Form[Any]:
    if said is None:
        return empty_form({"calendar": "Showa"})
    year, month, day = said.birth_date.split("-")
    parts = {"calendar": caller.WESTERN, "year": year, "month": month, "day": day}
    return empty_form({"name": said.name, "address": said.address, **parts})


def lost(call: Call, form: Form[Any], status: int = 200, refused: Refused | None = None) -> Page:
    """What was lost, and what state the certificates are in."""
    return _page("identified", call, status, refused, form=form, can=suspendable(call.held))


@get(f"{CALL}/edit", guards=OPERATOR, sync_to_thread=True)
def edit(request: Browser, node: Node, staff: Staff, call_id: FromPath[str]) -> Response[Any]:
    """Answers that are read back are corrected."""
    call = calls.call_of(node, staff, call_id)
    if call.stage != "reading-back":
        return redirect(request, f"/calls/{call_id}")
    return ask(call, _filled(call.said))


@post(f"{CALL}/answers", guards=OPERATOR, sync_to_thread=True)
def answer(request: Browser, node: Node, staff: Staff, call_id: FromPath[str]) -> Response[Any]:
    """The answers, to be read back."""
    call = calls.call_of(node, staff, call_id)
    form = read_form(request, CallerForm)
    said = _said(form)
    if said is None:
        return ask(call, form, 422)
    callers.write_down(node, staff, call_id, said)
    return redirect(request, f"/calls/{call_id}")


def _said(form: Form[CallerForm]) -> Said | None:
    """The answers; None with errors at the fields."""
    wrong = [form.errors.pop(part) for part in BIRTH_PARTS if part in form.errors]
    if wrong:
        form.fail("birth_date", NOT_A_DATE)
    value = form.value
    if value is None:
        return None
    try:
        born = caller.birth_date(value.calendar, value.year, value.month, value.day)
    except Refused:
        form.fail("birth_date", NOT_A_DATE)
        return None
    return Said(name=value.name, birth_date=born, address=value.address)


@post(f"{CALL}/compare", guards=OPERATOR, sync_to_thread=True)
def compare(request: Browser, node: Node, staff: Staff, call_id: FromPath[str]) -> Response[Any]:
    """Let J-LIS compare. Answers that do not fit lead back to the questions."""
    number = read_form(request, CompareForm).require().number
    try:
        callers.compare(node, staff, call_id, number)
    except Refused as refused:
        if refused.type is not CALLER_NOT_IDENTIFIED:
            return _again(node, staff, call_id, refused)
    return redirect(request, f"/calls/{call_id}")


@get(f"{CALL}/suspend", guards=OPERATOR, sync_to_thread=True)
def confirm(request: Browser, node: Node, staff: Staff, call_id: FromPath[str]) -> Response[Any]:
    """The last look before the suspension."""
    call = calls.call_of(node, staff, call_id)
    chosen = [medium for medium in suspendable(call.held) if medium in request.query_params.getall("lost", [])]
    if call.stage not in ("identified", "suspended") or not request.query_params:
        return redirect(request, f"/calls/{call_id}")
    if not chosen:
        form = empty_form({"lost": []})
        form.fail("lost", NOT_CHOSEN)
        return lost(call, form, 422)
    return _page("confirm", call, 200, None, media=chosen)


@post(f"{CALL}/suspend", guards=OPERATOR, sync_to_thread=True)
def suspend(request: Browser, node: Node, staff: Staff, call_id: FromPath[str]) -> Response[Any]:
    """Suspend. Sent twice, it is done once."""
    media = read_form(request, SuspendForm).require().lost
    try:
        suspensions.suspend(node, staff, call_id, media)
    except Refused as refused:
        return _again(node, staff, call_id, refused)
    return redirect(request, f"/calls/{call_id}")


def _again(node: Node, staff: Staff, call_id: str, refused: Refused) -> Response[Any]:
    """The step at which the call still is, with the refusal on top; raises one that is not about this step."""
    call = calls.call_of(node, staff, call_id)
    if call.ending is not None:
        raise refused
    return step(call, status=refused.type.status, refused=refused)


@post(f"{CALL}/end", guards=STAFF, sync_to_thread=True)
def end(request: Browser, node: Node, staff: Staff, call_id: FromPath[str]) -> Response[Any]:
    """End the call."""
    wanted = read_form(request, EndForm).require()
    calls.end(node, staff, call_id, wanted.outcome, wanted.subject)
    return redirect(request, f"/calls/{call_id}")


@post(f"{CALL}/loss", guards=OPERATOR, sync_to_thread=True)
def to_loss(request: Browser, node: Node, staff: Staff, call_id: FromPath[str]) -> Response[Any]:
    """An enquiry turns out to be about a loss."""
    menu = next((menu for menu in menus().values() if menu.kind == "loss"), None)
    if menu is None:
        raise Refused(CONFLICT)
    return redirect(request, f"/calls/{calls.to_loss(node, staff, call_id, menu)}")


@get([f"{CALL}/{name}" for name in ("answers", "compare", "end", "loss")], guards=STAFF, sync_to_thread=False)
def again(request: Browser, call_id: FromPath[str]) -> Response[Any]:
    """A page that a form led to is opened anew (reloaded, or in the other language): back to the call."""
    return redirect(request, f"/calls/{call_id}")


HANDLERS = (show, edit, answer, compare, confirm, suspend, end, to_loss, again)
