"""Revoking and resuming a phone's certificates in the app on that phone (rules SP-03, SP-05).

The order is signed and kept in one transaction, then sent under its id until it is answered; a certificate leaves the
phone once J-LIS has confirmed its revocation, and not before.
"""

import secrets
from collections.abc import Sequence
from typing import cast

import msgspec
from sqlalchemy import select

from tegata.actors.citizen import rules
from tegata.actors.citizen.problems import PHONE_BUSY
from tegata.actors.citizen.service import cards, signing
from tegata.actors.citizen.service.phones import element, shelf
from tegata.actors.citizen.service.phones.talk import Outcome, ask, ended, held, merged
from tegata.actors.citizen.tables import PhoneOrderRow
from tegata.card import Card
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.wire.certificates import CertificateState, Usage
from tegata.wire.phones import ORDER, Action, Occasion, PhoneOrder, SignedOrder
from tegata.wire.problems import CONFLICT, NOT_FOUND, ProblemType, Refused


def allowed(node: Node, phone_id: str, action: Action) -> list[Usage]:
    """The usages that can be revoked, or resumed, on this phone now. Raises NOT_FOUND."""
    now, of_phone = node.clock.now(), held(node, phone_id)
    return rules.can_be_revoked(of_phone, now) if action == "revoke" else rules.can_be_resumed(of_phone, now)


def key_for(node: Node, phone_id: str, usages: Sequence[Usage]) -> Usage:
    """Whose PIN the order is signed with. Raises NOT_FOUND."""
    return rules.signs_order(held(node, phone_id), usages, node.clock.now())


def sign(
    node: Node, phone_id: str, action: Action, usages: Sequence[Usage], occasion: Occasion, secret: str
) -> str:  # fmt: skip
    """Sign an order with the phone and keep it; returns its id. Nothing is sent yet.

    Raises ``Refused``: conflict for usages that are not to be had, phone-has-something-open, phone-not-here, and what
    the phone says (:func:`signing.sign`).
    """
    if not usages or not set(usages) <= set(allowed(node, phone_id, action)):
        raise Refused(CONFLICT, {"usages": sorted(usages)})
    order = PhoneOrder(
        order_id=f"o{secrets.token_hex(16)}", phone_id=phone_id, action=action, usages=list(usages), occasion=occasion,
        stated_at=node.clock.now(),
    )  # fmt: skip

    def keep(tx: Transaction, document: str) -> None:
        shelf.here(tx.session, phone_id)
        if _open_one(tx, phone_id) is not None:
            raise Refused(PHONE_BUSY)
        tx.session.add(
            PhoneOrderRow(
                order_id=order.order_id, phone_id=phone_id, state="signed", action=action, usages=list(usages),
                occasion=occasion, document=document, begun_at=tx.now,
            )
        )  # fmt: skip

    with node.database.read() as session:
        shelf.here(session, phone_id)
    key = key_for(node, phone_id, usages)
    signing.sign(node, phone_id, key, secret, msgspec.json.encode(order), asker="portal", then=keep)
    return order.order_id


def pass_on(node: Node, order_id: str) -> Outcome:
    """Send an order, and do on the phone what was confirmed; harmless to repeat. Raises NOT_FOUND, PHONE_NOT_HERE."""
    with node.database.read() as session:
        row = session.get(PhoneOrderRow, order_id)
        if row is None:
            raise Refused(NOT_FOUND)
        shelf.here(session, row.phone_id)
    if row.document is None:
        return ended(row.state, row.refusal)
    answer = ask(node, ORDER, SignedOrder(document=row.document))
    if answer is None:
        return Outcome(state="waiting")
    if isinstance(answer, ProblemType):
        return _end(node, order_id, refusal=answer)
    return _end(node, order_id, states=answer.items)


def of_phone(node: Node, phone_id: str, order_id: str) -> PhoneOrderRow:
    """One order of a phone. Raises NOT_FOUND."""
    with node.database.read() as session:
        row = session.get(PhoneOrderRow, order_id)
    if row is None or row.phone_id != phone_id:
        raise Refused(NOT_FOUND)
    return row


def _end(
    node: Node, order_id: str, *, states: Sequence[CertificateState] = (), refusal: ProblemType | None = None
) -> Outcome:  # fmt: skip
    with node.database.begin() as tx:
        row = tx.session.get_one(PhoneOrderRow, order_id)
        if row.state == "signed":
            row.state, row.refusal = ("refused", refusal.code) if refusal else ("done", None)
            row.document, row.ended_at = None, tx.now
            if refusal is None:
                _carry_out(node, tx, row, list(states))
            person = cards.card_row(tx.session, row.phone_id).person_id
            detail = {
                "phone": row.phone_id, "order": order_id, "action": row.action, "usages": ",".join(row.usages),
                "occasion": row.occasion, "outcome": row.refusal or "done",
            }  # fmt: skip
            tx.record("phone-order", subject=person, who="holder", detail=detail)
        return ended(row.state, row.refusal)


def _carry_out(node: Node, tx: Transaction, row: PhoneOrderRow, states: list[CertificateState]) -> None:
    phone = shelf.phone_row(tx.session, row.phone_id)
    shelf.keep_known(phone, merged(shelf.known(phone), states), tx.now)
    if row.action != "revoke":
        return
    card, usages = cards.card_row(tx.session, row.phone_id), cast("list[Usage]", row.usages)
    secure = Card.load(card.image)
    element.erase(node, row.phone_id, secure, usages)
    cards.store(card, secure)
    if "auth" in usages:
        shelf.forget_biometrics(tx, phone)


def _open_one(tx: Transaction, phone_id: str) -> PhoneOrderRow | None:
    query = select(PhoneOrderRow).where(PhoneOrderRow.phone_id == phone_id, PhoneOrderRow.state == "signed")
    return tx.session.scalar(query)
