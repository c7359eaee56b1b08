"""The operator's desk: a call is taken; open calls; today in numbers; what to say; and the page for callers."""

import msgspec
from litestar import get, post
from litestar.response import Response

from tegata.actors.call_centre.pages import words
from tegata.actors.call_centre.pages.common import OPERATOR, STAFF, Browser, menus_now
from tegata.actors.call_centre.rules.knowledge import subjects
from tegata.actors.call_centre.rules.menus import menu_of, menus
from tegata.actors.call_centre.service import calls, figures
from tegata.actors.call_centre.service.calls import Call
from tegata.node.node import Node
from tegata.node.staff import Staff
from tegata.node.web.forms import read_form
from tegata.node.web.shell import Page, page, redirect
from tegata.wire.text import Text


class TakeForm(msgspec.Struct):
    """Which menu the caller chose."""

    menu: int


@get("/", guards=STAFF, sync_to_thread=True)
def desk(node: Node, staff: Staff) -> Page:
    """What is open now, and the calls that nobody ended."""
    waiting = calls.open_calls(node, staff)
    waiting.sort(key=lambda call: call.stage != "uncertain")
    return page(
        "call_centre/desk.html", menus=menus_now(node), work=[work_row(call, staff) for call in waiting], words=words,
        takes=staff.has("operator"),
    )  # fmt: skip


def work_row(call: Call, staff: Staff) -> dict[str, object]:
    """A line of the work list."""
    kind, state = words.STAGES[call.stage]
    whose = Text(f"（{call.row.operator_name}）", f" ({call.row.operator_name})")
    reason = words.REASONS[call.stage]
    other = call.row.operator != staff.login
    return {
        "path": f"/calls/{call.call_id}", "kind": kind, "state": state, "since": call.row.taken_at,
        "title": Text(f"受付番号 {call.reception}", f"Reception number {call.reception}"),
        "reason": Text(reason.ja + whose.ja, reason.en + whose.en) if other else reason,
    }  # fmt: skip


@post("/calls", guards=OPERATOR, sync_to_thread=True)
def take(request: Browser, node: Node, staff: Staff) -> Response[object]:
    """Take a call. Raises MENU_CLOSED outside the hours."""
    menu = menu_of(read_form(request, TakeForm).require().menu)
    return redirect(request, f"/calls/{calls.take(node, staff, menu)}")


@get("/today", guards=STAFF, sync_to_thread=True)
def today(node: Node, staff: Staff) -> Page:
    """Today in numbers, what can go wrong, and the calls of the day."""
    return page(
        "call_centre/today.html", figures=figures.today(node), checks=node.checks(), menus=menus(), words=words,
        subjects=subjects(), calls=calls.calls_since(node, staff, figures.midnight(node)),
        all_calls=staff.has(calls.SUPERVISOR),
    )  # fmt: skip


@get("/knowledge", guards=STAFF, sync_to_thread=False)
def knowledge() -> Page:
    """What to say to enquiries, to be read outside of a call."""
    return page("call_centre/knowledge.html", subjects=subjects(), words=words)


@get("/before-calling", sync_to_thread=False)
def before_calling(node: Node) -> Page:
    """お電話の前に: for everyone."""
    return page("call_centre/before.html", menus=menus_now(node), words=words)


HANDLERS = (desk, take, today, knowledge, before_calling)
