"""The monitor: one line a thing that can go wrong, and the day in numbers."""

from litestar import get

from tegata.actors.jlis.pages.common import SEEN_BY_STAFF
from tegata.actors.jlis.service import figures
from tegata.actors.jlis.service.four_information import ACTION
from tegata.node.node import Node
from tegata.node.web.shell import Page, page


@get("/", guards=[SEEN_BY_STAFF], sync_to_thread=True)
def monitor(node: Node) -> Page:
    """The first page."""
    return page(
        "monitor.html",
        checks=figures.checks(node),
        totals=figures.totals(node),
        usage_names=figures.USAGE_NAMES,
        outcomes=figures.outcomes(node, ACTION),
    )
