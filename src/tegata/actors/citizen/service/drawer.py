"""The drawer as its owner sees it: cards and phones by name, what is on one, what is remembered."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.actors.citizen.service import cards, memory, signing
from tegata.actors.citizen.service.phones.models import model_of
from tegata.actors.citizen.tables import CardRow, PersonRow, PhoneRow
from tegata.card import Card, CardClient, CardFailure
from tegata.node.node import Node
from tegata.wire.certificates import Medium, Usage

PAGE = 20
USAGES: tuple[Usage, ...] = ("auth", "sign")
MEDIA: tuple[Medium, ...] = ("card", "phone")


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A card or a phone in a list; ``model`` is a phone's, ``biometrics`` whether they stand in for its PIN."""

    card_id: str
    person_id: str
    name: str
    used_at: datetime | None
    has_auth: bool
    has_sign: bool
    medium: Medium = "card"
    model: str = ""
    biometrics: bool = False

    def has(self, usage: Usage) -> bool:
        """Whether it has a certificate of a usage."""
        return self.has_sign if usage == "sign" else self.has_auth


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


def find(
    node: Node, wanted: str, start: int = 0, *, media: Sequence[Medium] = MEDIA
) -> tuple[list[Found], bool]:  # fmt: skip
    """Cards and phones whose holder's name or id contains ``wanted``, the last used first; whether there are more.

    A phone that its holder has not got is not among them.
    """
    key = cards.name_key(wanted)
    query = select(CardRow, PersonRow, PhoneRow).join(PersonRow, PersonRow.person_id == CardRow.person_id)
    query = query.outerjoin(PhoneRow, PhoneRow.phone_id == CardRow.card_id)
    query = query.where(CardRow.medium.in_(media), PhoneRow.gone_at.is_(None))
    if key:
        named = PersonRow.name_key.contains(key, autoescape=True)
        query = query.where(named | (PersonRow.person_id == wanted.strip().upper()))
    order = (CardRow.used_at.is_(None), CardRow.used_at.desc(), PersonRow.person_id, CardRow.received_at.desc())
    with node.database.read() as session:
        rows = session.execute(query.order_by(*order).offset(start).limit(PAGE + 1)).all()
    return [_found(*row) for row in rows[:PAGE]], len(rows) > PAGE


def open_card(node: Node, card_id: str) -> Opened:
    """One card, or phone, with its certificates. Raises ``Refused`` (not-found)."""
    with node.database.read() as session:
        row = cards.card_row(session, card_id)
        person, phone = session.get_one(PersonRow, row.person_id), session.get(PhoneRow, card_id)
        usages = [_on_card(session, row, usage) for usage in USAGES]
    return Opened(card=_found(row, person, phone), received_at=row.received_at, usages=usages)


def hints(node: Node, card_id: str, usage: Usage) -> str:
    """The PIN that the holder remembers, to be shown beside the reader in a demonstration; empty for none."""
    if not node.settings.demonstration:
        return ""
    with node.database.read() as session:
        return memory.remembered(session, card_id, usage)


def _found(row: CardRow, person: PersonRow, phone: PhoneRow | None) -> Found:
    model = model_of(phone.model) if phone else None
    return Found(
        card_id=row.card_id,
        person_id=person.person_id,
        name=person.name,
        used_at=row.used_at,
        has_auth=signing.can(row, "auth"),
        has_sign=signing.can(row, "sign"),
        medium="phone" if phone else "card",
        model=model.name if model else "",
        biometrics=phone is not None and phone.kept_pin is not None,
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
    free = usage == "auth" and row.medium == "card"
    if not free and not pin:
        return None
    try:
        return signing.read_certificate(CardClient(Card.load(row.image).transmit), usage, None if free else pin)
    except CardFailure:
        return None
