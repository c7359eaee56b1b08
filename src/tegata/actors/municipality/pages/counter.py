"""窓口: find a person, then what is to be done today; the person with history; today's work."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Response

from tegata.actors.municipality.pages import words
from tegata.actors.municipality.pages.card_kinds import CARD_KIND_NAMES
from tegata.actors.municipality.pages.common import (
    CLERK,
    NUMBER,
    asked,
    birth_date_asked,
    certificates_now,
    desk_of,
    place_of,
)
from tegata.actors.municipality.pages.kinds import KINDS, kinds_for
from tegata.actors.municipality.rules import cards as rules
from tegata.actors.municipality.rules.cards import CardFact
from tegata.actors.municipality.service import procedures, records, search
from tegata.actors.municipality.service.records import Desk
from tegata.actors.municipality.service.search import Found, Wanted
from tegata.actors.municipality.tables import MyNumberRow
from tegata.node.node import Node
from tegata.node.staff import Staff
from tegata.node.web.forms import NOT_A_DATE, Form, empty_form
from tegata.node.web.shell import Page, page, redirect
from tegata.wire.certificates import CertificateState

RENEWAL_DAYS = timedelta(days=92)
"""A certificate may be renewed from three months before its end (FACTS section 1)."""


@get("/", guards=[CLERK], sync_to_thread=True)
def counter(request: Request[Any, Any, Any], node: Node, staff: Staff) -> Page:
    """Find a person of this municipality."""
    desk = desk_of(staff)
    return show_search(
        request, "counter.html", staff, lambda wanted: search.find(node, desk, wanted),
        waiting=len(procedures.open_work(node, desk)),
    )  # fmt: skip


@get("/arrivals", guards=[CLERK], sync_to_thread=True)
def arrivals(request: Request[Any, Any, Any], node: Node, staff: Staff) -> Page:
    """Find somebody who comes from elsewhere, for a move in."""
    desk = desk_of(staff)
    return show_search(request, "arrivals.html", staff, lambda wanted: search.find_arrivals(node, desk, wanted))


def show_search(
    request: Request[Any, Any, Any], template: str, staff: Staff, find: Callable[[Wanted], Found], **context: Any
) -> Page:
    """A search form with what it found; a birth date that is none is an error at its field."""
    wanted, form = read_wanted(request)
    found = None if form.errors or wanted.is_empty else find(wanted)
    return page(
        template, status=422 if form.errors else 200, municipality=place_of(staff), found=found, form=form,
        words=words, **context,
    )  # fmt: skip


def read_wanted(request: Request[Any, Any, Any]) -> tuple[Wanted, Form[Any]]:
    """What is searched for, and the form to show again."""
    birth_date, typed, is_date = birth_date_asked(request)
    texts = {name: asked(request, name) for name in ("name", "address", "resident_code")}
    form = empty_form({**texts, **typed})
    if not is_date:
        form.fail("birth_date", NOT_A_DATE)
    return Wanted(birth_date=birth_date, **texts), form


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


@get("/residents/{resident_id:str}/my-number", guards=[NUMBER], sync_to_thread=False)
def my_number_again(request: Request[Any, Any, Any], resident_id: FromPath[str]) -> Response[Any]:
    """The page opened anew does not show the number again."""
    return redirect(request, f"/residents/{resident_id}")


def show_person(node: Node, desk: Desk, resident_id: str, number: str = "") -> Page:
    """The page of a resident; the state of certificates is asked of J-LIS now."""
    now = node.clock.now()
    with node.database.read() as session:
        row = records.resident_here(session, desk, resident_id)
        history = list(reversed(records.entries_of(session, resident_id)))
        members = records.household(session, row.household_id)
        cards = records.cards_of(session, resident_id)
        card = rules.newest_card(cards, now)
        report = records.police_report(session, card.card_id) if card is not None else ""
    record = records.record_in(row)
    certificates, trouble = certificates_now(node, row.resident_code)
    about_card = rules.card_procedures(record, cards, certificates, now)
    can = kinds_for(record, desk.municipality_code, about_card)
    return page(
        "person.html", row=row, history=[(entry, records.entry_of(entry).sets) for entry in history], members=members,
        trouble=trouble, number=number, words=words, renewal=now + RENEWAL_DAYS,
        register_kinds=[kind for kind in can if kind.name not in CARD_KIND_NAMES],
        card_kinds=[kind for kind in can if kind.name in CARD_KIND_NAMES],
        needs_reissue="reissue" in about_card and rules.needs_reissue(certificates), police_report=report,
        **_held(card, certificates, now),
    )  # fmt: skip


def _held(card: CardFact | None, certificates: Sequence[CertificateState], now: datetime) -> dict[str, Any]:
    """What the page says of the card and of the phones."""
    return {
        "card": card,
        "card_state": None if card is None else rules.state_of(card, now),
        "lost_since": None if card is None else rules.lost_since(card, now),
        "ended": next((event for event in reversed(card.events) if event.event == "given_up"), None) if card else None,
        "held": rules.held(certificates),
        "on_card": [one for one in certificates if one.medium == "card"],
        "on_phone": [one for one in certificates if one.medium == "phone"],
        "held_on_phone": [one for one in certificates if one.medium == "phone" and one.state == "suspended"],
    }


@get("/work", guards=[CLERK], sync_to_thread=True)
def work(node: Node, staff: Staff) -> Page:
    """Today's work: what was begun and not ended, certificates that miss, what was done."""
    desk = desk_of(staff)
    return page(
        "work.html", municipality=place_of(staff), kinds=KINDS, open_work=procedures.open_work(node, desk),
        missing=procedures.missing_reissues(node, desk), stopped=procedures.stopped_cards(node, desk),
        done=procedures.done_today(node, desk),
    )  # fmt: skip


HANDLERS = (counter, arrivals, person, my_number, my_number_again, work)
