"""窓口: find a person, then what is to be done today; the person with history; today's work."""

from datetime import timedelta
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Response
from sqlalchemy import select

from tegata.actors.municipality.pages import words
from tegata.actors.municipality.pages.common import (
    CLERK,
    NUMBER,
    asked,
    birth_date_asked,
    desk_of,
    place_of,
)
from tegata.actors.municipality.pages.kinds import CARD_KINDS, KINDS, kinds_for
from tegata.actors.municipality.rules.cards import valid_card
from tegata.actors.municipality.service import cards, procedures, records, search
from tegata.actors.municipality.service.records import Desk
from tegata.actors.municipality.service.search import Found, Wanted
from tegata.actors.municipality.tables import EntryRow, MyNumberRow
from tegata.node.node import Node
from tegata.node.staff import Staff
from tegata.node.web.forms import NOT_A_DATE, Form, empty_form
from tegata.node.web.shell import Page, page
from tegata.wire.certificates import CertificateState
from tegata.wire.problems import Refused

RENEWAL_DAYS = timedelta(days=92)
"""A certificate may be renewed from three months before its end (FACTS section 1)."""


@get("/", guards=[CLERK], sync_to_thread=True)
def counter(request: Request[Any, Any, Any], node: Node, staff: Staff) -> Page:
    """Find a person of this municipality."""
    wanted, form = read_wanted(request)
    found = search.find(node, desk_of(staff), wanted) if form.ok_to_search else Found(residents=[], more=False)
    return page(
        "counter.html", status=422 if form.form.errors else 200, municipality=place_of(staff), found=found, form=form.form,
        searched=not wanted.is_empty and form.ok_to_search, words=words,
        waiting=len(procedures.open_work(node, desk_of(staff))),
    )  # fmt: skip


@get("/arrivals", guards=[CLERK], sync_to_thread=True)
def arrivals(request: Request[Any, Any, Any], node: Node, staff: Staff) -> Page:
    """Find somebody who comes from elsewhere, for a move in."""
    wanted, form = read_wanted(request)
    found = search.find_arrivals(node, desk_of(staff), wanted) if form.ok_to_search else Found(residents=[], more=False)
    return page(
        "arrivals.html", status=422 if form.form.errors else 200, municipality=place_of(staff), found=found, form=form.form,
        searched=not wanted.is_empty and form.ok_to_search, words=words,
    )  # fmt: skip


class _Search:
    """A search form as it was sent by the address."""

    def __init__(self, form: Form[Any]) -> None:
        self.form = form
        self.ok_to_search = not form.errors


def read_wanted(request: Request[Any, Any, Any]) -> tuple[Wanted, _Search]:
    """What is searched for."""
    birth_date, typed, is_date = birth_date_asked(request)
    texts = {name: asked(request, name) for name in ("name", "address", "resident_code")}
    form = empty_form({**texts, **typed})
    if not is_date:
        form.fail("birth_date", NOT_A_DATE)
    return Wanted(birth_date=birth_date, **texts), _Search(form)


@get("/residents/{resident_id:str}", guards=[CLERK], sync_to_thread=True)
def person(node: Node, staff: Staff, resident_id: FromPath[str]) -> Page:
    """A resident: what the record says, cards and certificates, the history, and what can be done today."""
    return show_person(node, desk_of(staff), resident_id)


@post("/residents/{resident_id:str}/my-number", guards=[NUMBER], sync_to_thread=True)
def my_number(node: Node, staff: Staff, resident_id: FromPath[str]) -> Response[Any]:
    """The same page with the My Number; each showing is in the audit."""
    desk = desk_of(staff)
    with node.database.begin() as tx:
        records.resident_here(tx.session, desk, resident_id)
        number = tx.session.get_one(MyNumberRow, resident_id).number
        tx.record(
            "my-number-shown", subject=resident_id, who=f"{desk.who} ({staff.login})", items=["my_number"],
            purpose="counter", basis="番号法",
        )  # fmt: skip
    return show_person(node, desk, resident_id, number)


def show_person(node: Node, desk: Desk, resident_id: str, number: str = "") -> Page:
    """The page of a resident; the state of certificates is asked of J-LIS now."""
    now = node.clock.now()
    with node.database.read() as session:
        row = records.resident_here(session, desk, resident_id)
        history = list(reversed(records.entries_of(session, resident_id)))
        members = records.household(session, row.household_id)
        held = records.cards_of(session, resident_id)
        card = valid_card(held, now)
        expired = max((one.expires_on for one in held), default=None) if card is None else None
    record = records.record_in(row)
    certificates, trouble = _certificates(node, row.resident_code)
    can = kinds_for(record, desk.municipality_code, has_card=card is not None)
    return page(
        "person.html", row=row, history=[(entry, records.entry_of(entry).sets) for entry in history], members=members,
        card=card, expired=expired, certificates=certificates, trouble=trouble, number=number, words=words,
        renewal=now + RENEWAL_DAYS,
        register_kinds=[kind for kind in can if kind.name not in CARD_KINDS],
        card_kinds=[kind for kind in can if kind.name in CARD_KINDS],
        needs_reissue=card is not None and needs_reissue(certificates),
    )  # fmt: skip


def _certificates(node: Node, resident_code: str) -> tuple[list[CertificateState], Refused | None]:
    try:
        return list(reversed(cards.certificates_of(node, resident_code))), None
    except Refused as refused:
        return [], refused


def needs_reissue(certificates: list[CertificateState]) -> bool:
    """Whether the newest signature certificate (the list is newest first) was revoked by a change."""
    newest = next((one for one in certificates if one.usage == "sign"), None)
    return newest is not None and newest.state == "revoked" and newest.reason == "affiliationChanged"


@get("/work", guards=[CLERK], sync_to_thread=True)
def work(node: Node, staff: Staff) -> Page:
    """Today's work: what was begun and not ended, certificates that miss, what was done."""
    desk = desk_of(staff)
    return page(
        "work.html", municipality=place_of(staff), kinds=KINDS, open_work=procedures.open_work(node, desk),
        missing=procedures.missing_reissues(node, desk), done=procedures.done_today(node, desk),
    )  # fmt: skip


def events_today(node: Node) -> int:
    """How many entries were made since midnight, at all counters."""
    midnight = node.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    with node.database.read() as session:
        query = select(EntryRow.event_id).where(EntryRow.recorded_at >= midnight, EntryRow.sequence > 0)
        return len(session.scalars(query).all())


HANDLERS = (counter, arrivals, person, my_number, work)
