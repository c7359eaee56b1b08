"""Signing with a card or a phone, by APDUs: the one way in which a citizen signs anything in this network."""

from collections.abc import Callable
from typing import TypeVar

from cryptography import x509

from tegata.actors.citizen.problems import (
    CARD_CONTENT,
    CARD_FAILED,
    MALFORMED_PIN,
    NO_CERTIFICATE,
    PHONE_WITHOUT_CERTIFICATE,
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
from tegata.wire.problems import ProblemType, Refused

T = TypeVar("T")


def _nothing(_tx: Transaction, _outcome: object) -> None:
    """Nothing more to do."""


def sign_with_card(node: Node, holder: str, usage: Usage, pin: str, payload: bytes, *, asker: str = "") -> str:
    """The payload signed with the newest card of a person (``holder``: their id or resident code), as a compact JWS.

    ``asker`` is told in the audit. Raises ``Refused``: not-found, card-wrong-pin (``tries_left``), card-pin-blocked,
    card-malformed-pin, card-without-certificate.
    """
    with node.database.read() as session:
        card_id = cards.newest_card(session, holder).card_id
    return sign(node, card_id, usage, pin, payload, asker=asker)


def sign(
    node: Node,
    card_id: str,
    usage: Usage,
    pin: str,
    payload: bytes,
    *,
    asker: str = "",
    then: Callable[[Transaction, str], None] = _nothing,
) -> str:
    """The same with a given card or phone. Whatever comes of it, the tries that are left are stored.

    ``then`` gets the document, as in :func:`use`. Raises also phone-without-certificate.
    """

    def work(client: CardClient) -> str:
        certificate = read_certificate(client, usage, pin)
        return sign_document(payload, lambda data: client.sign(usage, pin, data), certificate)

    return use(node, card_id, work, action="signed", detail={"usage": usage, "asker": asker}, then=then)


def change_pin(
    node: Node, card_id: str, usage: Usage, old: str, new: str, *, then: Callable[[Transaction, None], None] = _nothing
) -> None:
    """The holder changes a PIN, and remembers it in a demonstration. Raises as :func:`sign_with_card`."""

    def note(tx: Transaction, outcome: None) -> None:
        if node.settings.demonstration:
            memory.remember(tx, card_id, usage, new)
        then(tx, outcome)

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
    then: Callable[[Transaction, T], None] = _nothing,
) -> T:
    """Do something with a card that lies on the reader; what it holds afterwards is stored. Raises ``Refused``.

    ``then`` is done in the same transaction with what came of it, once the card has not refused.
    """
    with node.database.begin() as tx:
        row = cards.card_row(tx.session, card_id)
        card = Card.load(row.image)
        outcome = _of_medium(_attempt(CardClient(card.transmit, extended=True), work), row.medium)
        cards.store(row, card)
        row.used_at = tx.now
        code = outcome.code if isinstance(outcome, Refused) else "done"
        tx.record(action, subject=row.person_id, who="holder", detail={**detail, "card": card_id, "outcome": code})
        if not isinstance(outcome, Refused):
            then(tx, outcome)
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def read_certificate(client: CardClient, usage: Usage, pin: str | None) -> x509.Certificate:
    """The certificate of a usage; all but a card's auth certificate open with the PIN. Raises what the card says.

    That there is none is found out first: no try is spent on a PIN that opens nothing.
    """
    if not client.has_certificate(usage):
        raise Refused(NO_CERTIFICATE)
    return client.read_certificate(usage, pin)


def tries_left(row: CardRow, usage: Usage) -> int:
    """How often the PIN of a usage may still be wrong.

    Raises ``Refused`` (card-without-certificate, phone-without-certificate).
    """
    try:
        return CardClient(Card.load(row.image).transmit).pin_tries(usage)
    except CardError as error:
        if error.sw == Status.FILE_NOT_FOUND:
            raise Refused(missing(row.medium)) from error
        raise refusal_of(error) from error


def can(row: CardRow, usage: Usage) -> bool:
    """Whether a card or phone has what a usage needs: certificate, key and PIN, seen without the PIN."""
    client = CardClient(Card.load(row.image).transmit)
    try:
        client.pin_tries(usage)
    except CardFailure:
        return False
    return client.has_certificate(usage)


def missing(medium: str) -> ProblemType:
    """The refusal of a card, or a phone, that has not the certificate that is needed."""
    return PHONE_WITHOUT_CERTIFICATE if medium == "phone" else NO_CERTIFICATE


def _of_medium(outcome: T | Refused, medium: str) -> T | Refused:
    lacking = isinstance(outcome, Refused) and outcome.type is NO_CERTIFICATE
    return Refused(missing(medium)) if lacking else outcome


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
