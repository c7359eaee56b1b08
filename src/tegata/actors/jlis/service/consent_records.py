"""Consents as they stand: a row, what happened to it since, and the newest certificate of the giver's card.

A consent may be signed on a phone; it is still the card's chain that tells whether the giver's attributes changed.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tegata.actors.jlis.rules.consent import EventFact, EventKind, Term, shortened, state_of
from tegata.actors.jlis.service.records import chunks
from tegata.actors.jlis.tables import CertificateRow, ConsentEventRow, ConsentRow
from tegata.japan.four_attributes import Item
from tegata.wire.consents import Channel, ConsentRecord, ConsentState


@dataclass(frozen=True)
class Known:
    """A consent with its record; ``replaced_from``: when a newer one for the same service begins to count."""

    row: ConsentRow
    record: tuple[EventFact, ...]
    replaced_from: datetime | None

    @property
    def term(self) -> Term:
        """From when to when it counts."""
        return shortened(Term(self.row.valid_from, self.row.valid_until), self.replaced_from)

    @property
    def withdrawn_at(self) -> datetime | None:
        """When it was withdrawn."""
        return next((fact.at for fact in self.record if fact.kind == "withdrawn"), None)

    def state(self, at: datetime) -> ConsentState:
        """Its state at a moment."""
        return state_of(self.term, self.record, at)


def known(session: Session, rows: Sequence[ConsentRow]) -> list[Known]:
    """The same consents, in the same order, with what happened to them."""
    records, replaced = defaultdict[str, list[EventFact]](list), dict[str, datetime]()
    for part in chunks([row.consent_id for row in rows]):
        events = select(ConsentEventRow).where(ConsentEventRow.consent_id.in_(part)).order_by(ConsentEventRow.number)
        for event in session.scalars(events):
            records[event.consent_id].append(EventFact(cast(EventKind, event.kind), event.at))
        newer = select(ConsentRow.replaces, ConsentRow.valid_from).where(ConsentRow.replaces.in_(part))
        replaced.update((old, start) for old, start in session.execute(newer) if old is not None)
    return [Known(row, tuple(records[row.consent_id]), replaced.get(row.consent_id)) for row in rows]


def records(session: Session, rows: Sequence[ConsentRow], at: datetime) -> list[ConsentRecord]:
    """The same consents, in the same order, as others see them."""
    newest = _newest_serials(session, {row.person_id for row in rows})
    return [_record(one, newest.get(one.row.person_id, one.row.serial), at) for one in known(session, rows)]


def _newest_serials(session: Session, people: set[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in chunks(sorted(people)):
        query = select(CertificateRow.person_id, func.max(CertificateRow.serial)).where(
            CertificateRow.usage == "sign", CertificateRow.medium == "card", CertificateRow.person_id.in_(part)
        )
        found.update((person, serial) for person, serial in session.execute(query.group_by(CertificateRow.person_id)))
    return found


def _record(one: Known, serial: int, at: datetime) -> ConsentRecord:
    row, term = one.row, one.term
    return ConsentRecord(
        consent_id=row.consent_id,
        relying_party=row.relying_party,
        relying_party_name=row.relying_party_name,
        service=row.service,
        service_name=row.service_name,
        items=cast(list[Item], row.items),
        purpose=row.purpose,
        reference=row.reference,
        channel=cast(Channel, row.channel),
        state=one.state(at),
        given_at=row.given_at,
        valid_from=term.valid_from,
        valid_until=term.valid_until,
        withdrawn_at=one.withdrawn_at,
        serial=serial,
    )
