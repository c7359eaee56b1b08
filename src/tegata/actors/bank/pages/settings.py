"""設定: how the bank learns of changes, whether it matches by itself, and what consent screens say."""

from typing import Any, Literal

import msgspec
from litestar import Request, get, post
from litestar.response import Response

from tegata.actors.bank.pages.common import FOR_STAFF, FOR_SUPERVISORS, notice_of
from tegata.actors.bank.service import changes, matching, stream
from tegata.actors.bank.service.collecting import ITEM_NAMES
from tegata.node.node import Node
from tegata.node.staff import Staff
from tegata.node.web.forms import Form, empty_form, read_form
from tegata.node.web.shell import Page, page, redirect
from tegata.wire.changes import Stream
from tegata.wire.problems import Refused
from tegata.wire.text import Text

DELIVERIES = (
    ("push", Text("プッシュ通知", "Push"), Text("変更があるとすぐに届きます。", "Comes as soon as there is a change.")),
    ("poll", Text("通知の受取り（ポーリング）", "Poll"), Text("15分ごとに受け取ります。", "Every 15 minutes.")),
    ("feed", Text("変更の一覧", "Feed"), Text("15分ごとに番号順に読みます。", "Every 15 minutes, by number.")),
)  # fmt: skip


class DeliveryForm(msgspec.Struct):
    """How changes are learned."""

    delivery: Literal["push", "poll", "feed"]
    match_itself: bool = False


@get("/settings", guards=FOR_STAFF, sync_to_thread=True)
def show(node: Node, staff: Staff) -> Page:
    """The settings as they are, here and at the operator."""
    raw = {"delivery": stream.delivery(node), "match_itself": stream.matches_itself(node)}
    return _show(node, staff, empty_form(raw))


def _show(node: Node, staff: Staff, form: Form[DeliveryForm], status: int = 200) -> Page:
    at_operator, trouble = _state(node)
    with node.database.read() as session:
        position = changes.position(session)
    return page(
        "bank/settings.html", status=status, form=form, deliveries=DELIVERIES, at_operator=at_operator, trouble=trouble,
        position=position, matched=node.kept(matching.KEPT), verified=node.kept(stream.VERIFIED), own=node.own,
        names=ITEM_NAMES, may_decide=staff.has("supervisor"),
    )  # fmt: skip


def _state(node: Node) -> tuple[Stream | None, Text | None]:
    try:
        return stream.state(node), None
    except Refused as refused:
        return None, notice_of(refused)


@post("/settings", guards=FOR_SUPERVISORS, sync_to_thread=True)
def choose(request: Request[Any, Any, Any], node: Node, staff: Staff) -> Response[Any]:
    """Choose a way; it counts once the operator knows it."""
    form = read_form(request, DeliveryForm)
    if not form.ok:
        return _show(node, staff, form, 422)
    wanted = form.require()
    try:
        stream.choose(node, wanted.delivery, matches=wanted.match_itself, who=staff.login)
    except Refused as refused:
        form.fail("delivery", notice_of(refused))
        return _show(node, staff, form, 422)
    return redirect(request, "/settings", notice=Text("設定を変えました。", "The settings were changed."))


@post("/settings/verify", guards=FOR_SUPERVISORS, sync_to_thread=True)
def verify(request: Request[Any, Any, Any], node: Node) -> Response[Any]:
    """Ask for a verification event, to see that events arrive."""
    try:
        stream.ask_verification(node)
    except Refused as refused:
        return redirect(request, "/settings", notice=notice_of(refused))
    notice = Text(
        "確認の通知を頼みました。届くと、ここに時刻が出ます。", "Asked; once it arrives its time stands here."
    )
    return redirect(request, "/settings", notice=notice)


@post("/settings/learn", guards=FOR_STAFF, sync_to_thread=True)
def learn(request: Request[Any, Any, Any], node: Node) -> Response[Any]:
    """Read the log now."""
    try:
        number = changes.read_feed(node)
    except Refused as refused:
        return redirect(request, "/settings", notice=notice_of(refused))
    return redirect(request, "/settings", notice=Text(f"新しい変更は{number}件でした。", f"{number} new entries."))


@post("/settings/match", guards=FOR_STAFF, sync_to_thread=True)
def match(request: Request[Any, Any, Any], node: Node) -> Response[Any]:
    """Match the newest list with all customers now (FI-06)."""
    try:
        report = matching.match_customers(node)
    except Refused as refused:
        return redirect(request, "/settings", notice=notice_of(refused))
    notice = Text(
        f"{report.held:,}件の電子証明書を突合し、失効は{report.revoked}件、うち新しいものは{report.new}件でした。",
        f"{report.held:,} certificates matched: {report.revoked} revoked, {report.new} of them new.",
    )
    return redirect(request, "/settings", notice=notice)


HANDLERS = (show, choose, verify, learn, match)
