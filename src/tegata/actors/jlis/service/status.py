"""The state of certificates as OCSP and CRLs ask for it: all that is revoked, or one certificate live (FI-05)."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.actors.jlis.rules.revocation import Entry, EntryReason, RevocationFact, then
from tegata.actors.jlis.service import authorities, records
from tegata.actors.jlis.tables import CertificateRow, RevocationRow
from tegata.node.node import Node
from tegata.pki import der
from tegata.pki.crl import Reason, RevokedEntries
from tegata.pki.ocsp import Good, Revoked, Unknown, cert_id
from tegata.pki.profiles import Usage

_ITS_RECORD = (RevocationRow.usage == CertificateRow.usage) & (RevocationRow.serial == CertificateRow.serial)


@dataclass(frozen=True)
class LiveStatus:
    """The records themselves, at the moment of asking; ``generation`` None for all of a usage."""

    node: Node
    usage: Usage
    generation: int | None = None

    def status(self, serial: int) -> Good | Revoked | Unknown:
        """Good, revoked or on hold with time and reason, or unknown."""
        if not 0 < serial < 2**63:
            return Unknown()
        with self.node.database.read() as session:
            row = session.get(CertificateRow, (self.usage, serial))
            if row is None or self.generation not in {None, row.generation}:
                return Unknown()
            revocation = records.revocation_of(session, row)
        return Good() if revocation is None else Revoked(revocation.at, Reason(revocation.reason))


def revoked_entries(session: Session, usage: Usage, generation: int) -> RevokedEntries:
    """Everything that is revoked or held under one generation."""
    rows = (row for row in revoked(session, usage) if row.generation == generation)
    return RevokedEntries.from_rows((row.serial, row.fact.at, Reason(row.fact.reason)) for row in rows)


@dataclass(frozen=True)
class RevokedRow:
    """One revoked certificate with what a CRL needs to know of it."""

    serial: int
    generation: int
    municipality_code: str
    not_after: datetime
    fact: RevocationFact


def revoked(session: Session, usage: Usage) -> list[RevokedRow]:
    """Every certificate of a usage that is revoked or held now; one that was released from a hold is not."""
    query = (
        select(
            CertificateRow.serial, CertificateRow.generation, CertificateRow.municipality_code,
            CertificateRow.not_after, RevocationRow.at, RevocationRow.reason,
        )
        .join(RevocationRow, _ITS_RECORD)
        .where(CertificateRow.usage == usage)
        .order_by(RevocationRow.number)
    )  # fmt: skip
    found: dict[int, RevokedRow] = {}
    for serial, generation, code, not_after, at, reason in session.execute(query):
        earlier = found.pop(serial, None)
        stands = then(earlier.fact if earlier else None, Entry(at, cast(EntryReason, reason)))
        if stands is not None:
            found[serial] = RevokedRow(serial, generation, code, not_after, stands)
    return list(found.values())


def request_for(node: Node, usage: Usage, serial: int) -> bytes:
    """An OCSP request for a serial, in the name of the generation that issued it, or the newest for one unknown."""
    with node.database.read() as session:
        row = session.get(CertificateRow, (usage, serial))
        number = row.generation if row else None
    roots = authorities.roots(node, usage)
    root = roots[number - 1] if number else roots[-1]
    wanted = cert_id(root, serial)
    return der.encode(
        der.SEQUENCE, der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, wanted.encoded)))
    )
