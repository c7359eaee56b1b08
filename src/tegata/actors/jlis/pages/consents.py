"""Consents in numbers: by relying party, by day, and how questions ended. Nothing personal is shown."""

from litestar import get

from tegata.actors.jlis.pages.common import SEEN_BY_STAFF
from tegata.actors.jlis.service import figures
from tegata.actors.jlis.service.four_information import ACTION
from tegata.node.node import Node
from tegata.node.web.shell import Page, page


@get("/consent-numbers", guards=[SEEN_BY_STAFF], sync_to_thread=True)
def consent_numbers(node: Node) -> Page:
    """The numbers (rule FI-09: as far as J-LIS needs them)."""
    return page(
        "consents.html",
        numbers=figures.consent_numbers(node),
        by_day=figures.given_by_day(node),
        outcomes=figures.outcomes(node, ACTION),
    )
