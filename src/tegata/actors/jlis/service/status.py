"""The state of certificates as OCSP and CRLs ask for it: all that is revoked, or one certificate live (FI-05)."""

from dataclasses import dataclass

from tegata.actors.jlis.service import authorities, records, standing
from tegata.actors.jlis.tables import CertificateRow
from tegata.node.bulk.views import view_of
from tegata.node.node import Node
from tegata.pki import der
from tegata.pki.crl import Reason, RevokedEntries
from tegata.pki.ocsp import Good, Revoked, Unknown, cert_id
from tegata.pki.profiles import Usage


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


def revoked_entries(node: Node, usage: Usage, generation: int | None = None) -> RevokedEntries:
    """Everything that is revoked or held now, expired ones too; ``generation`` None for all."""
    with view_of(node.database) as view:
        return RevokedEntries.joined(standing.by_serial(view, usage, generation=generation))


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
