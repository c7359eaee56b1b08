"""The drawer as its owner sees it: cards by name, what is on one, what is remembered."""

from datetime import datetime

import msgspec
from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.actors.citizen.service import cards, memory, signing
from tegata.actors.citizen.tables import CardRow, PersonRow
from tegata.card import Card, CardClient, CardFailure
from tegata.node.node import Node
from tegata.wire.certificates import Usage

PAGE = 20
USAGES: tuple[Usage, ...] = ("auth", "sign")


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A card in a list."""

    card_id: str
    person_id: str
    name: str
    used_at: datetime | None
    has_sign: bool


class OnCard(msgspec.Struct, frozen=True, kw_only=True):
    """What one usage looks like on a card. ``certificate`` is None where it can not be read; ``pin`` is remembered."""

    usage: Usage
    present: bool
    tries: int
    pin: str
    serial: int | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A card taken out of the drawer."""

    card: Found
    received_at: datetime
    usages: list[OnCard]


def find(node: Node, wanted: str, start: int = 0) -> tuple[list[Found], bool]:
    """Cards whose holder's name or id contains ``wanted``, the last used first; and whether there are more."""
    key = cards.name_key(wanted)
    query = select(CardRow, PersonRow).join(PersonRow, PersonRow.person_id == CardRow.person_id)
    if key:
        named = PersonRow.name_key.contains(key, autoescape=True)
        query = query.where(named | (PersonRow.person_id == wanted.strip().upper()))
    order = (CardRow.used_at.is_(None), CardRow.used_at.desc(), PersonRow.person_id, CardRow.received_at.desc())
    with node.database.read() as session:
        rows = session.execute(query.order_by(*order).offset(start).limit(PAGE + 1)).all()
    return [_found(card, person) for card, person in rows[:PAGE]], len(rows) > PAGE


def open_card(node: Node, card_id: str) -> Opened:
    """One card with its certificates. Raises ``Refused`` (not-found)."""
    with node.database.read() as session:
        row = cards.card_row(session, card_id)
        person = session.get_one(PersonRow, row.person_id)
        usages = [_on_card(session, row, usage) for usage in USAGES]
    return Opened(card=_found(row, person), received_at=row.received_at, usages=usages)


def hints(node: Node, card_id: str, usage: Usage) -> str:
    """The PIN that the holder remembers, to be shown beside the reader in a demonstration; empty for none."""
    if not node.settings.demonstration:
        return ""
    with node.database.read() as session:
        return memory.remembered(session, card_id, usage)


def _found(row: CardRow, person: PersonRow) -> Found:
    return Found(
        card_id=row.card_id,
        person_id=person.person_id,
        name=person.name,
        used_at=row.used_at,
        has_sign=signing.can(row, "sign"),
    )


def _on_card(session: Session, row: CardRow, usage: Usage) -> OnCard:
    pin = memory.remembered(session, row.card_id, usage)
    if not signing.can(row, usage):
        return OnCard(usage=usage, present=False, tries=0, pin=pin)
    certificate = _readable(row, usage, pin)
    return OnCard(
        usage=usage,
        present=True,
        tries=signing.tries_left(row, usage),
        pin=pin,
        serial=certificate.serial_number if certificate else None,
        not_before=certificate.not_valid_before_utc if certificate else None,
        not_after=certificate.not_valid_after_utc if certificate else None,
    )


def _readable(row: CardRow, usage: Usage, pin: str) -> x509.Certificate | None:
    """The certificate, if it opens; a copy of the card is asked, so that looking spends no try."""
    if usage == "sign" and not pin:
        return None
    try:
        return signing.read_certificate(CardClient(Card.load(row.image).transmit), usage, pin)
    except CardFailure:
        return None
