"""What is printed on a card, as whoever holds it sees it: no PIN, no reader, no try spent."""

import base64

import msgspec

from tegata.actors.citizen.problems import CARD_CONTENT
from tegata.actors.citizen.service import cards
from tegata.card import CardContentRefused, Front, printed_back, printed_front
from tegata.card.portrait import as_png
from tegata.japan.dates import birth_date_text
from tegata.node.node import Node
from tegata.wire.problems import Refused
from tegata.wire.text import Text


class Printed(msgspec.Struct, frozen=True, kw_only=True):
    """The front of a card; ``photo`` is an address (``data:``) that a browser shows."""

    front: Front
    birth_date: Text
    photo: str


def front_of(node: Node, card_id: str) -> Printed | None:
    """The front of a card; None where nothing, or nothing readable, has been printed. Raises NOT_FOUND."""
    with node.database.read() as session:
        image = cards.card_row(session, card_id).image
    try:
        front = printed_front(image)
        return None if front is None else _shown(front)
    except CardContentRefused:
        return None


def _shown(front: Front) -> Printed:
    photo = f"data:image/png;base64,{base64.b64encode(as_png(front.photo)).decode()}"
    birth_date = Text(birth_date_text(front.birth_date), birth_date_text(front.birth_date, "en"))
    return Printed(front=front, birth_date=birth_date, photo=photo)


def turn_over(node: Node, card_id: str) -> str | None:
    """The My Number on the back of a card; each look is in the audit log. Raises NOT_FOUND and CARD_CONTENT."""
    with node.database.begin() as tx:
        row = cards.card_row(tx.session, card_id)
        try:
            number = printed_back(row.image)
        except CardContentRefused as refused:
            raise Refused(CARD_CONTENT) from refused
        tx.record("card-turned-over", subject=row.person_id, who="citizen", detail={"card": card_id})
    return number
