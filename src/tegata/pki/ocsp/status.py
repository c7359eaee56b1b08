"""What a responder says of one certificate (RFC 6960 2.2), and where it knows it from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

import numpy as np

from tegata.pki.crl import Reason, RevokedEntries
from tegata.pki.crl.entries import NARROW_LIMIT, Serials


@dataclass(frozen=True)
class Good:
    """Issued, and not revoked as of ``this_update``."""


@dataclass(frozen=True)
class Revoked:
    """Revoked, or on hold: when and why."""

    at: datetime
    reason: Reason


@dataclass(frozen=True)
class Unknown:
    """Not a certificate that this responder knows."""


Status: TypeAlias = Good | Revoked | Unknown


class StatusSource(Protocol):
    """The state of one authority's certificates at one time."""

    def status(self, serial: int) -> Status:
        """The status of the certificate with this serial number."""
        ...


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A status source in memory: the serials that were issued, as a sorted uint64 array, and those revoked of them."""

    issued: Serials
    revoked: RevokedEntries

    def status(self, serial: int) -> Status:
        """Revoked if listed so, good if issued, unknown otherwise: bisection in both."""
        revocation = self.revoked.lookup(serial)
        if revocation is not None:
            return Revoked(revocation.at, revocation.reason)
        return Good() if self._was_issued(serial) else Unknown()

    def _was_issued(self, serial: int) -> bool:
        if not 0 <= serial < NARROW_LIMIT:
            return False
        index = int(np.searchsorted(self.issued, np.uint64(serial)))
        return index < len(self.issued) and int(self.issued[index]) == serial
