"""The back of a card, which shows My Number: a page of its own, so that nobody sees it by chance."""

from litestar import get
from litestar.params import FromPath

from tegata.actors.citizen.service import drawer, printed
from tegata.node.node import Node
from tegata.node.web.shell import Page, page


@get("/cards/{card_id:str}/back", sync_to_thread=True)
def back_page(node: Node, card_id: FromPath[str]) -> Page:
    """The card turned over."""
    return page("card_back.html", opened=drawer.open_card(node, card_id), number=printed.turn_over(node, card_id))


HANDLERS = (back_page,)
