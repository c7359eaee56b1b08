"""What a phone asks the portal: an answer counts, silence does not, and a refusal ends what was asked for."""

from typing import Any, Literal, TypeVar

import msgspec

from tegata.actors.citizen.rules import Held
from tegata.actors.citizen.service import cards
from tegata.actors.citizen.service.phones import shelf
from tegata.node.node import Node
from tegata.wire.certificates import CertificateState
from tegata.wire.endpoint import Endpoint
from tegata.wire.phones import STATES
from tegata.wire.problems import NOT_FOUND, REGISTRY, TOO_MANY, ProblemType, Refused

RequestT = TypeVar("RequestT")
AnswerT = TypeVar("AnswerT")


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an application or an order. ``waiting``: nobody answered yet, it can be taken up again."""

    state: Literal["done", "refused", "waiting"]
    refusal: ProblemType | None = None


def ended(state: str, refusal: str | None) -> Outcome:
    """The outcome of one that is over, as its row tells it."""
    return Outcome(state="done" if state == "done" else "refused", refusal=REGISTRY.get(refusal or ""))


def ask(node: Node, endpoint: Endpoint[RequestT, AnswerT], body: RequestT) -> AnswerT | ProblemType | None:
    """The answer, the refusal that ends what was asked for, or None: nobody answered, and it is to be asked again."""
    try:
        return node.call(endpoint, body)
    except Refused as refused:
        return refused.type if is_final(refused, endpoint) else None


def is_final(refused: Refused, endpoint: Endpoint[Any, Any]) -> bool:
    """Whether asking the same again could only be refused again.

    What the endpoint names is an answer of J-LIS; a server that fails, is busy, or has no such door is none.
    """
    if refused.type.status >= 500 or refused.type is TOO_MANY:
        return False
    return refused.type in endpoint.raises or refused.type is not NOT_FOUND


def hear(node: Node, phone_id: str) -> bool:
    """Ask how the phone's certificates stand, and keep it; False where nobody answered. Raises NOT_FOUND.

    A phone that never had any asks nobody: nobody has heard of it.
    """
    if not any(one.on_phone or one.state for one in held(node, phone_id)):
        return True
    try:
        states = node.call(STATES, path={"phone_id": phone_id}).items
    except Refused as refused:
        if refused.type is not NOT_FOUND:
            return False
        states = []
    with node.database.begin() as tx:
        shelf.keep_known(shelf.phone_row(tx.session, phone_id), states, tx.now)
    return True


def merged(before: list[CertificateState], news: list[CertificateState]) -> list[CertificateState]:
    """What was known, with what an answer says of some of it."""
    told = {(state.usage, state.serial): state for state in (*before, *news)}
    return list(told.values())


def held(node: Node, phone_id: str) -> list[Held]:
    """The phone's certificates as they were last heard of. Raises NOT_FOUND."""
    with node.database.read() as session:
        return shelf.held_of(cards.card_row(session, phone_id), shelf.phone_row(session, phone_id))
