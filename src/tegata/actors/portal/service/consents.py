"""Consents of the person who is logged in: seen, given by a letter, withdrawn (FI-02, FI-09, FI-10)."""

import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import msgspec

from tegata.actors.portal.problems import INVITATION_USED
from tegata.actors.portal.service import card_requests, texts
from tegata.actors.portal.service.card_requests import Context as CardContext
from tegata.actors.portal.service.card_requests import Wanted
from tegata.actors.portal.service.invitations import Letter
from tegata.actors.portal.tables import CardRequestRow
from tegata.japan.four_attributes import Item
from tegata.node.node import Node
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
from tegata.wire.problems import CONFLICT, NOT_FOUND, Refused
from tegata.wire.text import Language, Text

ItemT = TypeVar("ItemT")


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


def give(node: Node, row: CardRequestRow, signed: SignedStatement) -> ConsentRecord:
    """Send a consent that the card signed. Raises what J-LIS refuses, INVITATION_USED, PEER_UNAVAILABLE."""
    try:
        return node.call(GIVE, signed, key=f"consent.portal.{row.request_id}")
    except Refused as refused:
        if refused.type is WRONG_STATEMENT and refused.detail.get("field") == "statement_id":
            raise Refused(INVITATION_USED) from refused
        raise


def withdraw(node: Node, row: CardRequestRow, signed: SignedStatement) -> ConsentRecord:
    """Send a withdrawal that the card signed. Raises what J-LIS refuses, PEER_UNAVAILABLE."""
    path = {"consent_id": card_requests.context_of(row).consent_id}
    return node.call(WITHDRAW, signed, path=path, key=f"withdrawal.portal.{row.request_id}")
