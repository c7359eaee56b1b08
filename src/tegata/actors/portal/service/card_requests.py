"""What a page asks the card to sign: kept, shown to the reader, answered once, in the browser that began it."""

import base64
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, cast
from urllib.parse import urlencode

import msgspec
from sqlalchemy import delete, or_

from tegata.actors.portal.problems import CARD_REQUEST_ANSWERED, CARD_REQUEST_OVER
from tegata.actors.portal.tables import CardRequestRow
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.pki.documents import DocumentRefused, read_document
from tegata.wire.certificates import Usage
from tegata.wire.consents import BAD_SIGNATURE, WRONG_STATEMENT
from tegata.wire.problems import NOT_FOUND, Refused
from tegata.wire.reader import FETCH_PATH, OTHER_BROWSER, READER_PATH, RETURN_PATH, ReaderAnswer, SigningRequest
from tegata.wire.text import Text

Kind = Literal["login", "consent", "withdrawal", "phone-revocation"]
DONE = "done"
RESULT_PATH = "/card-requests/{request_id}/result"
BROWSER = "browser"
KEPT = timedelta(days=1)
"""How long a request is kept that nobody answered, or that was a login."""

RESULT_KEPT = timedelta(days=7)
"""How long the person can look at what came of a signature."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What goes on afterwards: the page to go to, the letter or consent it is about, the login's nonce."""

    next: str = "/"
    code: str = ""
    consent_id: str = ""
    nonce: str = ""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the card is to sign: ``payload`` as it is; title and summary are shown by the reader."""

    kind: Kind
    usage: Usage
    title: Text
    summary: list[Text]
    payload: bytes
    sub: str | None = None
    context: Context = field(default_factory=Context)


def ask(node: Node, wanted: Wanted, browser: str) -> str:
    """Keep the request; returns the reader's address, where the browser goes on."""
    request_id = secrets.token_urlsafe(24)
    shown = {"title": wanted.title, "summary": wanted.summary}
    with node.database.begin() as tx:
        tx.session.add(
            CardRequestRow(
                request_id=request_id, kind=wanted.kind, usage=wanted.usage, sub=wanted.sub,
                browser=node.fingerprint(BROWSER, browser), shown=msgspec.to_builtins(shown), payload=wanted.payload,
                context=msgspec.to_builtins(wanted.context), created_at=tx.now,
                expires_at=tx.now + node.own.card_time,
            )
        )  # fmt: skip
    query = urlencode({"request_uri": node.base_url + FETCH_PATH.format(request_id=request_id)})
    return f"{reader(node)}?{query}"


def reader(node: Node) -> str:
    """The address of the citizen's reader."""
    return node.settings.base_url_of("citizen") + READER_PATH


def signing_request(node: Node, request_id: str) -> SigningRequest:
    """What the reader shows and signs. Raises NOT_FOUND for a request that is unknown, answered or over."""
    with node.database.read() as session:
        row = session.get(CardRequestRow, request_id)
    if row is None or row.returned_at is not None or row.expires_at <= node.clock.now():
        raise Refused(NOT_FOUND)
    shown = row.shown
    return SigningRequest(
        request_id=request_id, usage=cast("Usage", row.usage), asker=node.spec.title,
        title=msgspec.convert(shown["title"], Text), summary=msgspec.convert(shown["summary"], list[Text]),
        payload=base64.b64encode(row.payload).decode("ascii"),
        return_url=node.base_url + RETURN_PATH.format(request_id=request_id), expires_at=row.expires_at,
    )  # fmt: skip


def take(node: Node, request_id: str, answer: ReaderAnswer) -> None:
    """Take what the reader brought back, once; the same answer again changes nothing.

    Raises NOT_FOUND, CARD_REQUEST_OVER, CARD_REQUEST_ANSWERED, BAD_SIGNATURE, or WRONG_STATEMENT where something else
    was signed than what was asked for.
    """
    with node.database.begin() as tx:
        row = tx.session.get(CardRequestRow, request_id)
        if row is None or answer.request_id != request_id or (answer.response is None) == (answer.error is None):
            raise Refused(NOT_FOUND)
        if row.returned_at is not None:
            _check_same(row, answer)
            return
        if row.expires_at <= tx.now:
            raise Refused(CARD_REQUEST_OVER)
        if answer.response is not None:
            _check_payload(row, answer.response)
        row.returned_at, row.document, row.error = tx.now, answer.response, answer.error
        if answer.error is not None:
            row.closed_at, row.outcome = tx.now, answer.error


def _check_same(row: CardRequestRow, answer: ReaderAnswer) -> None:
    """The browser may send its form again while the document is still here."""
    if (row.document, row.error) != (answer.response, answer.error):
        raise Refused(CARD_REQUEST_ANSWERED)


def _check_payload(row: CardRequestRow, document: str) -> None:
    try:
        signed = read_document(document)
    except DocumentRefused as refused:
        raise Refused(BAD_SIGNATURE, {"cause": refused.code}) from refused
    if signed.payload != row.payload:
        raise Refused(WRONG_STATEMENT, {"field": "payload"})


def answered(node: Node, request_id: str, browser: str) -> CardRequestRow:
    """The request with its answer, for the browser that began it.

    Raises NOT_FOUND where there is none or the reader has not answered yet, and OTHER_BROWSER.
    """
    with node.database.read() as session:
        row = session.get(CardRequestRow, request_id)
    if row is None or row.returned_at is None:
        raise Refused(NOT_FOUND)
    if not secrets.compare_digest(row.browser, node.fingerprint(BROWSER, browser)):
        raise Refused(OTHER_BROWSER)
    return row


def context_of(row: CardRequestRow) -> Context:
    """What goes on after a request."""
    return msgspec.convert(row.context, Context)


def close(tx: Transaction, request_id: str, outcome: str, consent_id: str | None = None) -> bool:
    """Note what came of a request, once, and forget the document; False where it was closed before."""
    row = tx.session.get_one(CardRequestRow, request_id)
    if row.closed_at is not None:
        return False
    row.closed_at, row.outcome, row.consent_id, row.document = tx.now, outcome, consent_id, None
    return True


def forget(node: Node) -> None:
    """Delete requests that are over; what was signed and waits for J-LIS stays."""
    with node.database.begin() as tx:
        passing = CardRequestRow.returned_at.is_(None) | (CardRequestRow.kind == "login")
        over = passing & (CardRequestRow.expires_at < tx.now - KEPT)
        tx.session.execute(delete(CardRequestRow).where(or_(over, CardRequestRow.closed_at < tx.now - RESULT_KEPT)))
