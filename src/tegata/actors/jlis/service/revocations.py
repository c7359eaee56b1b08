"""Certificates end or are held: by an event of the register, by a newer one, on request (FI-03, SP-03 to SP-05).

A phone's certificates hang on the card's signature certificate with which they were applied for: when that is revoked
for good they end with it, for the same reason. When it is merely held they stay as they are [GAP].
"""

from collections.abc import Iterable
from typing import NamedTuple

from tegata.actors.jlis.rules.revocation import HOLD, RELEASE, Entry, EntryReason, may_be_added
from tegata.actors.jlis.service import records, standing
from tegata.actors.jlis.tables import CertificateRow, Person
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.wire.certificates import CertificateState, RevocationRequest, Usage
from tegata.wire.problems import NOT_FOUND, Refused


class Changed(NamedTuple):
    """A certificate to whose record something was added."""

    usage: Usage
    serial: int


def end_all(tx: Transaction, rows: Iterable[CertificateRow], reason: EntryReason, cause: str) -> list[Changed]:
    """Add to the record of each certificate where that changes anything; returns those where it did, in their order."""
    return [changed for row in rows for changed in add(tx, row, reason, cause)]


def add(tx: Transaction, row: CertificateRow, reason: EntryReason, cause: str) -> list[Changed]:
    """Add to a certificate's record, and to what hangs on it; nothing where it has expired or nothing would change."""
    usage = records.usage_of(row)
    known = records.record_of(tx.session, usage, [row.serial]).get(row.serial, ())
    if row.not_after < tx.now or not may_be_added(known, reason, records.medium_of(row)):
        return []
    _append(tx, row, reason, cause)
    follow = () if reason in {HOLD, RELEASE} else records.hanging_on(tx.session, row)
    return [Changed(usage, row.serial), *end_all(tx, follow, reason, cause)]


def _append(tx: Transaction, row: CertificateRow, reason: EntryReason, cause: str) -> None:
    """In whole seconds, as CRLs and OCSP have them."""
    entry = Entry(tx.now.replace(microsecond=0), reason)
    addition = standing.Addition(
        row.usage, row.serial, row.generation, row.municipality_code, row.not_after, entry, cause
    )
    standing.append(tx.session, [addition])


def named(changed: Iterable[Changed]) -> list[str]:
    """Certificates as the audit log names them."""
    return [f"{one.usage}:{one.serial}" for one in changed]


def revoke(node: Node, request: RevocationRequest, caller: str) -> CertificateState:
    """On request of the holder or the municipality. What is revoked for good, or expired, stays as it is.

    Raises NOT_FOUND, also for a certificate of another municipality's resident.
    """
    with node.database.begin() as tx:
        row = records.certificate(tx.session, request.usage, request.serial)
        person = tx.session.get_one(Person, row.person_id)
        if request.municipality_code not in {person.municipality_code, row.municipality_code}:
            raise Refused(NOT_FOUND)
        changed = add(tx, row, request.reason, f"request:{caller}")
        if changed:
            detail = {
                "usage": request.usage, "serial": row.serial, "reason": request.reason, "with_it": named(changed[1:]),
            }  # fmt: skip
            tx.record("certificate-revoked", subject=row.person_id, who=caller, detail=detail)
        return records.states(tx.session, [row], tx.now)[0]
