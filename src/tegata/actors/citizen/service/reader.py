"""The reader: a request is laid on it, a card or a phone is chosen, a PIN is typed, the answer goes back.

Each PIN form counts once: who presses twice, or goes back and sends a form again, spends no further try of the card,
and gets the same answer again where there is one.
"""

import secrets
from datetime import timedelta

import msgspec
from sqlalchemy import delete

from tegata.actors.citizen.problems import NO_BIOMETRICS, REQUEST_OVER
from tegata.actors.citizen.service import cards, requests, signing
from tegata.actors.citizen.service.phones import biometrics, shelf
from tegata.actors.citizen.tables import CardRow, ReadingRow
from tegata.node.node import Node
from tegata.wire.problems import CONFLICT, NOT_FOUND, Refused
from tegata.wire.reader import ReaderAnswer, ReaderError, SigningRequest

KEPT = timedelta(days=1)
"""How long a request that is over is kept, for who goes back in the browser."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A request on the reader, with the card that was chosen and the answer, if there is one."""

    reading_id: str
    peer: str
    request: SigningRequest
    card_id: str | None
    attempt: int
    answer: ReaderAnswer | None


def open_reading(node: Node, request_uri: str) -> Reading:
    """Fetch a request and lay it on the reader. Raises as :func:`requests.fetch`."""
    fetched = requests.fetch(node, request_uri)
    with node.database.begin() as tx:
        tx.session.execute(delete(ReadingRow).where(ReadingRow.expires_at < tx.now - KEPT))
        row = ReadingRow(
            reading_id=secrets.token_urlsafe(24), peer=fetched.peer, card_id=None, answer=None, attempt=1,
            request=msgspec.json.encode(fetched.request).decode(), opened_at=tx.now,
            expires_at=fetched.request.expires_at,
        )  # fmt: skip
        tx.session.add(row)
    return _reading(row)


def reading(node: Node, reading_id: str) -> Reading:
    """A request on the reader. Raises NOT_FOUND, or REQUEST_OVER where it expired without an answer."""
    with node.database.read() as session:
        row = session.get(ReadingRow, reading_id)
    if row is None:
        raise Refused(NOT_FOUND)
    if row.answer is None and row.expires_at <= node.clock.now():
        raise Refused(REQUEST_OVER)
    return _reading(row)


def choose_card(node: Node, reading_id: str, card_id: str) -> Reading:
    """Lay a card or a phone on the reader.

    Raises NOT_FOUND, REQUEST_OVER, PHONE_NOT_HERE, or NO_CERTIFICATE, PHONE_WITHOUT_CERTIFICATE where it can not do it.
    """
    open_one = _unanswered(node, reading_id)
    with node.database.begin() as tx:
        card = cards.card_row(tx.session, card_id)
        if card.medium == "phone":
            shelf.here(tx.session, card_id)
        if not signing.can(card, open_one.request.usage):
            raise Refused(signing.missing(card.medium))
        row = tx.session.get_one(ReadingRow, reading_id)
        row.card_id = card_id
    return _reading(row)


def enter_pin(node: Node, reading_id: str, attempt: int, pin: str) -> Reading:
    """Sign with the chosen card or phone. A form that was sent before gives the answer of then, or CONFLICT if none.

    Raises ``Refused`` as :func:`signing.sign`, and PHONE_NOT_HERE for a phone that went away meanwhile.
    """
    with node.database.begin() as tx:
        row = tx.session.get(ReadingRow, reading_id)
        if row is None or row.card_id is None:
            raise Refused(NOT_FOUND)
        if cards.card_row(tx.session, row.card_id).medium == "phone":
            shelf.here(tx.session, row.card_id)
        before = _reading(row)
        if before.answer is not None:
            return before
        if row.expires_at <= tx.now:
            raise Refused(REQUEST_OVER)
        if row.attempt != attempt:
            raise Refused(CONFLICT, {"attempt": row.attempt})
        row.attempt += 1
    request, card_id = before.request, row.card_id
    signed = signing.sign(node, card_id, request.usage, pin, requests.payload_of(request), asker=before.peer)
    return _answer(node, reading_id, ReaderAnswer(request_id=request.request_id, response=signed))


def enter_biometrics(node: Node, reading_id: str, attempt: int, answer: str) -> Reading:
    """Show who one is with the chosen phone, by biometrics in place of its PIN (SP-02); never a signature.

    Raises ``Refused``: biometrics-not-accepted, biometrics-not-possible, and as :func:`enter_pin`.
    """
    one = reading(node, reading_id)
    if one.answer is not None:
        return one
    if one.card_id is None or one.request.usage != "auth":
        raise Refused(NO_BIOMETRICS)
    pin = biometrics.pin_for(node, one.card_id, biometrics.for_reading(reading_id), answer)
    with biometrics.off_where_wrong(node, one.card_id):
        return enter_pin(node, reading_id, attempt, pin)


def give_up(node: Node, reading_id: str, error: ReaderError) -> Reading:
    """End a request without a signature; one that has an answer keeps it. Raises NOT_FOUND, REQUEST_OVER."""
    one = reading(node, reading_id)
    return _answer(node, reading_id, ReaderAnswer(request_id=one.request.request_id, error=error))


def card_of(node: Node, one: Reading) -> CardRow:
    """The card that lies on the reader. Raises NOT_FOUND where none does."""
    if one.card_id is None:
        raise Refused(NOT_FOUND)
    with node.database.read() as session:
        return cards.card_row(session, one.card_id)


def _unanswered(node: Node, reading_id: str) -> Reading:
    one = reading(node, reading_id)
    if one.answer is not None:
        raise Refused(REQUEST_OVER)
    return one


def _answer(node: Node, reading_id: str, answer: ReaderAnswer) -> Reading:
    with node.database.begin() as tx:
        row = tx.session.get_one(ReadingRow, reading_id)
        if row.answer is None:
            row.answer = msgspec.json.encode(answer).decode()
            detail = {"peer": row.peer, "outcome": answer.error or "signed"}
            tx.record("reader-answered", subject=None, who="holder", to=row.peer, detail=detail)
    return _reading(row)


def _reading(row: ReadingRow) -> Reading:
    return Reading(
        reading_id=row.reading_id,
        peer=row.peer,
        request=msgspec.json.decode(row.request, type=SigningRequest),
        card_id=row.card_id,
        attempt=row.attempt,
        answer=None if row.answer is None else msgspec.json.decode(row.answer, type=ReaderAnswer),
    )
