"""Customers and the versions of their records: added, changed, found. Every change is a new version."""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import msgspec
from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import Session

from tegata.actors.bank.rules.postal import postal_code_of
from tegata.actors.bank.settings import Field
from tegata.actors.bank.tables import CustomerRow, RecordRow
from tegata.japan.four_attributes import FourAttributes, Gender
from tegata.japan.names import normalise_kana, normalise_name
from tegata.japan.text import fold_width
from tegata.node.database import Transaction
from tegata.wire.problems import NOT_FOUND, Refused

KEPT: tuple[Field, ...] = ("name", "kana", "postal_code", "address", "birth_date", "gender")
CHUNK = 500

T = TypeVar("T")


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What the bank keeps of a customer; ``postal_code`` has seven digits or is empty."""

    name: str
    kana: str
    postal_code: str
    address: str
    birth_date: str
    gender: str

    @property
    def search(self) -> str:
        """Name and kana in the form for comparing."""
        return f"{normalise_name(self.name)} {normalise_kana(self.kana)}"

    @property
    def four(self) -> FourAttributes:
        """The four attributes among them."""
        return FourAttributes(
            name=self.name, address=self.address, birth_date=self.birth_date, gender=cast("Gender", self.gender)
        )


@dataclass(frozen=True)
class Source:
    """What brought a version: ``kind`` (import, register, certificate), who, on which consent, in which case."""

    kind: str
    who: str
    basis: str = ""
    case_id: int | None = None


def new_reference() -> str:
    """An opaque handle of a customer."""
    return f"k{secrets.token_hex(12)}"


def details_of(row: CustomerRow | RecordRow) -> Details:
    """The details of a customer or of one version."""
    return Details(**{field: getattr(row, field) for field in KEPT})


def row_of(session: Session, number: str) -> CustomerRow:
    """The customer of a number. Raises ``Refused`` (not-found)."""
    row = session.get(CustomerRow, number)
    if row is None:
        raise Refused(NOT_FOUND)
    return row


def by_reference(session: Session, reference: str) -> CustomerRow | None:
    """The customer whom others know by a reference."""
    return session.scalar(select(CustomerRow).where(CustomerRow.reference == reference))


def add(tx: Transaction, new: Sequence[tuple[str, Details, bytes]], source: Source) -> dict[str, str]:
    """Add customers, none of them known yet: (number, details, hash of the imported row). Gives number → reference."""
    if not new:
        return {}
    rows = [
        {"number": number, "reference": new_reference(), **msgspec.structs.asdict(details), "search": details.search,
         "version": 1, "since": tx.now, "import_hash": hashed}
        for number, details, hashed in new
    ]  # fmt: skip
    tx.session.execute(insert(CustomerRow), rows)
    tx.session.execute(
        insert(RecordRow), [_version(tx, number, 1, details, KEPT, source) for number, details, _ in new]
    )
    return {str(row["number"]): str(row["reference"]) for row in rows}


def change(tx: Transaction, row: CustomerRow, details: Details, source: Source) -> tuple[Field, ...]:
    """Give a customer's record a new version; returns the fields that changed (none: nothing is written)."""
    before = details_of(row)
    changed = tuple(field for field in KEPT if getattr(before, field) != getattr(details, field))
    if not changed:
        return ()
    version = row.version + 1
    tx.session.execute(insert(RecordRow), [_version(tx, row.number, version, details, changed, source)])
    for field in changed:
        setattr(row, field, getattr(details, field))
    row.search, row.version, row.since = details.search, version, tx.now
    tx.session.flush()
    return changed


def _version(
    tx: Transaction, number: str, version: int, details: Details, changed: Sequence[Field], source: Source
) -> dict[str, Any]:
    return {
        "customer_number": number, "version": version, **msgspec.structs.asdict(details), "at": tx.now,
        "source": source.kind, "changed": list(changed), "basis": source.basis, "who": source.who,
        "case_id": source.case_id,
    }  # fmt: skip


def with_items(details: Details, taken: Mapping[str, str], *, kana: str | None = None) -> Details:
    """The details with items of the register in them; a new address gets its postal code, if only one is possible."""
    fresh = msgspec.structs.replace(details, **dict(taken))
    if kana is not None:
        fresh = msgspec.structs.replace(fresh, kana=kana)
    if fresh.address != details.address:
        fresh = msgspec.structs.replace(fresh, postal_code=postal_code_of(fresh.address))
    return fresh


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in parts small enough for one question to the database."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def known(session: Session, numbers: Iterable[str]) -> dict[str, CustomerRow]:
    """The customers of some numbers."""
    found: dict[str, CustomerRow] = {}
    for some in chunks(list(numbers)):
        rows = session.scalars(select(CustomerRow).where(CustomerRow.number.in_(some)))
        found |= {row.number: row for row in rows}
    return found


def find(session: Session, text: str, *, after: str = "", limit: int = 50) -> list[CustomerRow]:
    """Customers whose number begins so, or whose name or kana holds the text; by number. Empty finds all."""
    return list(session.scalars(_search(text).where(CustomerRow.number > after).limit(limit)))


def _search(text: str) -> Select[CustomerRow]:
    query = select(CustomerRow).order_by(CustomerRow.number)
    words = fold_width(text).strip()
    if not words:
        return query
    conditions = [CustomerRow.number.startswith(words, autoescape=True)]
    conditions += [
        CustomerRow.search.contains(form, autoescape=True)
        for form in {normalise_name(words), normalise_kana(words)}
        if form
    ]
    condition = conditions[0]
    for each in conditions[1:]:
        condition |= each
    return query.where(condition)


def count(session: Session) -> int:
    """How many customers there are."""
    return session.scalar(select(func.count()).select_from(CustomerRow)) or 0


def history(session: Session, number: str) -> list[RecordRow]:
    """Every version of a record, newest first."""
    query = select(RecordRow).where(RecordRow.customer_number == number)
    return list(session.scalars(query.order_by(RecordRow.version.desc())))
