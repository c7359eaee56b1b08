"""A bank with customers and consents, as they stand when a network is set up."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import msgspec

from tegata.actors.bank.rules.rows import Read, read_row
from tegata.actors.bank.service import consents, customers
from tegata.actors.bank.settings import Field
from tegata.actors.bank.tables import CustomerRow
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
    known = customers.known(tx.session, [each.customer_number for each in read])
    new = [
        (each.customer_number, customers.Details(**{name: getattr(each, name) for name in customers.KEPT}), _hash(each))
        for each in read
        if each.customer_number not in known
    ]
    customers.add(tx, new, SOURCE)
    tx.record("population-loaded", subject=None, who="bank", detail={"customers": len(new)})
    found = customers.known(tx.session, [each.customer_number for each in read])
    return {number: row.reference for number, row in found.items()}


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
        rows = [consents.keep(tx, record, "known") for record in records]
        linked = sum(row.customer_number is not None for row in rows)
        tx.record("consents-loaded", subject=None, who="bank", detail={"consents": len(rows), "linked": linked})
    return linked


def customer_of(node: Node, number: str) -> CustomerRow:
    """A customer by number. Raises ``Refused`` (not-found)."""
    with node.database.read() as session:
        return customers.row_of(session, number)
