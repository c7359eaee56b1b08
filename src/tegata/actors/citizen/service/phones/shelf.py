"""Phones in the drawer: had, looked at, reset to factory state, handed over, back again (SP-03, FACTS section 4)."""

import secrets
from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tegata.actors.citizen import rules
from tegata.actors.citizen.problems import PHONE_NOT_HERE
from tegata.actors.citizen.rules import Held
from tegata.actors.citizen.service import cards, signing
from tegata.actors.citizen.service.phones import element
from tegata.actors.citizen.service.phones.models import Model, model_of, on_sale
from tegata.actors.citizen.tables import (
    CardRow,
    ChallengeRow,
    CredentialRow,
    PersonRow,
    PhoneApplicationRow,
    PhoneOrderRow,
    PhoneRow,
)
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.node.web.sessions import end_sessions_of
from tegata.wire.certificates import CertificateState, Usage
from tegata.wire.problems import CONFLICT, INVALID, NOT_FOUND, Refused

PAGE = 20
SESSION_KIND = "phone"
"""The kind of session that an open app is; its subject is the phone's id."""
OpenState = Literal["draft", "signed"]


class Phone(msgspec.Struct, frozen=True, kw_only=True):
    """A phone as its holder sees it.

    ``held``: each usage as the element has it and as it was last heard of, at ``known_at``. ``tries``: how often each
    PIN may still be wrong, None where none is set. ``open_application`` and ``open_order`` are not finished yet.
    """

    phone_id: str
    person_id: str
    name: str
    model: Model
    received_at: datetime
    reset_at: datetime | None
    gone_at: datetime | None
    gone_as: str
    attempt: int
    held: list[Held]
    tries: dict[str, int | None]
    known_at: datetime | None
    biometrics: bool
    open_application: PhoneApplicationRow | None
    open_order: PhoneOrderRow | None

    @property
    def here(self) -> bool:
        """Whether its holder has it."""
        return self.gone_at is None

    def has(self, usage: Usage) -> bool:
        """Whether a certificate of a usage lies on it."""
        return any(one.usage == usage and one.on_phone for one in self.held)


def get(node: Node, holder: str, model_id: str) -> str:
    """A person gets a phone; ``holder`` is their id or resident code. Returns its id, which nobody can guess.

    Raises ``Refused``: not-found, invalid for a model that is not to be had.
    """
    phone_id = f"p{secrets.token_hex(16)}"
    image = element.blank(node, phone_id).dump()
    with node.database.begin() as tx:
        if model_id not in [model.id for model in on_sale(tx.now)]:
            raise Refused(INVALID, {"field": "model"})
        person = cards.person_of(tx.session, holder)
        owned = {"card_id": phone_id, "person_id": person.person_id, "received_at": tx.now}
        tx.session.add(CardRow(**owned, image=image, version=1, medium="phone"))
        tx.session.flush()
        tx.session.add(PhoneRow(phone_id=phone_id, model=model_id, attempt=1))
        tx.record("phone-received", subject=person.person_id, who="holder", detail={"phone": phone_id})
    return phone_id


def find(node: Node, wanted: str, start: int = 0) -> tuple[list[Phone], bool]:
    """Phones whose holder's name or id contains ``wanted``, the newest first; and whether there are more."""
    key = cards.name_key(wanted)
    query = select(PhoneRow.phone_id).join(CardRow, CardRow.card_id == PhoneRow.phone_id)
    if key:
        query = query.join(PersonRow, PersonRow.person_id == CardRow.person_id)
        named = PersonRow.name_key.contains(key, autoescape=True)
        query = query.where(named | (PersonRow.person_id == wanted.strip().upper()))
    order = (CardRow.received_at.desc(), PhoneRow.phone_id)
    with node.database.read() as session:
        found = session.scalars(query.order_by(*order).offset(start).limit(PAGE + 1)).all()
        return [_phone(session, phone_id) for phone_id in found[:PAGE]], len(found) > PAGE


def look(node: Node, phone_id: str) -> Phone:
    """One phone. Raises NOT_FOUND."""
    with node.database.read() as session:
        return _phone(session, phone_id)


def phone_row(session: Session, phone_id: str) -> PhoneRow:
    """A phone's row. Raises NOT_FOUND."""
    row = session.get(PhoneRow, phone_id)
    if row is None:
        raise Refused(NOT_FOUND)
    return row


def here(session: Session, phone_id: str) -> PhoneRow:
    """The row of a phone that its holder has. Raises NOT_FOUND, PHONE_NOT_HERE."""
    row = phone_row(session, phone_id)
    if row.gone_at is not None:
        raise Refused(PHONE_NOT_HERE)
    return row


def newest_of(session: Session, holder: str) -> str:
    """The phone that a person got last and has; ``holder`` is their id or resident code. Raises NOT_FOUND."""
    person = cards.person_of(session, holder)
    query = select(PhoneRow.phone_id).join(CardRow, CardRow.card_id == PhoneRow.phone_id)
    query = query.where(CardRow.person_id == person.person_id, PhoneRow.gone_at.is_(None))
    found = session.scalar(query.order_by(CardRow.received_at.desc(), PhoneRow.phone_id).limit(1))
    if found is None:
        raise Refused(NOT_FOUND)
    return found


def take_turn(node: Node, phone_id: str, attempt: int) -> None:
    """Take a form with a secret once: who presses twice, or goes back and sends it again, spends no further try.

    Raises ``Refused``: CONFLICT for a form that was sent before, NOT_FOUND, PHONE_NOT_HERE.
    """
    with node.database.begin() as tx:
        row = here(tx.session, phone_id)
        if row.attempt != attempt:
            raise Refused(CONFLICT, {"attempt": row.attempt})
        row.attempt += 1


def reset(node: Node, phone_id: str) -> None:
    """Reset a phone to factory state: what the app keeps goes, what is in the secure element stays (FACTS section 4).

    What was signed and not answered stays as well: it can still be finished. Raises NOT_FOUND, PHONE_NOT_HERE.
    """
    with node.database.begin() as tx:
        row = here(tx.session, phone_id)
        forget_biometrics(tx, row)
        lock(tx, phone_id)
        row.known, row.known_at, row.reset_at = None, None, tx.now
        drafts = delete(PhoneApplicationRow).where(
            PhoneApplicationRow.phone_id == phone_id, PhoneApplicationRow.state == "draft"
        )
        tx.session.execute(drafts)
        _record(tx, "phone-reset", row)


def hand_over(node: Node, phone_id: str, how: str) -> None:
    """A phone leaves its holder's hands. Its certificates go on as they are (SP-03). Raises as :func:`reset`."""
    if how not in rules.HAND_OVERS:
        raise Refused(INVALID, {"field": "how"})
    with node.database.begin() as tx:
        row = here(tx.session, phone_id)
        lock(tx, phone_id)
        row.gone_at, row.gone_as = tx.now, how
        _record(tx, "phone-gone", row, how=how)


def come_back(node: Node, phone_id: str) -> None:
    """A phone that was lost or in repair is back. Raises NOT_FOUND, CONFLICT where it can not come back."""
    with node.database.begin() as tx:
        row = phone_row(tx.session, phone_id)
        if row.gone_as not in rules.COMES_BACK:
            raise Refused(CONFLICT)
        row.gone_at, row.gone_as = None, None
        _record(tx, "phone-back", row)


def lock(tx: Transaction, phone_id: str) -> None:
    """Lock the app, wherever it is open."""
    end_sessions_of(tx, SESSION_KIND, phone_id)


def forget_biometrics(tx: Transaction, row: PhoneRow) -> None:
    """Biometrics stand in for nothing any more on this phone."""
    row.kept_pin = None
    tx.session.execute(delete(CredentialRow).where(CredentialRow.phone_id == row.phone_id))
    tx.session.execute(delete(ChallengeRow).where(ChallengeRow.phone_id == row.phone_id))


def known(row: PhoneRow) -> list[CertificateState]:
    """The states of a phone's certificates as they were last heard."""
    return msgspec.json.decode(row.known, type=list[CertificateState]) if row.known else []


def keep_known(row: PhoneRow, states: list[CertificateState], at: datetime) -> None:
    """Keep the states that were heard."""
    row.known, row.known_at = msgspec.json.encode(states).decode(), at


def held_of(card: CardRow, row: PhoneRow) -> list[Held]:
    """Each usage as the element has it and as it was last heard of."""
    heard = known(row)
    return [
        Held(usage=usage, on_phone=signing.can(card, usage), state=rules.newest(heard, usage))
        for usage in rules.USAGES
    ]  # fmt: skip


def _phone(session: Session, phone_id: str) -> Phone:
    row, card = phone_row(session, phone_id), cards.card_row(session, phone_id)
    person, model = session.get_one(PersonRow, card.person_id), model_of(row.model)
    if model is None:
        raise LookupError(f"models.toml has no model {row.model}: its rows are dated, and none may go")
    applications = select(PhoneApplicationRow).where(PhoneApplicationRow.phone_id == phone_id)
    orders = select(PhoneOrderRow).where(PhoneOrderRow.phone_id == phone_id, PhoneOrderRow.state == "signed")
    return Phone(
        phone_id=phone_id, person_id=person.person_id, name=person.name, model=model, received_at=card.received_at,
        reset_at=row.reset_at, gone_at=row.gone_at, gone_as=row.gone_as or "", attempt=row.attempt,
        held=held_of(card, row), tries={usage: _tries(card, usage) for usage in rules.USAGES}, known_at=row.known_at,
        biometrics=row.kept_pin is not None,
        open_application=session.scalar(applications.where(PhoneApplicationRow.state.in_(("draft", "signed")))),
        open_order=session.scalar(orders),
    )  # fmt: skip


def _tries(card: CardRow, usage: Usage) -> int | None:
    try:
        return signing.tries_left(card, usage)
    except Refused:
        return None


def _record(tx: Transaction, action: str, row: PhoneRow, **detail: str) -> None:
    person = tx.session.get_one(CardRow, row.phone_id).person_id
    tx.record(action, subject=person, who="holder", detail={"phone": row.phone_id, **detail})
