"""同意の提供状況: seen, in detail, withdrawn (FI-09)."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Response

from tegata.actors.portal.pages.common import CITIZEN, LOGIN, Browser, away, browser_of, page_to_reader
from tegata.actors.portal.service import consents, passing_on, texts
from tegata.node.node import Node
from tegata.node.web.sessions import WebSession
from tegata.node.web.shell import Page, page


@get("/consents", guards=CITIZEN, opt=LOGIN, sync_to_thread=True)
def all_consents(node: Node, session: WebSession) -> Page:
    """Every consent of the person, those that count first."""
    found = consents.of_person(node, session.subject)
    found.sort(key=lambda consent: consent.state != "active")
    waiting = passing_on.waiting(node, session.subject)
    return page("portal/consents.html", consents=found, waiting=waiting, item_list=texts.item_list)


@get("/consents/{consent_id:str}", guards=CITIZEN, opt=LOGIN, sync_to_thread=True)
def one_consent(node: Node, session: WebSession, consent_id: FromPath[str]) -> Page:
    """One consent with all that was agreed."""
    return _page("portal/consent.html", node, session, consent_id)


@get("/consents/{consent_id:str}/withdraw", guards=CITIZEN, opt=LOGIN, sync_to_thread=True)
def confirm_withdrawal(node: Node, session: WebSession, consent_id: FromPath[str]) -> Page:
    """What a withdrawal means, before the card is asked."""
    consent = consents.one(node, session.subject, consent_id)
    return page_to_reader(node, "portal/withdraw.html", consent=consent, items=texts.item_list(consent.items))


@post("/consents/{consent_id:str}/withdraw", guards=CITIZEN, opt=LOGIN, sync_to_thread=True)
def withdraw(request: Browser, node: Node, session: WebSession, consent_id: FromPath[str]) -> Response[Any]:
    """Ask the card to sign the withdrawal."""
    return away(consents.ask_withdrawal(node, consent_id, sub=session.subject, browser=browser_of(request)))


@get("/consents/{consent_id:str}/given", guards=CITIZEN, opt=LOGIN, sync_to_thread=True)
def given(node: Node, session: WebSession, consent_id: FromPath[str]) -> Page:
    """What happens next, after a consent was given."""
    return _page("portal/given.html", node, session, consent_id)


@get("/consents/{consent_id:str}/withdrawn", guards=CITIZEN, opt=LOGIN, sync_to_thread=True)
def withdrawn(node: Node, session: WebSession, consent_id: FromPath[str]) -> Page:
    """What happens next, after a withdrawal."""
    return _page("portal/withdrawn.html", node, session, consent_id)


def _page(template: str, node: Node, session: WebSession, consent_id: FromPath[str]) -> Page:
    consent = consents.one(node, session.subject, consent_id)
    return page(template, consent=consent, items=texts.item_list(consent.items))


HANDLERS = (all_consents, one_consent, confirm_withdrawal, withdraw, given, withdrawn)
