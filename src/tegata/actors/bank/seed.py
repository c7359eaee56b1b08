"""A bank with customers, as they stand when a network is set up."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import msgspec
from sqlalchemy import select

from tegata.actors.bank.rules.rows import Read, read_row
from tegata.actors.bank.service import customers
from tegata.actors.bank.service.customers import chunks
from tegata.actors.bank.settings import Field
from tegata.actors.bank.tables import CustomerRow
from tegata.node.database import Transaction
from tegata.node.node import Node

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


def unknown_numbers(node: Node, numbers: Iterable[str]) -> set[str]:
    """Those of the customer numbers that nobody has yet."""
    wanted = list(numbers)
    missing = set(wanted)
    with node.database.read() as session:
        for some in chunks(wanted):
            missing.difference_update(session.scalars(select(CustomerRow.number).where(CustomerRow.number.in_(some))))
    return missing


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
