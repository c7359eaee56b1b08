"""今日の変更: what needs a person, oldest first; a case with before and after; the decision; then the next case."""

from datetime import date, datetime, timedelta
from typing import Any, Literal

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tegata.actors.bank.pages import words
from tegata.actors.bank.pages.common import ENCODINGS, FOR_STAFF, FileEncoding, download, notice_of
from tegata.actors.bank.service import cases, customers, decisions, exports, questions
from tegata.actors.bank.service.cases import State
from tegata.actors.bank.service.decisions import Choice
from tegata.actors.bank.tables import CaseRow, ConsentRow, RecordRow
from tegata.japan.dates import JST
from tegata.japan.four_attributes import Item
from tegata.node.node import Node
from tegata.node.staff import Staff
from tegata.node.web.forms import Form, empty_form, read_form
from tegata.node.web.shell import Page, page, redirect
from tegata.wire.problems import Refused
from tegata.wire.text import Text

Shown = Literal["people", "waiting", "today"]
SHOWN: dict[Shown, tuple[State, ...]] = {"people": cases.FOR_A_PERSON, "waiting": cases.TO_ASK, "today": ("closed",)}
MOST = 300

NOTICES: dict[Choice, Text] = {
    "take-over": Text("新しい内容で更新しました。", "The record was updated."),
    "keep": Text("登録はそのままにしました。", "The record stays as it is."),
    "customer": Text("お客さまに確認するものとして残しました。", "It is kept until the customer was asked."),
    "confirm": Text("このお客さまの同意として使います。", "The consent is used as this customer's."),
    "reject": Text("この同意は使いません。", "The consent is not used."),
    "again": Text("もう一度照会しました。", "It was asked once more."),
    "done": Text("確認済みにしました。", "Noted."),
}


class DecisionForm(msgspec.Struct):
    """What a person decides."""

    choice: Choice
    items: list[Item] = []
    kana: str = ""


class ExportForm(msgspec.Struct):
    """Which changes go into a file."""

    since: date
    until: date
    encoding: FileEncoding = "utf-8"


@get("/changes", guards=FOR_STAFF, sync_to_thread=True)
def work(node: Node, show: FromQuery[str] = "people") -> Page:
    """The work list; 200 lines at most, with the number of all."""
    chosen: Shown = show if show in SHOWN else "people"
    return _list(node, chosen, empty_form())


def _list(node: Node, chosen: Shown, form: Form[ExportForm], status: int = 200) -> Page:
    today = datetime.combine(node.clock.now().date(), datetime.min.time(), JST)
    with node.database.read() as session:
        found = _today(session, today) if chosen == "today" else cases.in_states(session, SHOWN[chosen], limit=MOST)
        known = customers.known(session, {row.customer_number for row in found})
        counts = _counts(session, today)
    rows = [words.work_row(row, known[row.customer_number]) for row in found]
    return page(
        "bank/changes.html", status=status, shown=chosen, found=found, known=known, counts=counts, form=form,
        encodings=ENCODINGS, words=words, today=today.date(), rows=rows,
    )  # fmt: skip


def _today(session: Session, since: datetime) -> list[CaseRow]:
    query = select(CaseRow).where(CaseRow.closed_at >= since).order_by(CaseRow.closed_at.desc())
    return list(session.scalars(query.limit(MOST)))


def _counts(session: Session, today: datetime) -> dict[Shown, int]:
    def count(*conditions: Any) -> int:
        return session.scalar(select(func.count()).select_from(CaseRow).where(*conditions)) or 0

    return {
        "people": count(CaseRow.state.in_(cases.FOR_A_PERSON)),
        "waiting": count(CaseRow.state.in_(cases.TO_ASK)),
        "today": count(CaseRow.closed_at >= today),
    }


@post("/changes/ask", guards=FOR_STAFF, sync_to_thread=True)
def ask_now(request: Request[Any, Any, Any], node: Node) -> Response[Any]:
    """Ask what is due at once, instead of at the job's next time."""
    try:
        number = questions.ask_due(node)
    except Refused as refused:
        return redirect(request, "/changes?show=waiting", notice=notice_of(refused))
    notice = Text(f"{number}件を照会しました。", f"{number} questions were asked.")
    return redirect(request, "/changes", notice=notice)


@post("/changes/export", guards=FOR_STAFF, sync_to_thread=True)
def export(request: Request[Any, Any, Any], node: Node, staff: Staff) -> Response[Any]:
    """What changed, as CSV; both days are included."""
    form = read_form(request, ExportForm)
    if form.value is not None and form.value.until < form.value.since:
        form.fail("until", Text("開始日より後の日を入力してください。", "Enter a day after the first."))
    if not form.ok:
        return _list(node, "people", form, 422)
    wanted = form.require()
    since, until = (datetime.combine(day, datetime.min.time(), JST) for day in (wanted.since, wanted.until))

    def write(target: Any) -> None:
        exports.export_changes(
            node, target, since=since, until=until + timedelta(days=1), encoding=wanted.encoding, who=staff.login
        )

    return download(f"changes-{wanted.since:%Y%m%d}-{wanted.until:%Y%m%d}.csv", write, wanted.encoding)


@get("/changes/{case_id:int}", guards=FOR_STAFF, sync_to_thread=True)
def one(node: Node, case_id: FromPath[int]) -> Page:
    """One case."""
    return _case(node, case_id, empty_form())


def _case(node: Node, case_id: int, form: Form[DecisionForm], status: int = 200) -> Page:
    with node.database.read() as session:
        case = cases.row_of(session, case_id)
        customer = customers.row_of(session, case.customer_number)
        consent = session.get_one(ConsentRow, case.consent_id)
        events = cases.events(session, case_id)
        version = session.scalar(select(RecordRow).where(RecordRow.case_id == case_id))
        before = session.get(RecordRow, (version.customer_number, version.version - 1)) if version else None
    told = cases.told(case)
    held = customers.details_of(customer).four
    return page(
        "bank/change.html", status=status, case=case, customer=customer, consent=consent, events=events, words=words,
        rows=words.before_after(held, told, case) if told else [],
        updated=words.updated(version, before) if version is not None and before is not None else [], told=told,
        changed=[item for item in told if told[item] != getattr(held, item)], form=form,
        choices=decisions.choices(case, consent), refusal=words.problem_of(case.code),
    )  # fmt: skip


@post("/changes/{case_id:int}", guards=FOR_STAFF, sync_to_thread=True)
def decide(request: Request[Any, Any, Any], node: Node, staff: Staff, case_id: FromPath[int]) -> Response[Any]:
    """Take a decision, then show the next case."""
    form = read_form(request, DecisionForm)
    if form.value is not None and form.value.choice == "take-over" and not form.value.items:
        form.fail("items", Text("更新する項目を選んでください。", "Choose what to take over."))
    if not form.ok:
        return _case(node, case_id, form, 422)
    wanted = form.require()
    try:
        _do(node, case_id, wanted, staff.login)
    except Refused as refused:
        return redirect(request, f"/changes/{case_id}", notice=notice_of(refused))
    with node.database.read() as session:
        following = cases.next_for_a_person(session, case_id)
        stays = cases.row_of(session, case_id).state in cases.FOR_A_PERSON and wanted.choice in {"confirm", "again"}
    target = f"/changes/{case_id}" if stays else f"/changes/{following}" if following else "/changes"
    return redirect(request, target, notice=NOTICES[wanted.choice])


def _do(node: Node, case_id: int, wanted: DecisionForm, who: str) -> None:
    if wanted.choice == "take-over":
        decisions.take_over(node, case_id, wanted.items, who, kana=wanted.kana)
    else:
        {
            "keep": decisions.keep, "customer": decisions.ask_customer, "confirm": decisions.confirm_identity,
            "reject": decisions.reject_identity, "again": decisions.ask_again, "done": decisions.done,
        }[wanted.choice](node, case_id, who)  # fmt: skip


HANDLERS = (work, ask_now, export, one, decide)
