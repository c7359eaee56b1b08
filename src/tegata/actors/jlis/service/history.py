"""The life of one certificate: its states in time, and its chain old → new."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tegata.actors.jlis.rules.revocation import RevocationFact
from tegata.actors.jlis.service import records
from tegata.actors.jlis.tables import CertificateRow
from tegata.node.node import Node
from tegata.pki.profiles import Usage
from tegata.wire.certificates import CertificateState

What = Literal["issued", "suspended", "revoked", "expires"]


@dataclass(frozen=True)
class Moment:
    """Something that happened, or will, to a certificate."""

    at: datetime
    what: What
    reason: str = ""


@dataclass(frozen=True)
class Life:
    """A certificate with the people's certificates of the same usage before and after it, oldest first."""

    state: CertificateState
    generation: int
    municipality_code: str
    moments: list[Moment]
    chain: list[CertificateState]


def of_certificate(node: Node, usage: Usage, serial: int) -> Life | None:
    """The life of a certificate; None for one that was never issued."""
    now = node.clock.now()
    with node.database.read() as session:
        row = session.get(CertificateRow, (usage, serial))
        if row is None:
            return None
        chain = records.states(session, records.certificates_of(session, row.person_id, usage), now)
        record = records.record_of(session, usage, [serial]).get(serial, [])
    state = next(one for one in chain if one.serial == serial)
    return Life(state, row.generation, row.municipality_code, _moments(row, record), chain)


def _moments(row: CertificateRow, record: list[RevocationFact]) -> list[Moment]:
    found = [Moment(row.issued_at, "issued")]
    found += [
        Moment(fact.at, "suspended" if fact.reason == "certificateHold" else "revoked", fact.reason) for fact in record
    ]
    if not any(moment.what == "revoked" for moment in found):
        found.append(Moment(row.not_after, "expires"))
    return found
