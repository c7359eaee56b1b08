from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, get, post
from litestar.response import Response
from sqlalchemy import select

from tegata.japan.dates import JST
from tegata.node.checks import Check
from tegata.node.node import Node
from tegata.node.staff import Staff
from tegata.node.web.forms import Form, Upload, empty_form, read_form
from tegata.node.web.guards import WITHOUT_CSRF, staff_only
from tegata.node.web.shell import Page, page, redirect
from tegata.wire.text import Text
from tests.node.web.sample.tables import NoteRow

PLACES = (("13101", "東京都千代田区"), ("27100", "大阪府大阪市"))
SINCE = datetime(2023, 9, 25, 8, 50, tzinfo=JST)
KINDS = (
    ("move-in", Text("転入", "Move in")),
    ("move", Text("転居", "Move within"), Text("同じ市区町村の中での引越し", "Within the municipality")),
    ("out", Text("転出", "Move out")),
)
CHECKS = [
    Check(
        name="crl", title=Text("失効リスト", "CRL"), health="ok",
        says=Text("第 412 号、今日 07:00 に取得しました。", "Number 412, fetched at 07:00 today."), evidence="/crl",
    ),
    Check(
        name="push", title=Text("プッシュ通知", "Push"), health="warning",
        says=Text("3 件が配送を待っています。", "3 wait for delivery."), evidence="/push",
    ),
    Check(
        name="jlis", title=Text("J-LIS との接続", "J-LIS"), health="failed",
        says=Text("09:12 から応答がありません。", "No answer since 09:12."), evidence="/jlis",
    ),
]  # fmt: skip


class NoteForm(msgspec.Struct):
    title: Annotated[str, msgspec.Meta(max_length=20)]
    kind: Literal["move-in", "move", "out"]
    born: date
    place: Literal["13101", "27100"]
    people: Annotated[int, msgspec.Meta(ge=1, le=20)] = 1
    about: Annotated[str, msgspec.Meta(max_length=200)] = ""
    agreed: bool = False
    items: list[Literal["name", "address"]] = []
    attachment: Upload | None = None


def show_form(form: Form[Any], status: int = 200) -> Page:
    return page("note.html", status=status, form=form, kinds=KINDS, places=PLACES)


@get("/", sync_to_thread=False)
def gallery() -> Page:
    return page("gallery.html", kinds=KINDS, places=PLACES, checks=CHECKS, since=SINCE, form=empty_form())


@get("/notes", guards=[staff_only("clerk")], sync_to_thread=True)
def notes(node: Node, staff: Staff) -> Page:
    with node.database.read() as session:
        rows = session.scalars(select(NoteRow)).all()
    return page("notes.html", rows=rows, staff=staff)


@get("/notes/new", guards=[staff_only("clerk")], sync_to_thread=True)
def new_note() -> Page:
    return show_form(empty_form())


@post("/notes/new", guards=[staff_only("clerk")], sync_to_thread=True)
def add_note(request: Request[Any, Any, Any], node: Node) -> Response[Any]:
    form = read_form(
        request, NoteForm, messages={"title": Text("件名を20文字以内で入力してください。", "Enter a title.")}
    )
    if form.value is None:
        return show_form(form, 422)
    with node.database.begin() as tx:
        tx.session.add(NoteRow(title=form.value.title, about=form.value.about, at=tx.now))
    return redirect(request, "/notes", notice=Text("受け付けました。", "It was accepted."))


@get("/chief", guards=[staff_only("chief")], sync_to_thread=False)
def chief() -> Page:
    return page("notes.html", rows=[], staff=None)


@post("/reader-return", opt=WITHOUT_CSRF, sync_to_thread=True)
def reader_return(request: Request[Any, Any, Any]) -> Response[Any]:
    return redirect(request, "/")


HANDLERS = [gallery, notes, new_note, add_note, chief, reader_return]
