"""What the municipality's terminal calls: a blank card, a card connected, APDUs."""

from tegata.actors.citizen.service import cards
from tegata.node.node import Node
from tegata.node.oauth import Caller
from tegata.node.web.serving import serve
from tegata.wire import cards as wire
from tegata.wire.cards import BlankCard, CardOnTerminal, Commands, Responses
from tegata.wire.endpoint import Identifier


@serve(wire.TAKE_BLANK)
def take_blank(node: Node, caller: Caller, data: BlankCard) -> CardOnTerminal:
    """A card from the stock, for a holder."""
    return CardOnTerminal(card_id=cards.take_blank(node, data, caller.client_id))


@serve(wire.CONNECT)
def connect(node: Node, card_id: Identifier) -> CardOnTerminal:
    """A card is put on the terminal: it is reset."""
    cards.connect(node, card_id)
    return CardOnTerminal(card_id=card_id)


@serve(wire.TRANSMIT)
def transmit(node: Node, caller: Caller, card_id: Identifier, data: Commands) -> Responses:
    """Command APDUs and their answers."""
    return Responses(responses=cards.transmit(node, card_id, data, caller.client_id))


HANDLERS = (take_blank, connect, transmit)
