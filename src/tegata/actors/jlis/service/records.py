"""Reading what is on record: a person, a certificate's state, its place in the chain old → new."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar, cast

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.actors.jlis.rules.revocation import Entry, EntryReason, RevocationFact, state_of
from tegata.actors.jlis.service import standing
from tegata.actors.jlis.tables import CertificateRow, Person, RegisterRow, RevocationRow
from tegata.japan.four_attributes import FourAttributes
from tegata.wire.certificates import CertificateState, Medium, State, Usage
from tegata.wire.problems import NOT_FOUND, Refused
from tegata.wire.residents import ENDS_RESIDENCE

T = TypeVar("T")

_CHUNK = 500


def content_hash(message: msgspec.Struct) -> bytes:
    """What tells a repeated message from another one under the same id."""
    return hashlib.sha256(msgspec.json.encode(message, order="deterministic")).digest()


def chunks(wanted: Sequence[T], size: int = _CHUNK) -> Iterator[Sequence[T]]:
    """Parts of a list; by default of what fits into the parameters of one query."""
    return (wanted[start : start + size] for start in range(0, len(wanted), size))


def person_of_code(session: Session, resident_code: str) -> Person | None:
    """The person of a resident code."""
    return session.scalar(select(Person).where(Person.resident_code == resident_code))


def has_ended(person: Person) -> bool:
    """Whether the person's residence has ended."""
    return person.event in ENDS_RESIDENCE


def register_of(session: Session, person: Person) -> RegisterRow:
    """The newest state of the register for a person."""
    return session.get_one(RegisterRow, (person.person_id, person.sequence))


def attributes_of(row: RegisterRow) -> FourAttributes:
    """The four attributes of a state."""
    return msgspec.json.decode(row.attributes, type=FourAttributes)


def encode_attributes(attributes: FourAttributes) -> str:
    """The four attributes as :class:`RegisterRow` holds them."""
    return msgspec.json.encode(attributes).decode()


def certificate(session: Session, usage: Usage, serial: int) -> CertificateRow:
    """One certificate. Raises NOT_FOUND."""
    row = session.get(CertificateRow, (usage, serial))
    if row is None:
        raise Refused(NOT_FOUND)
    return row


def certificates_of(
    session: Session, person_id: str, usage: Usage | None = None, medium: Medium | None = None
) -> Sequence[CertificateRow]:
    """The certificates of a person from the oldest to the newest, of one usage or both, on one medium or both."""
    query = select(CertificateRow).where(CertificateRow.person_id == person_id)
    if usage is not None:
        query = query.where(CertificateRow.usage == usage)
    if medium is not None:
        query = query.where(CertificateRow.medium == medium)
    return session.scalars(query.order_by(CertificateRow.usage, CertificateRow.serial)).all()


def newest_certificate(session: Session, person_id: str, usage: Usage, medium: Medium) -> CertificateRow | None:
    """The end of a person's chain on one medium."""
    query = select(CertificateRow).where(
        CertificateRow.person_id == person_id, CertificateRow.usage == usage, CertificateRow.medium == medium
    )
    return session.scalar(query.order_by(CertificateRow.serial.desc()).limit(1))


def hanging_on(session: Session, row: CertificateRow) -> Sequence[CertificateRow]:
    """The phone's certificates that were applied for with a signature certificate of the card, and end with it."""
    if (row.usage, row.medium) != ("sign", "card"):
        return ()
    query = select(CertificateRow).where(CertificateRow.hangs_on == row.serial)
    return session.scalars(query.order_by(CertificateRow.usage, CertificateRow.serial)).all()


def record_of(session: Session, usage: Usage, serials: Iterable[int]) -> dict[int, list[Entry]]:
    """The entries of each certificate's record in their order; serials without any are left out."""
    found = defaultdict[int, list[Entry]](list)
    for part in chunks(list(serials)):
        query = select(RevocationRow).where(RevocationRow.usage == usage, RevocationRow.serial.in_(part))
        for row in session.scalars(query.order_by(RevocationRow.number)):
            found[row.serial].append(Entry(row.at, cast(EntryReason, row.reason)))
    return found


def revocation_of(session: Session, row: CertificateRow) -> RevocationFact | None:
    """What the record of one certificate comes to."""
    return standing.facts(session, row.usage, [row.serial]).get(row.serial)


def state_now(session: Session, row: CertificateRow, at: datetime) -> State:
    """The state of one certificate."""
    return state_of(row.not_after, revocation_of(session, row), at)


def successors(session: Session, usage: Usage, serials: Iterable[int]) -> dict[int, int]:
    """For each serial that was replaced: by which."""
    found: dict[int, int] = {}
    for part in chunks(list(serials)):
        query = select(CertificateRow.replaces, CertificateRow.serial).where(
            CertificateRow.usage == usage, CertificateRow.replaces.in_(part)
        )
        found.update((old, new) for old, new in session.execute(query) if old is not None)
    return found


def states(session: Session, rows: Sequence[CertificateRow], at: datetime) -> list[CertificateState]:
    """Certificates with their state at a moment and their successor."""
    found: list[CertificateState] = []
    for usage in sorted({usage_of(row) for row in rows}):
        mine = [row for row in rows if row.usage == usage]
        serials = [row.serial for row in mine]
        facts, newer = standing.facts(session, usage, serials), successors(session, usage, serials)
        found += [_state(row, facts.get(row.serial), newer.get(row.serial), at) for row in mine]
    return found


def usage_of(row: CertificateRow) -> Usage:
    """The usage of a row, typed."""
    return cast(Usage, row.usage)


def medium_of(row: CertificateRow) -> Medium:
    """The medium of a row, typed."""
    return cast(Medium, row.medium)


def _state(row: CertificateRow, revocation: RevocationFact | None, newer: int | None, at: datetime) -> CertificateState:
    return CertificateState(
        serial=row.serial,
        usage=usage_of(row),
        card_id=row.card_id,
        medium=medium_of(row),
        model=row.model,
        state=state_of(row.not_after, revocation, at),
        not_before=row.not_before,
        not_after=row.not_after,
        revoked_at=revocation.at if revocation else None,
        reason=revocation.reason if revocation else None,
        replaced_by=newer,
    )
