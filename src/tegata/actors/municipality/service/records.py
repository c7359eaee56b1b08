"""Reading the register, and keeping what the entries come to beside them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from random import SystemRandom
from typing import cast

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.actors.municipality.rules.cards import CardEvent, CardFact, Happening, WhyGivenUp
from tegata.actors.municipality.rules.households import Member
from tegata.actors.municipality.rules.register import Entry, Record, Sets, Status, fold
from tegata.actors.municipality.tables import CardEventRow, CardRow, EntryRow, ResidentRow
from tegata.japan.addresses import normalise_address
from tegata.japan.four_attributes import FourAttributes, Gender
from tegata.japan.kanji import fold_variants
from tegata.japan.names import normalise_kana, normalise_name
from tegata.wire.problems import NOT_FOUND, Refused
from tegata.wire.residents import Event

RANDOM = SystemRandom()
FORMER_NAME = "\n"
"""Stands in a search key between a name and the former surname: no name that is searched for has a blank in it."""


@dataclass(frozen=True)
class Desk:
    """Where something is done at a counter, and by whom: the municipality's code, and the name for the records."""

    municipality_code: str
    who: str


def new_resident_id() -> str:
    """An id that says nothing."""
    return f"r{secrets.token_hex(8)}"


def by_code(session: Session, resident_code: str) -> ResidentRow:
    """The resident of a resident code. Raises NOT_FOUND."""
    row = session.scalar(select(ResidentRow).where(ResidentRow.resident_code == resident_code))
    if row is None:
        raise Refused(NOT_FOUND)
    return row


def resident(session: Session, resident_id: str) -> ResidentRow:
    """The resident of an id. Raises NOT_FOUND."""
    row = session.get(ResidentRow, resident_id)
    if row is None:
        raise Refused(NOT_FOUND)
    return row


def resident_here(session: Session, desk: Desk, resident_id: str) -> ResidentRow:
    """The same, if this municipality keeps the record. Raises NOT_FOUND."""
    row = resident(session, resident_id)
    if row.municipality_code != desk.municipality_code:
        raise Refused(NOT_FOUND)
    return row


def entries_of(session: Session, resident_id: str) -> Sequence[EntryRow]:
    """A resident's entries in their order."""
    query = select(EntryRow).where(EntryRow.resident_id == resident_id)
    return session.scalars(query.order_by(EntryRow.sequence)).all()


def entry_of(row: EntryRow) -> Entry:
    """The entry that a row holds."""
    return Entry(
        sequence=row.sequence,
        event=cast(Event, row.event),
        municipality_code=row.municipality_code,
        effective_on=row.effective_on,
        sets=msgspec.json.decode(row.sets, type=Sets),
    )


def record_of(session: Session, resident_id: str) -> Record:
    """What a resident's entries come to. Raises NOT_FOUND."""
    record = fold(entry_of(row) for row in entries_of(session, resident_id))
    if record is None:
        raise Refused(NOT_FOUND)
    return record


def record_in(row: ResidentRow) -> Record:
    """The record as it stands beside the entries: the same as :func:`record_of`, without reading them."""
    return Record(
        municipality_code=row.municipality_code,
        status=cast(Status, row.status),
        sequence=row.sequence,
        attributes=FourAttributes(
            name=row.name, address=row.address, birth_date=row.birth_date, gender=cast(Gender, row.gender)
        ),
        kana=row.kana,
        former_name=row.former_name,
        postal_code=row.postal_code,
        address_since=row.address_since,
        destination=row.destination,
    )


def shown(record: Record) -> dict[str, object]:
    """The columns of :class:`ResidentRow` that a record fills."""
    four = record.attributes
    return {
        "municipality_code": record.municipality_code, "status": record.status, "sequence": record.sequence,
        "name": four.name, "kana": record.kana, "former_name": record.former_name, "birth_date": four.birth_date,
        "gender": four.gender, "address": four.address, "postal_code": record.postal_code,
        "address_since": record.address_since, "destination": record.destination,
        "name_key": FORMER_NAME.join(name_key(one) for one in (four.name, record.former_name) if one),
        "kana_key": normalise_kana(record.kana),
        "address_key": address_key(four.address),
    }  # fmt: skip


def name_key(name: str) -> str:
    """A name as it is searched for: no blanks, half-width letters, every kanji in its common form."""
    return fold_variants(normalise_name(name))


def address_key(address: str) -> str:
    """An address as it is searched for."""
    return fold_variants(normalise_address(address))


def household(session: Session, household_id: str | None) -> Sequence[ResidentRow]:
    """The members of a household, the head first, then the oldest."""
    if household_id is None:
        return ()
    rows = session.scalars(select(ResidentRow).where(ResidentRow.household_id == household_id)).all()
    return sorted(rows, key=lambda row: (row.relationship != "世帯主", row.birth_date, row.resident_id))


def member_of(row: ResidentRow) -> Member:
    """A member as the rules of households know them."""
    return Member(
        resident_id=row.resident_id,
        relationship=row.relationship,
        gender=cast(Gender, row.gender),
        birth_date=row.birth_date,
    )


def cards_of(session: Session, resident_id: str) -> list[CardFact]:
    """The cards that a resident was handed, each with what happened to it."""
    rows = session.scalars(select(CardRow).where(CardRow.resident_id == resident_id)).all()
    events = select(CardEventRow).join(CardRow, CardRow.card_id == CardEventRow.card_id)
    happened = session.scalars(events.where(CardRow.resident_id == resident_id).order_by(CardEventRow.number)).all()
    return [card_fact(row, [one for one in happened if one.card_id == row.card_id]) for row in rows]


def police_report(session: Session, card_id: str) -> str:
    """The number under which the police took the last loss of a card; empty for none."""
    query = select(CardEventRow.police_report).where(
        CardEventRow.card_id == card_id, CardEventRow.event == "reported_lost"
    )
    return session.scalar(query.order_by(CardEventRow.number.desc()).limit(1)) or ""


def card_fact(row: CardRow, happened: Sequence[CardEventRow] = ()) -> CardFact:
    """The card that a row holds, with what happened to it."""
    return CardFact(
        card_id=row.card_id,
        issued_at=row.issued_at,
        expires_on=row.expires_on,
        events=tuple(
            CardEvent(
                event=cast(Happening, one.event), at=one.at, reason=cast("WhyGivenUp | None", one.reason)
            ) for one in happened
        ),
    )  # fmt: skip
