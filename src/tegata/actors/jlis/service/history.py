"""The life of one certificate: its states in time, and its chain old → new."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tegata.actors.jlis.rules.revocation import HOLD, RELEASE, Entry
from tegata.actors.jlis.service import records
from tegata.actors.jlis.tables import CertificateRow
from tegata.node.node import Node
from tegata.pki.profiles import Usage
from tegata.wire.certificates import CertificateState

What = Literal["issued", "suspended", "resumed", "revoked", "expires"]


@dataclass(frozen=True)
class Moment:
    """Something that happened, or will, to a certificate."""

    at: datetime
    what: What
    reason: str = ""


@dataclass(frozen=True)
class Life:
    """A certificate with the person's certificates of the same usage and medium before and after it, oldest first.

    ``hangs_on``: the card's signature certificate that a phone's ends with; ``hanging``: what ends with this one.
    """

    state: CertificateState
    generation: int
    municipality_code: str
    moments: list[Moment]
    chain: list[CertificateState]
    hangs_on: int | None
    hanging: list[CertificateState]


def of_certificate(node: Node, usage: Usage, serial: int) -> Life | None:
    """The life of a certificate; None for one that was never issued."""
    now = node.clock.now()
    with node.database.read() as session:
        row = session.get(CertificateRow, (usage, serial))
        if row is None:
            return None
        same = records.certificates_of(session, row.person_id, usage, records.medium_of(row))
        chain = records.states(session, same, now)
        hanging = records.states(session, records.hanging_on(session, row), now)
        record = records.record_of(session, usage, [serial]).get(serial, [])
    state = next(one for one in chain if one.serial == serial)
    return Life(state, row.generation, row.municipality_code, _moments(row, record), chain, row.hangs_on, hanging)


def _moments(row: CertificateRow, record: list[Entry]) -> list[Moment]:
    words: dict[str, What] = {HOLD: "suspended", RELEASE: "resumed"}
    found = [Moment(row.issued_at, "issued")]
    found += [Moment(entry.at, words.get(entry.reason, "revoked"), entry.reason) for entry in record]
    if not any(moment.what == "revoked" for moment in found):
        found.append(Moment(row.not_after, "expires"))
    return found
