"""What the pages share."""

from typing import Any, Final

from litestar import Request

from tegata.actors.call_centre.pages import words
from tegata.actors.call_centre.rules.menus import Menu, Opening, menus, opening
from tegata.node.node import Node
from tegata.node.web.guards import staff_only
from tegata.wire.text import Text

Browser = Request[Any, Any, Any]

OPERATOR: Final = [staff_only("operator")]
STAFF: Final = [staff_only("operator", "supervisor")]


def menus_now(node: Node) -> list[tuple[Menu, Opening, list[Text]]]:
    """Every menu, whether it is open now, and its hours."""
    now = node.clock.now()
    return [(menu, opening(menu, now), words.hours_of(menu, now.date())) for menu in menus().values()]
