"""The PIN and the password of a phone, changed by their holder in the app (SP-06: what to do without them)."""

from tegata.actors.citizen.problems import PIN_BLOCKED
from tegata.actors.citizen.service import signing
from tegata.actors.citizen.service.phones import biometrics, shelf
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.wire.certificates import Usage
from tegata.wire.problems import Refused


def change(node: Node, phone_id: str, usage: Usage, old: str, new: str) -> None:
    """Change one; biometrics that stand in for the PIN keep the new one. Raises ``Refused``, as the element says.

    A PIN that is blocked by this turns biometrics off.
    """
    with node.database.read() as session:
        shelf.here(session, phone_id)

    def keep(tx: Transaction, _outcome: None) -> None:
        row = shelf.here(tx.session, phone_id)
        if usage == "auth" and row.kept_pin is not None:
            row.kept_pin = new

    try:
        signing.change_pin(node, phone_id, usage, old, new, then=keep)
    except Refused as refused:
        if usage == "auth" and refused.type is PIN_BLOCKED:
            biometrics.turn_off(node, phone_id)
        raise


def unlock(node: Node, phone_id: str, pin: str) -> None:
    """Open the app by its PIN. Raises ``Refused``, as the element says; not-found, phone-not-here."""
    with node.database.read() as session:
        shelf.here(session, phone_id)
    signing.use(node, phone_id, lambda client: client.verify_pin("auth", pin), action="unlocked", detail={})
