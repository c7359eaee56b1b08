"""わたしのカードとスマートフォン, and the revocation of what is on a phone that does not come back (SP-05)."""

from typing import Any, Literal

import msgspec
from litestar import get, post
from litestar.response import Response

from tegata.actors.portal.pages.common import (
    CITIZEN,
    LOGIN,
    REVOKE_PATH,
    REVOKED_PATH,
    Browser,
    away,
    browser_of,
    page_to_reader,
)
from tegata.actors.portal.rules.certificates import STATES, advise
from tegata.actors.portal.rules.phones import advise_phone, card_can_sign, revocable
from tegata.actors.portal.service import consents, lost_phone
from tegata.node.node import Node
from tegata.node.web.forms import Form, empty_form, read_form
from tegata.node.web.sessions import WebSession
from tegata.node.web.shell import Page, page, redirect
from tegata.pki.profiles import USAGES
from tegata.wire.text import Text

CHECK_PATH = f"{REVOKE_PATH}/check"
BACK_PATH = f"{REVOKE_PATH}/back"
CHOOSE = Text("どちらかを選んでください。", "Choose one of the two.")
WHERE = (
    ("gone", Text("手元に戻らない、または戻る見込みがない", "It is not back, and is not likely to come back")),
    ("here", Text("手元に戻った", "I have it again")),
)


class WhereForm(msgspec.Struct):
    """The question: is the phone back."""

    where: Literal["gone", "here"]


@get("/card", guards=CITIZEN, opt=LOGIN, sync_to_thread=True)
def my_media(node: Node, session: WebSession) -> Page:
    """The state of each certificate on card and phone, what it means, what to do and by whom."""
    certificates, now = consents.certificates(node, session.subject), node.clock.now()
    card = [advise(usage, certificates, now) for usage in USAGES]
    phone = [advise_phone(usage, certificates, now) for usage in USAGES]
    newest = [advice.certificate for advice in [*card, *phone]]
    earlier = [each for each in reversed(certificates) if each not in newest]
    return page("portal/card.html", card=card, phone=phone, earlier=earlier, states=STATES)


@get(REVOKE_PATH, guards=CITIZEN, opt=LOGIN, sync_to_thread=True)
def where_question(node: Node, session: WebSession) -> Page:
    """Whether the phone is back: then its holder resumes in the app, and nothing is revoked."""
    return _where_page(node, session, empty_form({}))


@post(REVOKE_PATH, guards=CITIZEN, opt=LOGIN, sync_to_thread=True)
def choose_where(request: Browser, node: Node, session: WebSession) -> Response[Any]:
    """The answer leads to the check, or to what the app does."""
    form = read_form(request, WhereForm, messages={"where": CHOOSE})
    if not form.ok:
        return _where_page(node, session, form, 422)
    return redirect(request, CHECK_PATH if form.require().where == "gone" else BACK_PATH)


def _where_page(node: Node, session: WebSession, form: Form[Any], status: int = 200) -> Page:
    found = revocable(consents.certificates(node, session.subject), node.clock.now())
    return page("portal/revoke_where.html", status=status, found=found, form=form, options=WHERE)


@get(BACK_PATH, guards=CITIZEN, opt=LOGIN, sync_to_thread=True)
def phone_is_back(node: Node, session: WebSession) -> Page:
    """What to do with a phone that came back."""
    found = revocable(consents.certificates(node, session.subject), node.clock.now())
    return page("portal/revoke_back.html", suspended=any(one.state == "suspended" for one in found))


@get(CHECK_PATH, guards=CITIZEN, opt=LOGIN, sync_to_thread=True)
def check(node: Node, session: WebSession) -> Page:
    """内容の確認: what is revoked and what that means, before the card signs."""
    certificates, now = consents.certificates(node, session.subject), node.clock.now()
    found, can_sign = revocable(certificates, now), card_can_sign(certificates, now)
    return page_to_reader(node, "portal/revoke_check.html", found=found, can_sign=can_sign, states=STATES)


@post(CHECK_PATH, guards=CITIZEN, opt=LOGIN, sync_to_thread=True)
def sign(request: Browser, node: Node, session: WebSession) -> Response[Any]:
    """Ask the card to sign."""
    return away(lost_phone.ask_revocation(node, sub=session.subject, browser=browser_of(request)))


@get(REVOKED_PATH, guards=CITIZEN, opt=LOGIN, sync_to_thread=True)
def revoked(node: Node, session: WebSession) -> Page:
    """What happens next."""
    certificates, now = consents.certificates(node, session.subject), node.clock.now()
    phone = [advise_phone(usage, certificates, now) for usage in USAGES]
    return page("portal/revoke_done.html", phone=phone)


HANDLERS = (my_media, where_question, choose_where, phone_is_back, check, sign, revoked)
