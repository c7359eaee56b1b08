"""Certificates are revoked or held: by an event of the register, by a newer certificate, or on request (FI-03)."""

from sqlalchemy import insert

from tegata.actors.jlis.rules.revocation import may_be_added
from tegata.actors.jlis.service import records
from tegata.actors.jlis.tables import CertificateRow, Person, RevocationRow
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.wire.certificates import CertificateState, Reason, RevocationRequest, Usage
from tegata.wire.problems import NOT_FOUND, Refused


def revoke_all(tx: Transaction, person_id: str, usage: Usage, reason: Reason, cause: str) -> list[int]:
    """Revoke whatever certificates of a person and usage can still be used; returns their serials."""
    rows = [row for row in records.certificates_of(tx.session, person_id, usage) if row.not_after >= tx.now]
    known = records.record_of(tx.session, usage, [row.serial for row in rows])
    serials = [row.serial for row in rows if may_be_added(known.get(row.serial, ()), reason)]
    for serial in serials:
        append(tx, usage, serial, reason, cause)
    return serials


def append(tx: Transaction, usage: Usage, serial: int, reason: Reason, cause: str) -> None:
    """Add to a certificate's record, in whole seconds as CRLs and OCSP have them."""
    at = tx.now.replace(microsecond=0)
    tx.session.execute(insert(RevocationRow).values(usage=usage, serial=serial, at=at, reason=reason, cause=cause))


def revoke(node: Node, request: RevocationRequest, caller: str) -> CertificateState:
    """On request of the holder or the municipality. What is revoked for good, or expired, stays as it is.

    Raises NOT_FOUND, also for a certificate of another municipality's resident.
    """
    with node.database.begin() as tx:
        row = records.certificate(tx.session, request.usage, request.serial)
        person = tx.session.get_one(Person, row.person_id)
        if request.municipality_code not in {person.municipality_code, row.municipality_code}:
            raise Refused(NOT_FOUND)
        if _may_be_revoked(tx, row, request.reason):
            append(tx, request.usage, row.serial, request.reason, f"request:{caller}")
            detail = {"usage": request.usage, "serial": row.serial, "reason": request.reason}
            tx.record("certificate-revoked", subject=row.person_id, who=caller, detail=detail)
        return records.states(tx.session, [row], tx.now)[0]


def _may_be_revoked(tx: Transaction, row: CertificateRow, reason: Reason) -> bool:
    known = records.record_of(tx.session, records.usage_of(row), [row.serial]).get(row.serial, ())
    return row.not_after >= tx.now and may_be_added(known, reason)
