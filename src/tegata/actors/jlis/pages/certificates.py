"""A certificate by its serial number: its chain old → new, and its states in time. Nothing personal is shown."""

from typing import Any

from litestar import Request, get

from tegata.actors.jlis.pages.common import SEEN_BY_STAFF, partition_title, read_wanted
from tegata.actors.jlis.service import history
from tegata.node.node import Node
from tegata.node.web.shell import Page, page


@get("/find", guards=[SEEN_BY_STAFF], sync_to_thread=True)
def find(request: Request[Any, Any, Any], node: Node) -> Page:
    """Find a certificate."""
    wanted = read_wanted(request)
    found = None if wanted.serial is None else history.of_certificate(node, wanted.usage, wanted.serial)
    return page(
        "find.html",
        status=422 if wanted.form.errors else 200,
        form=wanted.form,
        wanted=wanted,
        found=found,
        issued_by=partition_title(found.municipality_code) if found else None,
    )
