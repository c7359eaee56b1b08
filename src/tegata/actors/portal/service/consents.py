"""Consents of the person who is logged in: seen, given by a letter, withdrawn (FI-02, FI-09, FI-10).

What the card signed is kept until J-LIS has taken or refused it: a job passes on what a silent J-LIS left behind.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import TypeVar

import msgspec
from sqlalchemy import select

from tegata.actors.portal.problems import INVITATION_USED, OTHER_CARD
from tegata.actors.portal.service import card_requests, invitations, texts
from tegata.actors.portal.service.card_requests import DONE, Wanted
from tegata.actors.portal.service.card_requests import Context as CardContext
from tegata.actors.portal.service.invitations import Letter
from tegata.actors.portal.tables import CardRequestRow
from tegata.japan.four_attributes import Item
from tegata.node.node import Node
from tegata.pki.documents import read_document
from tegata.wire.certificates import CertificateState
from tegata.wire.consents import (
    GIVE,
    WITHDRAW,
    WRONG_STATEMENT,
    ConsentRecord,
    ConsentStatement,
    SignedStatement,
    WithdrawalStatement,
)
from tegata.wire.endpoint import Page, PageQuery
from tegata.wire.holders import CERTIFICATES, CONSENTS
from tegata.wire.problems import CONFLICT, NOT_FOUND, PEER_UNAVAILABLE, Refused
from tegata.wire.text import Language, Text

ItemT = TypeVar("ItemT")
SIGNED = ("consent", "withdrawal")
SEEN_AT_ONCE = timedelta(minutes=1)
"""What was refused this soon after the card signed, the person saw on the page they came back to."""


def all_pages(fetch: Callable[[PageQuery], Page[ItemT]]) -> Iterator[ItemT]:
    """Every item of a list that comes in pages."""
    query = PageQuery(limit=1000)
    while True:
        page = fetch(query)
        yield from page.items
        if page.next_cursor is None:
            return
        query = PageQuery(cursor=page.next_cursor, limit=1000)


def of_person(node: Node, sub: str) -> list[ConsentRecord]:
    """A person's consents, newest first. Raises PEER_UNAVAILABLE."""
    return list(all_pages(lambda query: node.call(CONSENTS, path={"sub": sub}, query=query)))


def certificates(node: Node, sub: str) -> list[CertificateState]:
    """A person's certificates, oldest first. Raises PEER_UNAVAILABLE."""
    return node.call(CERTIFICATES, path={"sub": sub}).items


def one(node: Node, sub: str, consent_id: str) -> ConsentRecord:
    """One of the person's consents. Raises NOT_FOUND."""
    for consent in of_person(node, sub):
        if consent.consent_id == consent_id:
            return consent
    raise Refused(NOT_FOUND)


def ask_consent(node: Node, letter: Letter, items: Sequence[Item], *, sub: str, browser: str, lang: Language) -> str:
    """Have the card sign a consent by a letter; returns the reader's address."""
    invitation = letter.invitation
    statement = ConsentStatement(
        statement_id=statement_id(letter.code), relying_party=letter.relying_party,
        relying_party_name=invitation.relying_party_name, service=invitation.service,
        service_name=invitation.service_name, items=list(items), purpose=invitation.purpose,
        text=texts.consent_text(invitation, items).to(lang), reference=invitation.reference,
        stated_at=node.clock.now(),
    )  # fmt: skip
    wanted = Wanted(
        kind="consent", usage="sign", title=texts.CONSENT_TITLE, summary=texts.consent_summary(invitation, items),
        payload=msgspec.json.encode(statement), sub=sub, context=CardContext(code=letter.code),
    )  # fmt: skip
    return card_requests.ask(node, wanted, browser)


def statement_id(code: str) -> str:
    """One letter, one statement: J-LIS keeps a statement id once, so that a letter gives one consent at most."""
    return "letter-" + hashlib.sha256(code.encode()).hexdigest()[:32]


def ask_withdrawal(node: Node, consent_id: str, *, sub: str, browser: str) -> str:
    """Have the card sign a withdrawal; returns the reader's address. Raises NOT_FOUND, CONFLICT where it has ended."""
    consent = one(node, sub, consent_id)
    if consent.state != "active":
        raise Refused(CONFLICT)
    statement = WithdrawalStatement(
        statement_id=f"portal-{secrets.token_hex(16)}", consent_id=consent_id, stated_at=node.clock.now()
    )
    says = Text(
        f"{consent.relying_party_name}（{consent.service_name}）への同意を取り消します。",
        f"Your consent to {consent.relying_party_name} ({consent.service_name}) is withdrawn.",
    )
    wanted = Wanted(
        kind="withdrawal", usage="sign", title=texts.WITHDRAWAL_TITLE, summary=[says],
        payload=msgspec.json.encode(statement), sub=sub, context=CardContext(consent_id=consent_id),
    )  # fmt: skip
    return card_requests.ask(node, wanted, browser)


def pass_on(node: Node, row: CardRequestRow) -> CardRequestRow:
    """Pass on what the card signed; returns the request with its outcome, unchanged where it has one.

    J-LIS verifies signature and certificate; whether it is the card of the person who is logged in is checked here.
    Raises PEER_UNAVAILABLE: then it is kept, and tried again by the job.
    """
    if row.closed_at is not None:
        return row
    try:
        record = _send(node, row)
    except Refused as refused:
        if refused.type.status >= 500:
            raise
        return _close(node, row, refused.code)
    return _close(node, row, DONE, record.consent_id)


def _send(node: Node, row: CardRequestRow) -> ConsentRecord:
    assert row.document is not None
    assert row.sub is not None
    serial = read_document(row.document).certificate.serial_number
    own = {known.serial for known in certificates(node, row.sub) if known.usage == "sign"}
    if serial not in own:
        raise Refused(OTHER_CARD)
    signed = SignedStatement(document=row.document, channel="portal")
    context = card_requests.context_of(row)
    if row.kind == "withdrawal":
        key = f"withdrawal.portal.{row.request_id}"
        return node.call(WITHDRAW, signed, path={"consent_id": context.consent_id}, key=key)
    try:
        return node.call(GIVE, signed, key=f"consent.portal.{row.request_id}")
    except Refused as refused:
        if refused.type is WRONG_STATEMENT and refused.detail.get("field") == "statement_id":
            raise Refused(INVITATION_USED) from refused
        raise


def _close(node: Node, row: CardRequestRow, outcome: str, consent_id: str | None = None) -> CardRequestRow:
    context = card_requests.context_of(row)
    with node.database.begin() as tx:
        if card_requests.close(tx, row.request_id, outcome, consent_id):
            if consent_id is not None and row.kind == "consent":
                invitations.use(tx, context.code, consent_id)
            tx.record(
                f"{row.kind}-passed-on", subject=row.sub, who="citizen", to="jlis",
                basis=consent_id or context.consent_id, detail={"outcome": outcome},
            )  # fmt: skip
        return tx.session.get_one(CardRequestRow, row.request_id)


def waiting(node: Node, sub: str | None = None) -> list[CardRequestRow]:
    """What was signed and not passed on yet, oldest first; of one person, or of all."""
    query = select(CardRequestRow).where(
        CardRequestRow.kind.in_(SIGNED), CardRequestRow.returned_at.is_not(None), CardRequestRow.closed_at.is_(None)
    )
    if sub is not None:
        query = query.where(CardRequestRow.sub == sub)
    with node.database.read() as session:
        return list(session.scalars(query.order_by(CardRequestRow.returned_at)))


def refused_later(node: Node, sub: str) -> list[CardRequestRow]:
    """What J-LIS refused when the job passed it on: the person was not there to see it. Newest first."""
    query = select(CardRequestRow).where(
        CardRequestRow.sub == sub, CardRequestRow.closed_at > CardRequestRow.returned_at, CardRequestRow.outcome != DONE
    )
    with node.database.read() as session:
        rows = session.scalars(query.order_by(CardRequestRow.closed_at.desc())).all()
    return [row for row in rows if row.closed_at and row.returned_at and row.closed_at - row.returned_at > SEEN_AT_ONCE]


def pass_on_waiting(node: Node) -> int:
    """Pass on what waits; returns how many were. One in trouble does not stop the others; its refusal is raised at the
    end, or at once where J-LIS does not answer.
    """
    passed, trouble = 0, None
    for row in waiting(node):
        try:
            pass_on(node, row)
        except Refused as refused:
            trouble = refused
            if unavailable(refused):
                break
        else:
            passed += 1
    if trouble is not None:
        raise trouble
    return passed


def unavailable(refused: Refused) -> bool:
    """Whether a refusal means that J-LIS does not answer now."""
    return refused.type is PEER_UNAVAILABLE
