"""The last page of what is done to a card: its holder types the PINs, and the card is written."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.params import FromPath
from litestar.response import Response

from tegata.actors.municipality.pages import forms, words
from tegata.actors.municipality.pages.common import CLERK, desk_of, fail
from tegata.actors.municipality.pages.forms import Subject
from tegata.actors.municipality.pages.kind import Kind, recheck
from tegata.actors.municipality.pages.kinds import KINDS
from tegata.actors.municipality.rules.cards import Pins, check_pins, usages_for
from tegata.actors.municipality.service import cards, procedures
from tegata.actors.municipality.service.records import Desk
from tegata.node.node import Node
from tegata.node.staff import Staff
from tegata.node.web.forms import MISSING, Form, read_form
from tegata.node.web.shell import Page, page, redirect
from tegata.wire.problems import CONFLICT, NOT_FOUND, Refused
from tegata.wire.text import Text

DIFFERENT = Text("2回入力した番号が同じではありません。", "The two entries differ.")
ORDER = ("auth", "sign", "text", "register")
OF_CERTIFICATES = ("auth", "sign")
SHOWS_TRIES = ("pins", "found_card")
"""Where the counter needs to see what is blocked: the card has been used before, and lies on the terminal."""

Typed = Annotated[str, msgspec.Meta(max_length=16)]


class PinForm(msgspec.Struct):
    """Each PIN twice; which of them are asked depends on what is done."""

    auth: Typed = ""
    auth_again: Typed = ""
    sign: Typed = ""
    sign_again: Typed = ""
    text: Typed = ""
    text_again: Typed = ""
    register: Typed = ""
    register_again: Typed = ""


def asked_pins(node: Node, kind: Kind, subject: Subject) -> tuple[str, ...]:
    """Which PINs the holder types, in the order of the page."""
    possible = usages_for(subject.record, node.clock.now().date())
    if kind.name == "reissue":
        wanted = forms.wanted_usages(subject)
        return tuple(which for which in ORDER if which in wanted)
    return tuple(which for which in ORDER if which not in OF_CERTIFICATES or which in possible)


def needed_pins(kind: Kind, wanted: Sequence[str]) -> tuple[str, ...]:
    """Which of them have to be typed; a new card's PIN of the resident register may be the one for the text."""
    if kind.name in ("pins", "found_card"):
        return ()
    return tuple(which for which in wanted if which != "register")


def show_pins(node: Node, kind: Kind, subject: Subject, form: Form[Any], status: int = 200) -> Page:
    """The page; nothing that was typed is shown again."""
    asked = asked_pins(node, kind, subject)
    tries, trouble = _tries(node, kind, subject)
    names = [*(step.text for step in kind.steps), Text("暗証番号", "PINs"), Text("完了", "Done")]
    return page(
        "pins.html", status=status, kind=kind, subject=subject, form=form, words=words, names=names,
        asked=asked, needed=needed_pins(kind, asked), tries=tries, trouble=trouble,
    )  # fmt: skip


def _tries(node: Node, kind: Kind, subject: Subject) -> tuple[dict[str, int], Refused | None]:
    """The tries that each PIN of the card on the terminal has left, or why they can not be told."""
    if kind.name not in SHOWS_TRIES:
        return {}, None
    try:
        return cards.pin_tries(node, subject.case.desk, subject.person.resident_id), None
    except Refused as refused:
        return {}, refused


@post("/procedures/{procedure_id:str}/card", guards=[CLERK], sync_to_thread=True)
def write_card(request: Request[Any, Any, Any], node: Node, staff: Staff, procedure_id: FromPath[str]) -> Response[Any]:
    """Write the card. Sent twice, it is written once; where it stopped on the way, it goes on there."""
    desk = desk_of(staff)
    with procedures.turn(node, procedure_id):
        case = procedures.case(node, desk, procedure_id)
        if case.state == procedures.DONE:
            return redirect(request, f"/procedures/{procedure_id}/result")
        kind = KINDS[case.kind]
        if not kind.writes:
            raise Refused(NOT_FOUND)
        if case.state != procedures.OPEN:
            raise Refused(CONFLICT, {"state": case.state})
        with node.database.read() as session:
            subject = forms.subject_of(session, case)
        recheck(node, kind, subject)
        form = read_form(request, PinForm)
        pins = _read_pins(node, kind, subject, form)
        if pins is None:
            return show_pins(node, kind, subject, form, 422)
        outcome = {"residents": [subject.person.resident_id], **_write(node, desk, kind, subject, pins)}
        procedures.close(node, desk, procedure_id, outcome)
    return redirect(request, f"/procedures/{procedure_id}/result")


def _read_pins(node: Node, kind: Kind, subject: Subject, form: Form[PinForm]) -> Pins | None:
    """The PINs that are asked, checked; None with errors at the fields. What is not asked is not taken."""
    value = form.value
    if value is None:
        return None
    wanted = asked_pins(node, kind, subject)
    pins = Pins(**{which: getattr(value, which) for which in wanted})
    for which in wanted:
        if getattr(value, f"{which}_again") != getattr(value, which):
            form.fail(f"{which}_again", DIFFERENT)
    if kind.name == "pins" and not any(getattr(pins, which) for which in wanted):
        form.fail(wanted[0], MISSING)
    try:
        check_pins(pins, needs=needed_pins(kind, wanted))
    except Refused as refused:
        fail(form, refused)
    return pins if form.ok else None


def _write(node: Node, desk: Desk, kind: Kind, subject: Subject, pins: Pins) -> dict[str, Any]:
    """Write the card; returns what the case keeps of it."""
    resident_id, request_id = subject.person.resident_id, subject.case.procedure_id
    if kind.name == "pins":
        return {"tries": cards.reset_pins(node, desk, resident_id, pins)}
    if kind.name == "card":
        written = cards.issue_card(node, desk, resident_id, pins, request_id=request_id)
    elif kind.name == "found_card":
        written = cards.take_up_again(node, desk, resident_id, pins, request_id=request_id)
    else:
        written = cards.reissue(node, desk, resident_id, forms.wanted_usages(subject), pins, request_id=request_id)
    return {"written": msgspec.to_builtins(written), "pins": [which for which in ORDER if getattr(pins, which)]}


HANDLERS = (write_card,)
