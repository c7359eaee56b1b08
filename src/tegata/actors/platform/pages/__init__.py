"""What the operator's staff see: the monitor first, then parties, lists, the log, questions and fees."""

from typing import Any

import msgspec
from joserfc.jwk import ECKey
from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from tegata.actors.platform.service import crls, figures, parties, streams
from tegata.actors.platform.tables import StreamRow
from tegata.node.identity_tables import OAuthClientRow
from tegata.node.node import Node
from tegata.node.staff import Staff
from tegata.node.web.forms import read_form
from tegata.node.web.guards import staff_only
from tegata.node.web.shell import Page, page, redirect
from tegata.pki.profiles import USAGES
from tegata.wire.endpoint import AfterQuery
from tegata.wire.problems import Refused
from tegata.wire.text import Text

STAFF = ("operator", "auditor")
PAGE_OF_LOG = 50


class NoFields(msgspec.Struct):
    """A form that is only a button."""


@get("/", guards=[staff_only(*STAFF)], sync_to_thread=True)
def monitor(node: Node) -> Page:
    """What needs a person now."""
    return page("platform/monitor.html", checks=node.checks(), days=figures.changes_by_day(node))


@get("/parties", guards=[staff_only(*STAFF)], sync_to_thread=True)
def all_parties(node: Node) -> Page:
    """Relying parties and the state of their streams."""
    return page("platform/parties.html", deliveries=figures.deliveries(node))


@get("/parties/{party:str}", guards=[staff_only(*STAFF)], sync_to_thread=True)
def one_party(node: Node, party: FromPath[str], staff: Staff) -> Page:
    """One party: rights, key, delivery."""
    with node.database.read() as session:
        row = parties.row_of(session, party)
        stream = session.get_one(StreamRow, party)
        client = session.get(OAuthClientRow, party)
    delivery = next(each for each in figures.deliveries(node) if each.relying_party == party)
    return page(
        "platform/party.html", party=row, stream=stream, client=client, delivery=delivery,
        thumbprint=ECKey.import_key(client.public_jwk).thumbprint() if client else "",
        pushes=figures.pushes(node, row.push_to), may_decide=staff.has("operator"),
    )  # fmt: skip


@post("/parties/{party:str}/suspend", guards=[staff_only("operator")], sync_to_thread=True)
def suspend(request: Request[Any, Any, Any], node: Node, party: FromPath[str], staff: Staff) -> Response[Any]:
    """Take a party's rights away."""
    parties.set_active(node, party, staff.login, active=False)
    notice = Text("権利を停止しました。照会には応じません。", "Its rights are suspended; questions are refused.")
    return redirect(request, f"/parties/{party}", notice=notice)


@post("/parties/{party:str}/resume", guards=[staff_only("operator")], sync_to_thread=True)
def resume(request: Request[Any, Any, Any], node: Node, party: FromPath[str], staff: Staff) -> Response[Any]:
    """Give them back."""
    parties.set_active(node, party, staff.login, active=True)
    return redirect(request, f"/parties/{party}", notice=Text("権利を再開しました。", "Its rights are back."))


@post("/parties/{party:str}/pushes/{number:int}/resend", guards=[staff_only("operator")], sync_to_thread=True)
def resend(request: Request[Any, Any, Any], node: Node, party: FromPath[str], number: FromPath[int]) -> Response[Any]:
    """Let a parked push be tried again."""
    try:
        node.dispatcher.resend(number)
    except KeyError:
        notice = Text("この通知は保留されていません。", "This push is not parked.")
    else:
        notice = Text("もう一度送ります。", "It is sent again.")
    return redirect(request, f"/parties/{party}", notice=notice)


@get("/lists", guards=[staff_only(*STAFF)], sync_to_thread=True)
def lists(node: Node, staff: Staff) -> Page:
    """Accepted lists and every attempt to fetch one: the evidence behind the monitor."""
    found = [
        (figures.USAGE_NAMES[usage], usage, crls.lists(node, usage), crls.attempts(node, usage)) for usage in USAGES
    ]
    return page(
        "platform/lists.html", found=found, outcome_text=figures.outcome_text, may_fetch=staff.has("operator")
    )  # fmt: skip


@post("/lists/fetch", guards=[staff_only("operator")], sync_to_thread=True)
def fetch_now(request: Request[Any, Any, Any], node: Node) -> Response[Any]:
    """Fetch the lists now instead of at the next time of the job."""
    read_form(request, NoFields)
    notice = Text("新しい CRL を取得しました。", "The CRLs were fetched.")
    for usage in USAGES:
        try:
            crls.refresh(node, usage)
        except Refused as refused:
            notice = refused.type.title
    return redirect(request, "/lists", notice=notice)


@get("/log/{party:str}", guards=[staff_only(*STAFF)], sync_to_thread=True)
def change_log(node: Node, party: FromPath[str], after: FromQuery[int] = 0) -> Page:
    """The numbered log of one party."""
    with node.database.read() as session:
        row = parties.row_of(session, party)
    entries = streams.feed(node, party, AfterQuery(after=max(after, 0), limit=PAGE_OF_LOG))
    return page("platform/log.html", party=row, entries=entries, after=after)


@get("/questions", guards=[staff_only(*STAFF)], sync_to_thread=True)
def questions(node: Node) -> Page:
    """Questions and their refusals by reason."""
    return page("platform/questions.html", outcomes=figures.outcomes(node))


@get("/fees", guards=[staff_only(*STAFF)], sync_to_thread=True)
def fees(node: Node) -> Page:
    """What the parties owe, month by month."""
    return page("platform/fees.html", fees=figures.fees(node))


HANDLERS = (
    monitor, all_parties, one_party, suspend, resume, resend, lists, fetch_now, change_log, questions, fees,
)  # fmt: skip
