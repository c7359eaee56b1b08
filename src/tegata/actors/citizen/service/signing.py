"""Signing with a card, by APDUs: the one way in which a citizen signs anything in this network."""

from collections.abc import Callable
from typing import TypeVar

from cryptography import x509

from tegata.actors.citizen.problems import (
    CARD_CONTENT,
    CARD_FAILED,
    MALFORMED_PIN,
    NO_CERTIFICATE,
    PIN_BLOCKED,
    WRONG_PIN,
)
from tegata.actors.citizen.service import cards, memory
from tegata.actors.citizen.tables import CardRow
from tegata.card import (
    Card,
    CardClient,
    CardContentRefused,
    CardError,
    CardFailure,
    MalformedPin,
    PinBlocked,
    WrongPin,
)
from tegata.card.status import Status
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.pki.documents import sign_document
from tegata.wire.certificates import Usage
from tegata.wire.problems import Refused

T = TypeVar("T")


def sign_with_card(node: Node, holder: str, usage: Usage, pin: str, payload: bytes, *, asker: str = "") -> str:
    """The payload signed with the newest card of a person (``holder``: their id or resident code), as a compact JWS.

    ``asker`` is told in the audit. Raises ``Refused``: not-found, card-wrong-pin (``tries_left``), card-pin-blocked,
    card-malformed-pin, card-without-certificate.
    """
    with node.database.read() as session:
        card_id = cards.newest_card(session, holder).card_id
    return sign(node, card_id, usage, pin, payload, asker=asker)


def sign(node: Node, card_id: str, usage: Usage, pin: str, payload: bytes, *, asker: str = "") -> str:
    """The same with a given card. Whatever comes of it, the tries that are left are stored."""

    def work(client: CardClient) -> str:
        certificate = read_certificate(client, usage, pin)
        return sign_document(payload, lambda data: client.sign(usage, pin, data), certificate)

    return use(node, card_id, work, action="signed", detail={"usage": usage, "asker": asker})


def change_pin(node: Node, card_id: str, usage: Usage, old: str, new: str) -> None:
    """The holder changes a PIN, and remembers it in a demonstration. Raises as :func:`sign_with_card`."""

    def note(tx: Transaction) -> None:
        if node.settings.demonstration:
            memory.remember(tx, card_id, usage, new)

    use(
        node, card_id, lambda client: client.change_pin(usage, old, new), action="pin-changed",
        detail={"usage": usage}, then=note,
    )  # fmt: skip


def use(
    node: Node,
    card_id: str,
    work: Callable[[CardClient], T],
    *,
    action: str,
    detail: dict[str, str],
    then: Callable[[Transaction], None] = lambda _tx: None,
) -> T:
    """Do something with a card that lies on the reader; what it holds afterwards is stored. Raises ``Refused``.

    ``then`` is done in the same transaction, once the card has not refused.
    """
    with node.database.begin() as tx:
        row = cards.card_row(tx.session, card_id)
        card = Card.load(row.image)
        outcome = _attempt(CardClient(card.transmit, extended=True), work)
        cards.store(row, card)
        row.used_at = tx.now
        code = outcome.code if isinstance(outcome, Refused) else "done"
        tx.record(action, subject=row.person_id, who="holder", detail={**detail, "card": card_id, "outcome": code})
        if not isinstance(outcome, Refused):
            then(tx)
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def read_certificate(client: CardClient, usage: Usage, pin: str) -> x509.Certificate:
    """The certificate of a usage; the sign certificate opens with the password. Raises what the card says."""
    try:
        return client.read_certificate(usage, pin if usage == "sign" else None)
    except CardError as error:
        if error.sw == Status.FILE_NOT_FOUND:
            raise Refused(NO_CERTIFICATE) from error
        raise


def tries_left(row: CardRow, usage: Usage) -> int:
    """How often the PIN of a usage may still be wrong. Raises ``Refused`` (card-without-certificate)."""
    try:
        return CardClient(Card.load(row.image).transmit).pin_tries(usage)
    except CardError as error:
        if error.sw == Status.FILE_NOT_FOUND:
            raise Refused(NO_CERTIFICATE) from error
        raise refusal_of(error) from error


def can(row: CardRow, usage: Usage) -> bool:
    """Whether a card has what a usage needs: its PIN is written together with key and certificate."""
    try:
        tries_left(row, usage)
    except Refused:
        return False
    return True


def _attempt(client: CardClient, work: Callable[[CardClient], T]) -> T | Refused:
    try:
        return work(client)
    except CardFailure as failure:
        return refusal_of(failure)
    except Refused as refused:
        return refused


def refusal_of(failure: CardFailure) -> Refused:
    """What a card says, as a refusal."""
    if isinstance(failure, WrongPin):
        return (
            Refused(PIN_BLOCKED) if failure.tries_left == 0 else Refused(WRONG_PIN, {"tries_left": failure.tries_left})
        )
    if isinstance(failure, PinBlocked):
        return Refused(PIN_BLOCKED)
    if isinstance(failure, MalformedPin):
        return Refused(MALFORMED_PIN)
    if isinstance(failure, CardContentRefused):
        return Refused(CARD_CONTENT)
    return Refused(CARD_FAILED, {"status": f"{failure.sw:04x}"} if isinstance(failure, CardError) else {})
