"""The last page of what is done to a card: its holder types the PINs, and the card is written."""

from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.params import FromPath
from litestar.response import Response

from tegata.actors.municipality.pages import forms, words
from tegata.actors.municipality.pages.common import CLERK, desk_of, fail
from tegata.actors.municipality.pages.forms import Subject
from tegata.actors.municipality.pages.kinds import CARD_KINDS, KINDS, Kind
from tegata.actors.municipality.rules.cards import Pins, check_pins, usages_for
from tegata.actors.municipality.service import cards, procedures
from tegata.actors.municipality.service.cards import Written
from tegata.actors.municipality.service.records import Desk
from tegata.node.node import Node
from tegata.node.staff import Staff
from tegata.node.web.forms import MISSING, Form, read_form
from tegata.node.web.shell import Page, page, redirect
from tegata.wire.problems import CONFLICT, NOT_FOUND, Refused
from tegata.wire.text import Text

DIFFERENT = Text("2回入力した番号が同じではありません。", "The two entries differ.")
ORDER = ("auth", "sign", "text")

Typed = Annotated[str, msgspec.Meta(max_length=16)]


class PinForm(msgspec.Struct):
    """Each PIN twice; which of them are asked depends on what is done."""

    auth: Typed = ""
    auth_again: Typed = ""
    sign: Typed = ""
    sign_again: Typed = ""
    text: Typed = ""
    text_again: Typed = ""


def asked_pins(node: Node, kind: Kind, subject: Subject) -> tuple[str, ...]:
    """Which PINs the holder types, in the order of the page."""
    possible = usages_for(subject.record, node.clock.now().date())
    if kind.name == "reissue":
        wanted = forms.wanted_usages(subject)
        return tuple(which for which in ORDER if which in wanted)
    return tuple(which for which in ORDER if which == "text" or which in possible)


def show_pins(node: Node, kind: Kind, subject: Subject, form: Form[Any], status: int = 200) -> Page:
    """The page; nothing that was typed is shown again."""
    names = [*(step.text for step in kind.steps), Text("暗証番号", "PINs"), Text("完了", "Done")]
    return page(
        "pins.html", status=status, kind=kind, subject=subject, form=form, words=words, names=names,
        asked=asked_pins(node, kind, subject), optional=kind.name == "pins",
    )  # fmt: skip


@post("/procedures/{procedure_id:str}/card", guards=[CLERK], sync_to_thread=True)
def write_card(request: Request[Any, Any, Any], node: Node, staff: Staff, procedure_id: FromPath[str]) -> Response[Any]:
    """Write the card. Sent twice, it is written once; where it stopped on the way, it goes on there."""
    desk = desk_of(staff)
    with procedures.turn(node, procedure_id):
        case = procedures.case(node, desk, procedure_id)
        if case.state == procedures.DONE:
            return redirect(request, f"/procedures/{procedure_id}/result")
        kind = KINDS[case.kind]
        if kind.name not in CARD_KINDS:
            raise Refused(NOT_FOUND)
        if case.state != procedures.OPEN:
            raise Refused(CONFLICT, {"state": case.state})
        with node.database.read() as session:
            subject = forms.subject_of(session, case)
        form = read_form(request, PinForm)
        pins = _read_pins(node, kind, subject, form)
        if pins is None:
            return show_pins(node, kind, subject, form, 422)
        written = _write(node, desk, kind, subject, pins)
        outcome = {
            "residents": [subject.person.resident_id],
            "written": [msgspec.to_builtins(one) for one in written],
            "pins": [which for which in ORDER if getattr(pins, which)],
        }
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
        check_pins(pins, needs=() if kind.name == "pins" else wanted)
    except Refused as refused:
        fail(form, refused)
    return pins if form.ok else None


def _write(node: Node, desk: Desk, kind: Kind, subject: Subject, pins: Pins) -> list[Written]:
    resident_id, request_id = subject.person.resident_id, subject.case.procedure_id
    if kind.name == "card":
        return cards.issue_card(node, desk, resident_id, pins, request_id=request_id)
    if kind.name == "reissue":
        return cards.reissue(node, desk, resident_id, forms.wanted_usages(subject), pins, request_id=request_id)
    cards.reset_pins(node, desk, resident_id, pins)
    return []


HANDLERS = (write_card,)
