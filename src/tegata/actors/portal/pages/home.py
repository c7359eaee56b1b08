"""The first page: what to do now."""

from typing import Any

from litestar import get

from tegata.actors.portal.pages.common import Browser
from tegata.actors.portal.rules.certificates import Advice, advise
from tegata.actors.portal.rules.phones import advise_phone
from tegata.actors.portal.service import consents, passing_on, reminders, services
from tegata.actors.portal.service.people import KIND
from tegata.node.node import Node
from tegata.node.web.shell import Page, page
from tegata.node.web.visit import visit_of
from tegata.pki.profiles import USAGES
from tegata.wire.problems import CONFLICT, REGISTRY, Refused


@get("/", sync_to_thread=True)
def home(request: Browser, node: Node) -> Page:
    """For someone who is logged in what needs doing; for everyone else what the portal is."""
    session = visit_of(request).session
    if session is None or session.kind != KIND:
        return page("portal/welcome.html")
    return page("portal/home.html", **_situation(node, session.subject))


def _situation(node: Node, sub: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "waiting": passing_on.waiting(node, sub),
        "refused": [(row, REGISTRY.get(row.outcome or "", CONFLICT)) for row in passing_on.refused_later(node, sub)],
        "reminders": reminders.shown(node, sub),
    }
    try:
        return told | {"down": None, "advices": _advices(node, sub), "consents": _active(node, sub)}
    except Refused as refused:
        if not passing_on.unavailable(refused):
            raise
        return told | {"down": refused.type, "advices": [], "consents": 0}


def _advices(node: Node, sub: str) -> list[Advice]:
    certificates, now = consents.certificates(node, sub), node.clock.now()
    advices = [tell(usage, certificates, now) for tell in (advise, advise_phone) for usage in USAGES]
    return [advice for advice in advices if advice.needs_action]


def _active(node: Node, sub: str) -> int:
    return sum(consent.state == "active" for consent in consents.of_person(node, sub))


@get("/developers", sync_to_thread=True)
def developers(node: Node) -> Page:
    """How a service lets people log in here; in a demonstration with a service to try it with."""
    shown = services.sample(node) if node.settings.demonstration else None
    return page("portal/developers.html", sample=shown)


HANDLERS = (home, developers)
