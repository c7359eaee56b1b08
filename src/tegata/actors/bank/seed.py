"""A bank with customers and consents, as they stand when a network is set up."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import insert, select

from tegata.actors.bank.rules.rows import Read, read_row
from tegata.actors.bank.service import customers
from tegata.actors.bank.service.customers import chunks
from tegata.actors.bank.settings import Field
from tegata.actors.bank.tables import ConsentRow, CustomerRow, PointerRow
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.wire.consents import ConsentRecord

BATCH = 2000
SOURCE = customers.Source("import", "population", "population")


def load_customers(node: Node, rows: Iterable[Mapping[Field, str]]) -> dict[str, str]:
    """Add customers from rows by fields; returns number → reference. Raises ``ValueError`` for a row that is not good.

    A customer who is known stays, so that loading again is harmless.
    """
    waiting, references = iter(rows), dict[str, str]()
    while part := list(islice(waiting, BATCH)):
        with node.database.begin() as tx:
            references |= _load(tx, part)
    return references


def _load(tx: Transaction, part: Sequence[Mapping[Field, str]]) -> dict[str, str]:
    today = tx.now.date()
    read = [_read(read_row(row, today)) for row in part]
    references = _references(tx, [each.customer_number for each in read])
    new = [
        (each.customer_number, customers.Details(**{name: getattr(each, name) for name in customers.KEPT}), _hash(each))
        for each in read
        if each.customer_number not in references
    ]
    added = customers.add(tx, new, SOURCE)
    tx.record("population-loaded", subject=None, who="bank", detail={"customers": len(new)})
    return references | added


def _references(tx: Transaction, numbers: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for some in chunks(numbers):
        query = select(CustomerRow.number, CustomerRow.reference).where(CustomerRow.number.in_(some))
        found |= dict(tx.session.execute(query).all())
    return found


def _read(read: object) -> Read:
    if not isinstance(read, Read):
        raise ValueError(f"a row of the population is not good: {read}")
    return read


def _hash(read: Read) -> bytes:
    return hashlib.sha256(msgspec.json.encode(read)).digest()


def load_consents(node: Node, records: Sequence[ConsentRecord]) -> int:
    """Keep consents that stand at the operator, linked by their references; returns how many found their customer.

    They count as this customer's: whoever set the network up knows it.
    """
    with node.database.begin() as tx:
        known = set[str]()
        owners: dict[str, str] = {}
        for some in chunks(records):
            ids = select(ConsentRow.consent_id).where(ConsentRow.consent_id.in_([each.consent_id for each in some]))
            known |= set(tx.session.scalars(ids))
            query = select(CustomerRow.reference, CustomerRow.number)
            query = query.where(CustomerRow.reference.in_([each.reference for each in some]))
            owners |= dict(tx.session.execute(query).all())
        new = [each for each in records if each.consent_id not in known]
        if new:
            tx.session.execute(insert(ConsentRow), [_consent(tx, each, owners.get(each.reference)) for each in new])
            pointers = [{"consent_id": each.consent_id, "serial": each.serial, "since": tx.now} for each in new]
            tx.session.execute(insert(PointerRow), pointers)
        linked = sum(each.reference in owners for each in records)
        tx.record("consents-loaded", subject=None, who="bank", detail={"consents": len(new), "linked": linked})
    return linked


def _consent(tx: Transaction, record: ConsentRecord, customer_number: str | None) -> dict[str, Any]:
    return {
        "consent_id": record.consent_id, "reference": record.reference, "customer_number": customer_number,
        "identity": "known", "given_at": record.given_at, "learned_at": tx.now, "channel": record.channel,
        "service": record.service, "purpose": record.purpose, "items": [*record.items],
        "valid_from": record.valid_from, "valid_until": record.valid_until,
    }  # fmt: skip
