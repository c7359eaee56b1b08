"""The bank matches a CRL with its customers by itself (FI-06): in columns, for millions of them.

1. the list: fetched from the operator (④), or a file
2. it is checked: form, issuer, signature, time, scope, number                     else crl-not-used
3. the serials of all consents that count, sorted by the database, beside its entries
4. a case for each certificate that is revoked and was not known to be
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from sqlalchemy import select

from tegata.actors.bank.service import cases, consents
from tegata.actors.bank.service.customer_matching.problems import CRL_NOT_USED
from tegata.actors.bank.tables import ConsentRow, PointerRow
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.node.tables import ValueRow
from tegata.node.trust import roots
from tegata.pki.crl import CrlRefused, Revocation, RevocationList, RevokedEntries, match, verify_crl
from tegata.wire.problems import Refused
from tegata.wire.revocation import CRL_HANDED_ON

KEPT = "matched list"
SLICE = 1000


@dataclass(frozen=True)
class MatchReport:
    """What matching found: the list's number and entries, how many certificates were held against it, how many of them
    are revoked, and how many of these the bank had not known.
    """

    number: int
    this_update: datetime
    entries: int
    held: int
    revoked: int
    new: int


@dataclass(frozen=True)
class Held:
    """Consents by the serials of their certificates, ascending; both columns are of one length."""

    serials: npt.NDArray[np.uint64]
    consent_ids: npt.NDArray[np.object_]


def match_customers(node: Node, crl: bytes | None = None) -> MatchReport:
    """Steps 1 to 4, with the operator's list or with ``crl`` (DER). Raises ``Refused``."""
    listed = checked(node, node.fetch(CRL_HANDED_ON, path={"usage": "sign"}).body if crl is None else crl)
    held = held_certificates(node)
    found = revoked_of(listed.entries, held)
    new = 0
    for start in range(0, len(found), SLICE):
        with node.database.begin() as tx:
            new += sum(_open(tx, *each) for each in found[start : start + SLICE])
    report = MatchReport(listed.number, listed.this_update, len(listed.entries), len(held.serials), len(found), new)
    _remember(node, report)
    return report


def revoked_of(entries: RevokedEntries, held: Held) -> list[tuple[str, Revocation]]:
    """The consents whose certificate is revoked, by serial, each with its revocation."""
    found = match(entries, held.serials)
    at = np.searchsorted(entries.serials, held.serials[found])
    return [
        (consent_id, entries.row(int(index))) for consent_id, index in zip(held.consent_ids[found], at, strict=True)
    ]


def checked(node: Node, der: bytes) -> RevocationList:
    """Step 2. Raises ``Refused`` (crl-not-used)."""
    previous = node.kept(KEPT).get("number")
    try:
        return verify_crl(der, roots(node, "sign"), at=node.clock.now(), previous_number=previous)
    except CrlRefused as refused:
        raise Refused(CRL_NOT_USED, {"cause": refused.code}) from refused


def held_certificates(node: Node) -> Held:
    """Step 3: the certificates of all consents that count, sorted."""
    query = (
        select(PointerRow.serial, PointerRow.consent_id)
        .join(ConsentRow, ConsentRow.consent_id == PointerRow.consent_id)
        .where(ConsentRow.customer_number.is_not(None))
        .where(consents.standing(node.clock.now()), ConsentRow.identity != "rejected")
        .order_by(PointerRow.serial)
    )
    with node.database.read() as session:
        rows = session.execute(query).all()
    serials = np.fromiter((row[0] for row in rows), np.uint64, len(rows))
    names = np.empty(len(rows), np.object_)
    names[:] = [row[1] for row in rows]
    return Held(serials, names)


def _open(tx: Transaction, consent_id: str, revocation: Revocation) -> bool:
    consent = tx.session.get_one(ConsentRow, consent_id)
    reason = str(revocation.reason)
    cause = cases.revoked(consent_id, revocation.serial, via="match", reason=reason, at=revocation.at)
    return cases.open_case(tx, consent, cause) is not None


def _remember(node: Node, report: MatchReport) -> None:
    detail = {
        "number": report.number, "entries": report.entries, "held": report.held, "revoked": report.revoked,
        "new": report.new,
    }  # fmt: skip
    with node.database.begin() as tx:
        tx.record("crl-matched", subject=None, who=tx.actor, detail=detail)
        times = {"this_update": report.this_update.isoformat(), "at": tx.now.isoformat()}
        tx.session.merge(ValueRow(name=KEPT, value=detail | times))
