"""What others call at the portal: letters announced, what the citizen's reader fetches, and what phones send."""

from typing import Any, Final

from litestar import Request

from tegata.actors.portal.service import card_requests, invitations, phones
from tegata.node.node import Node
from tegata.node.oauth import Caller
from tegata.node.web.login import origin_of
from tegata.node.web.serving import Reply, serve
from tegata.wire.endpoint import Endpoint, Identifier
from tegata.wire.invitations import OFFER, Offer, OfferReceipt
from tegata.wire.phones import APPLY, ORDER, STATES, SignedApplication, SignedOrder
from tegata.wire.problems import NOT_FOUND
from tegata.wire.reader import FETCH_PATH, SigningRequest
from tegata.wire.text import Text

NO_STORE: Final = {"Cache-Control": "no-store"}

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
    return Reply(body=body, headers=NO_STORE)


@serve(APPLY)
def apply(node: Node, request: Request[Any, Any, Any], data: SignedApplication) -> Reply:
    """A phone applies for its certificates (SP-01); open, as the card's signature is what counts."""
    return Reply(body=phones.apply(node, data, origin_of(request)), headers=NO_STORE)


@serve(ORDER)
def order(node: Node, request: Request[Any, Any, Any], data: SignedOrder) -> Reply:
    """A phone's certificates are revoked or resumed (SP-03, SP-05); open, as the signature is what counts."""
    return Reply(body=phones.order(node, data, origin_of(request)), headers=NO_STORE)


@serve(STATES)
def states(node: Node, request: Request[Any, Any, Any], phone_id: Identifier) -> Reply:
    """The state of a phone's certificates; the id is known to the phone only."""
    return Reply(body=phones.states(node, phone_id, origin_of(request)), headers=NO_STORE)


HANDLERS = (offer, card_request, apply, order, states)
