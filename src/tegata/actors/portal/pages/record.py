"""誰が見たか."""

from datetime import datetime

from litestar import get
from litestar.params import FromQuery

from tegata.actors.portal.pages.common import CITIZEN, LOGIN
from tegata.actors.portal.service import accesses, consents
from tegata.node.node import Node
from tegata.node.web.sessions import WebSession
from tegata.node.web.shell import Page, page
from tegata.wire.problems import INVALID, Refused


@get("/accesses", guards=CITIZEN, opt=LOGIN, sync_to_thread=True)
def who_saw(
    node: Node, session: WebSession, cursor: FromQuery[str | None] = None, before: FromQuery[str | None] = None
) -> Page:
    """Who got what, why, on what ground, when; a consent that still counts can be withdrawn from here."""
    try:
        until = datetime.fromisoformat(before) if before else None
    except ValueError as error:
        raise Refused(INVALID, {"field": "before"}) from error
    if until is not None and until.tzinfo is None:
        raise Refused(INVALID, {"field": "before"})
    record = accesses.record(node, session.subject, cursor=cursor, before=until)
    active = {each.consent_id for each in consents.of_person(node, session.subject) if each.state == "active"}
    return page("portal/accesses.html", record=record, active=active)


HANDLERS = (who_saw,)
