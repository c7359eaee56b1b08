"""Customers: found, seen with their history and consents, asked about, read from files and written into them."""

import io
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Response
from markupsafe import Markup

from tegata.actors.bank.pages import words
from tegata.actors.bank.pages.common import ENCODINGS, FOR_STAFF, FileEncoding, download, notice_of
from tegata.actors.bank.service import cases, collecting, consents, customers, decisions, exports
from tegata.actors.bank.service.letters import qr_code
from tegata.actors.bank.tables import RecordRow
from tegata.node.node import Node
from tegata.node.staff import Staff
from tegata.node.web.forms import read_form
from tegata.node.web.shell import Page, page, redirect
from tegata.wire.problems import Refused
from tegata.wire.text import Text

ON_A_PAGE = 50
LONGEST_SEARCH = 100


class ExportForm(msgspec.Struct):
    """How the file of all customers is written."""

    encoding: FileEncoding = "utf-8"


@get("/customers", guards=FOR_STAFF, sync_to_thread=True)
def find(node: Node, q: FromQuery[str] = "", after: FromQuery[str] = "") -> Page:
    """Customers by number, name or kana."""
    text = q.replace("\0", "")[:LONGEST_SEARCH].strip()
    with node.database.read() as session:
        found = customers.find(session, text, after=after.replace("\0", "")[:LONGEST_SEARCH], limit=ON_A_PAGE + 1)
        number = customers.count(session)
    more = len(found) > ON_A_PAGE
    return page(
        "bank/customers.html", found=found[:ON_A_PAGE], more=more, search=text, after=after, number=number,
        encodings=ENCODINGS, words=words,
    )  # fmt: skip


@get("/customers/{number:str}", guards=FOR_STAFF, sync_to_thread=True)
def one(node: Node, number: FromPath[str]) -> Page:
    """One customer: the record, where each version came from, consents, cases."""
    now = node.clock.now()
    with node.database.read() as session:
        row = customers.row_of(session, number.replace("\0", ""))
        history = customers.history(session, row.number)
        given = consents.of_customer(session, row.number)
        ends = consents.ends_of(session, [consent.consent_id for consent in given])
        can_ask = consents.standing_of(session, row.number, now) is not None
        found = cases.of_customer(session, row.number)
    states = {each.consent_id: consents.state_of(each, ends.get(each.consent_id), now) for each in given}
    return page(
        "bank/customer.html", customer=row, versions=_versions(history), consents=given, states=states, ends=ends,
        cases=found, can_ask=can_ask, words=words,
    )  # fmt: skip


def _versions(history: Sequence[RecordRow]) -> list[tuple[RecordRow, list[words.Row]]]:
    """Each version, newest first, with what it changed."""
    befores = [*history[1:], None]
    return [
        (version, words.updated(version, before) if before is not None else [])
        for version, before in zip(history, befores, strict=True)
    ]


@post("/customers/{number:str}/ask", guards=FOR_STAFF, sync_to_thread=True)
def ask(request: Request[Any, Any, Any], node: Node, staff: Staff, number: FromPath[str]) -> Response[Any]:
    """Ask for the newest attributes now (FI-08)."""
    try:
        case_id = decisions.ask_now(node, number.replace("\0", ""), staff.login)
    except Refused as refused:
        if refused.type.status == 404:
            raise
        return redirect(request, f"/customers/{number}", notice=notice_of(refused))
    return redirect(request, f"/changes/{case_id}", notice=Text("照会しました。", "It was asked."))


@post("/customers/{number:str}/screen", guards=FOR_STAFF, sync_to_thread=True)
def consent_screen(node: Node, staff: Staff, number: FromPath[str]) -> Page:
    """A way to the consent screen on the customer's own device: this one is logged in for staff."""
    number = number.replace("\0", "")
    url = f"{node.base_url}/consent/{collecting.make_link(node, number, staff.login)}"
    with node.database.read() as session:
        row = customers.row_of(session, number)
    ends = node.clock.now() + node.own.consent_lifetime
    return page("bank/consent_link.html", customer=row, link=url, qr=Markup(qr_code(url)), ends=ends)  # noqa: S704


@post("/customers/export", guards=FOR_STAFF, sync_to_thread=True)
def export(request: Request[Any, Any, Any], node: Node, staff: Staff) -> Response[Any]:
    """Every customer as CSV."""
    form = read_form(request, ExportForm)
    if not form.ok:
        return redirect(request, "/customers", notice=Text("文字コードを選んでください。", "Choose an encoding."))
    encoding = form.require().encoding

    def write(target: io.BytesIO) -> None:
        exports.export_csv(node, target, encoding=encoding, who=staff.login)

    return download("customers.csv", write, encoding)


HANDLERS = (find, one, ask, consent_screen, export)
