"""What other actors call at the portal: letters announced, and what the citizen's reader fetches."""

from tegata.actors.portal.service import card_requests, invitations
from tegata.node.node import Node
from tegata.node.oauth import Caller
from tegata.node.web.serving import Reply, serve
from tegata.wire.endpoint import Endpoint, Identifier
from tegata.wire.invitations import OFFER, Offer, OfferReceipt
from tegata.wire.problems import NOT_FOUND
from tegata.wire.reader import FETCH_PATH, SigningRequest
from tegata.wire.text import Text

CARD_REQUEST: Endpoint[None, SigningRequest] = Endpoint(
    to="portal",
    method="GET",
    path=FETCH_PATH,
    request=None,
    response=SigningRequest,
    scope="",
    label=Text("署名の依頼", "Signing request"),
    raises=(NOT_FOUND,),
)


@serve(OFFER)
def offer(node: Node, caller: Caller, data: Offer) -> OfferReceipt:
    """Letters that a relying party will send (FI-10)."""
    return invitations.offer(node, data.invitations, caller.client_id)


@serve(CARD_REQUEST)
def card_request(node: Node, request_id: Identifier) -> Reply:
    """What the card is asked to sign; the id is known to the person's browser only."""
    body = card_requests.signing_request(node, request_id)
    return Reply(body=body, headers={"Cache-Control": "no-store"})


HANDLERS = (offer, card_request)
