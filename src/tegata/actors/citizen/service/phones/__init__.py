"""Phones in the drawer and the app on them (rules SP-01 to SP-06): for stories, commands and tests, the short ways."""

from collections.abc import Sequence

from tegata.actors.citizen.service import cards, signing
from tegata.actors.citizen.service.phones import applications, orders, shelf
from tegata.actors.citizen.service.phones.shelf import come_back, get, hand_over, look, reset
from tegata.actors.citizen.service.phones.talk import Outcome, hear
from tegata.node.node import Node
from tegata.wire.certificates import Usage
from tegata.wire.phones import Action, Occasion

__all__ = [
    "Outcome", "apply", "come_back", "get", "hand_over", "hear", "look", "order", "reset", "sign_with_phone",
]  # fmt: skip


def apply(node: Node, holder: str, phone_id: str, *, card_password: str, password: str, pin: str) -> Outcome:
    """Apply for a phone's certificates with the newest card of its holder (their id or resident code).

    ``password`` and ``pin`` are those of the phone from then on. Raises ``Refused``: of the card, card-malformed-pin,
    not-found, phone-has-something-open. An outcome of ``waiting`` is taken up again by ``applications.pass_on``.
    """
    with node.database.read() as session:
        card_id = cards.newest_card(session, holder).card_id
    applications.begin(node, phone_id, card_id)
    applications.choose_pin(node, phone_id, "sign", password)
    applications.choose_pin(node, phone_id, "auth", pin)
    return applications.pass_on(node, applications.sign(node, phone_id, card_password))


def order(
    node: Node, phone_id: str, action: Action, *, occasion: Occasion, secret: str, usages: Sequence[Usage] = ()
) -> Outcome:  # fmt: skip
    """Revoke or resume certificates of a phone; without ``usages`` all that can be.

    ``secret`` is the phone's password, or its PIN where no signature certificate is left. Raises ``Refused``.
    """
    hear(node, phone_id)
    wanted = usages or orders.allowed(node, phone_id, action)
    return orders.pass_on(node, orders.sign(node, phone_id, action, wanted, occasion, secret))


def sign_with_phone(node: Node, holder: str, usage: Usage, secret: str, payload: bytes, *, asker: str = "") -> str:
    """The payload signed with the newest phone that a person has (their id or resident code), as a compact JWS.

    Raises ``Refused``: not-found, card-wrong-pin (``tries_left``), card-pin-blocked, card-malformed-pin,
    phone-without-certificate.
    """
    with node.database.read() as session:
        phone_id = shelf.newest_of(session, holder)
    return signing.sign(node, phone_id, usage, secret, payload, asker=asker)
