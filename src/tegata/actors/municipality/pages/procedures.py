"""A procedure at the counter: one question a page, 内容の確認, and what happens next and when."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, Literal, cast

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Response
from sqlalchemy.orm import Session

from tegata.actors.municipality.pages import card_steps, forms, words
from tegata.actors.municipality.pages.card_kinds import CARD_KIND_NAMES
from tegata.actors.municipality.pages.common import CLERK, certificates_now, desk_of, fail
from tegata.actors.municipality.pages.forms import Step, Subject
from tegata.actors.municipality.pages.kind import Kind, recheck
from tegata.actors.municipality.pages.kinds import KINDS, WITHOUT_PERSON, carry_out, is_late_case, kinds_for
from tegata.actors.municipality.pages.pins import show_pins
from tegata.actors.municipality.pages.summary import changes, summary
from tegata.actors.municipality.rules import cards as card_rules
from tegata.actors.municipality.rules.cards import CardFact, usages_for, valid_card
from tegata.actors.municipality.service import procedures, records
from tegata.actors.municipality.service.issuing import Written
from tegata.actors.municipality.service.records import Desk
from tegata.actors.municipality.tables import ResidentRow
from tegata.japan.dates import JST
from tegata.node.node import Node
from tegata.node.staff import Staff
from tegata.node.web.forms import Form, empty_form, read_form
from tegata.node.web.shell import Page, page, redirect
from tegata.wire.certificates import CertificateState
from tegata.wire.problems import CONFLICT, INVALID, NOT_FOUND, Refused
from tegata.wire.text import Text

CRL_TIME = time(7)


class NewCase(msgspec.Struct):
    """Which procedure is begun."""

    kind: Literal[
        "move_in", "move_within", "move_out", "name_change", "birth", "death", "left_country", "correction",
        "registered", "card", "reissue", "pins", "found_card", "lost_card", "give_up_card", "return_card",
        "phone_certificates",
    ]  # fmt: skip


@post("/residents/{resident_id:str}/procedures", guards=[CLERK], sync_to_thread=True)
def begin(request: Request[Any, Any, Any], node: Node, staff: Staff, resident_id: FromPath[str]) -> Response[Any]:
    """Begin a procedure for a person, if it fits what the record says."""
    desk, kind = desk_of(staff), KINDS[read_form(request, NewCase).require().kind]
    with node.database.read() as session:
        row = records.resident(session, resident_id)
        cards = records.cards_of(session, resident_id)
    _check_fits(node, desk, kind, row, cards)
    return _to_first(request, kind, procedures.open_case(node, desk, kind.name, resident_id).procedure_id)


def _check_fits(node: Node, desk: Desk, kind: Kind, row: ResidentRow, cards: Sequence[CardFact]) -> None:
    """Whether it can be done for a person now; J-LIS is asked for what is about cards and phones only."""
    record, trouble = records.record_in(row), None
    about_card: tuple[str, ...] = ()
    if kind.name in CARD_KIND_NAMES and row.municipality_code == desk.municipality_code:
        certificates, trouble = certificates_now(node, row.resident_code)
        about_card = card_rules.card_procedures(record, cards, certificates, node.clock.now())
    if kind not in kinds_for(record, desk.municipality_code, about_card):
        raise trouble or Refused(NOT_FOUND if row.municipality_code != desk.municipality_code else CONFLICT)


@post("/procedures", guards=[CLERK], sync_to_thread=True)
def begin_without_person(request: Request[Any, Any, Any], node: Node, staff: Staff) -> Response[Any]:
    """Begin the registration of somebody who is on no register."""
    kind = KINDS[read_form(request, NewCase).require().kind]
    if kind.name not in WITHOUT_PERSON:
        raise Refused(INVALID, {"field": "kind"})
    return _to_first(request, kind, procedures.open_case(node, desk_of(staff), kind.name, None).procedure_id)


@get("/procedures/{procedure_id:str}/{step:str}", guards=[CLERK], sync_to_thread=True)
def ask(
    request: Request[Any, Any, Any], node: Node, staff: Staff, procedure_id: FromPath[str], step: FromPath[str]
) -> Response[Any]:
    """A question; the check; or how it ended."""
    kind, subject = load(node, desk_of(staff), procedure_id)
    if step == "result" or subject.case.state == procedures.DONE:
        return _ended(request, node, kind, subject, step)
    if subject.case.state == procedures.STOPPED:
        return redirect(request, "/work")
    try:
        if step == kind.last:
            recheck(node, kind, subject)
            return show_pins(node, kind, subject, empty_form()) if kind.writes else show_check(node, kind, subject)
        return show_step(node, kind, subject, _step(kind, step), None)
    except Refused as refused:
        return _to_missing(request, kind, subject, refused)


@post("/procedures/{procedure_id:str}/record", guards=[CLERK], sync_to_thread=True)
def finish(request: Request[Any, Any, Any], node: Node, staff: Staff, procedure_id: FromPath[str]) -> Response[Any]:
    """Record it. Sent twice, it is recorded once."""
    desk = desk_of(staff)
    with procedures.turn(node, procedure_id):
        kind, subject = load(node, desk, procedure_id)
        if subject.case.state == procedures.STOPPED:
            raise Refused(CONFLICT, {"state": subject.case.state})
        if subject.case.state == procedures.OPEN:
            if kind.writes:
                raise Refused(NOT_FOUND)
            try:
                recheck(node, kind, subject)
            except Refused as refused:
                return _to_missing(request, kind, subject, refused)
            try:
                outcome = carry_out(kind, node, subject)
            except Refused as refused:
                return show_check(node, kind, subject, refused)
            procedures.close(node, desk, procedure_id, outcome, outcome["residents"][0])
    return redirect(request, f"/procedures/{procedure_id}/result")


@get(
    ["/procedures/{procedure_id:str}/record", "/procedures/{procedure_id:str}/card"],
    guards=[CLERK],
    sync_to_thread=True,
)
def again(request: Request[Any, Any, Any], node: Node, staff: Staff, procedure_id: FromPath[str]) -> Response[Any]:
    """A page that a form led to is opened anew (reloaded, or in the other language): back to that form."""
    kind, _ = load(node, desk_of(staff), procedure_id)
    return redirect(request, f"/procedures/{procedure_id}/{kind.last}")


@post("/procedures/{procedure_id:str}/stop", guards=[CLERK], sync_to_thread=True)
def stop(request: Request[Any, Any, Any], node: Node, staff: Staff, procedure_id: FromPath[str]) -> Response[Any]:
    """The person does not go on."""
    case = procedures.stop(node, desk_of(staff), procedure_id)
    return redirect(request, f"/residents/{case.resident_id}" if _is_here(node, desk_of(staff), case) else "/")


@post("/procedures/{procedure_id:str}/{step:str}", guards=[CLERK], sync_to_thread=True)
def answer(
    request: Request[Any, Any, Any], node: Node, staff: Staff, procedure_id: FromPath[str], step: FromPath[str]
) -> Response[Any]:
    """The answer to a question; on to the next."""
    desk = desk_of(staff)
    kind, subject = load(node, desk, procedure_id)
    wanted = _step(kind, step)
    form = read_form(request, wanted.form)
    if form.value is not None:
        try:
            wanted.check(node, subject, form.value)
        except Refused as refused:
            fail(form, refused)
    if not form.ok:
        return show_step(node, kind, subject, wanted, form, 422)
    procedures.answer(node, desk, procedure_id, step, form.require())
    return redirect(request, f"/procedures/{procedure_id}/{kind.following(wanted)}")


def load(node: Node, desk: Desk, procedure_id: str) -> tuple[Kind, Subject]:
    """A case of this counter with its kind and person. Raises NOT_FOUND."""
    case = procedures.case(node, desk, procedure_id)
    with node.database.read() as session:
        return KINDS[case.kind], forms.subject_of(session, case)


def show_step(node: Node, kind: Kind, subject: Subject, step: Step, form: Form[Any] | None, status: int = 200) -> Page:
    """The page of a question, filled with what was answered before, or with what stands to reason."""
    if form is None:
        given = subject.case.answers.get(step.name)
        form = empty_form(raw_of(given) if given is not None else step.first(subject))
    return page(
        "step.html", status=status, kind=kind, subject=subject, step=step, form=form, words=words,
        place_number=list(kind.steps).index(step) + 1, names=step_names(kind), **step.options(node, subject),
    )  # fmt: skip


def raw_of(answers: dict[str, Any]) -> dict[str, Any]:
    """Answers as a form shows them again: a date in its three fields."""
    raw: dict[str, Any] = {}
    for field, value in answers.items():
        raw[field] = value
        if field in ("effective_on", "born_on") or (field == "birth_date" and isinstance(value, str)):
            raw |= dict(zip((f"{field}-{part}" for part in ("year", "month", "day")), value.split("-"), strict=True))
    return raw


def step_names(kind: Kind) -> list[Any]:
    """The names in the list of steps."""
    last = Text("暗証番号", "PINs") if kind.writes else Text("内容の確認", "Check")
    return [*(step.text for step in kind.steps), last, Text("完了", "Done")]


def show_check(node: Node, kind: Kind, subject: Subject, refused: Refused | None = None) -> Page:
    """内容の確認: what will be recorded."""
    return page(
        "check.html", status=refused.type.status if refused else 200, kind=kind, subject=subject, words=words,
        refused=refused, rows=summary(kind, subject), changes=changes(kind, subject), names=step_names(kind),
        late=is_late_case(kind, subject, node), **_certificates_of(node, kind, subject),
    )  # fmt: skip


def _certificates_of(node: Node, kind: Kind, subject: Subject) -> dict[str, Any]:
    """The certificates that it is about, as J-LIS has them now."""
    if kind.act is None:
        return {}
    certificates, trouble = certificates_now(node, subject.person.resident_code)
    if kind.name == "phone_certificates":
        wanted = set(card_steps.chosen(subject))
        shown = [one for one in certificates if (one.usage, one.serial) in wanted]
    else:
        shown = card_rules.newest_of(certificates, "card")
    return {"certificates": shown, "trouble": trouble, "on_phone": card_rules.usable(certificates, "phone")}


def _ended(request: Request[Any, Any, Any], node: Node, kind: Kind, subject: Subject, step: str) -> Response[Any]:
    if step != "result" or subject.case.state != procedures.DONE:
        back = "result" if subject.case.state == procedures.DONE else kind.first
        return redirect(request, f"/procedures/{subject.case.procedure_id}/{back}")
    with node.database.read() as session:
        ids = subject.case.outcome.get("residents", [])
        people = [records.resident(session, resident_id) for resident_id in ids]
        held = {row.resident_id for row in people if _may_reissue(session, row, node.clock.now())}
    here = [row for row in people if row.municipality_code == subject.case.municipality_code]
    return page(
        "result.html", kind=kind, subject=subject, words=words, names=step_names(kind), people=people, held=held,
        here=here, outcome=subject.case.outcome, next_crl=next_crl(node.clock.now()),
        written=msgspec.convert(subject.case.outcome.get("written", []), list[Written]),
        certificates=msgspec.convert(subject.case.outcome.get("certificates", []), list[CertificateState]),
    )  # fmt: skip


def _may_reissue(session: Session, row: ResidentRow, now: datetime) -> bool:
    """Whether a signature certificate can be written right away: a valid card is there, and the age."""
    has_card = valid_card(records.cards_of(session, row.resident_id), now) is not None
    return has_card and "sign" in usages_for(records.record_in(row), now.date())


def next_crl(now: datetime) -> datetime:
    """When the revocation will stand in the CRL: the next 07:00 (rule FI-04)."""
    today = datetime.combine(now.astimezone(JST).date(), CRL_TIME, JST)
    return today if now < today else today + timedelta(days=1)


def _step(kind: Kind, name: str) -> Step:
    for step in kind.steps:
        if step.name == name:
            return step
    raise Refused(NOT_FOUND)


def _to_first(request: Request[Any, Any, Any], kind: Kind, procedure_id: str) -> Response[Any]:
    return redirect(request, f"/procedures/{procedure_id}/{kind.first}")


def _to_missing(request: Request[Any, Any, Any], kind: Kind, subject: Subject, refused: Refused) -> Response[Any]:
    """A page that was opened too early leads to the question that has no answer yet."""
    missing = refused.detail.get("field") if refused.type is INVALID else None
    if missing not in [step.name for step in kind.steps]:
        raise refused
    return redirect(request, f"/procedures/{subject.case.procedure_id}/{cast(str, missing)}")


def _is_here(node: Node, desk: Desk, case: procedures.Case) -> bool:
    if case.resident_id is None:
        return False
    with node.database.read() as session:
        return records.resident(session, case.resident_id).municipality_code == desk.municipality_code


HANDLERS = (begin, begin_without_person, ask, finish, again, stop, answer)
