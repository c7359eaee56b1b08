"""What a responder says of one certificate (RFC 6960 2.2), and where it knows it from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self, TypeAlias

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
class SerialRuns:
    """Serial numbers that were issued, as runs without a gap: authorities count up, so few runs hold them all.

    ``starts`` and ``ends``, both inclusive, are sorted uint64 columns; no run touches the next.
    """

    starts: Serials
    ends: Serials

    @classmethod
    def of(cls, runs: Iterable[tuple[int, int]]) -> Self:
        """Runs from the first and the last serial of each, lowest first; those that touch are joined.

        Raises ``ValueError`` for runs that are not in order.
        """
        joined: list[list[int]] = []
        for first, last in runs:
            if first > last or (joined and first <= joined[-1][1]):
                raise ValueError("serial numbers that do not count up")
            if joined and first == joined[-1][1] + 1:
                joined[-1][1] = last
            else:
                joined.append([first, last])
        return cls(*(np.array([run[end] for run in joined], np.uint64) for end in (0, 1)))

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """The first and the last serial of each run."""
        return zip(self.starts.tolist(), self.ends.tolist(), strict=True)

    def __len__(self) -> int:
        """How many serial numbers there are, not how many runs."""
        return int((self.ends - self.starts).sum()) + len(self.starts)

    def __contains__(self, serial: int) -> bool:
        if not 0 <= serial < NARROW_LIMIT:
            return False
        index = int(np.searchsorted(self.ends, np.uint64(serial)))
        return index < len(self.ends) and int(self.starts[index]) <= serial


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A status source in memory: the serials that were issued, and those revoked of them."""

    issued: SerialRuns
    revoked: RevokedEntries

    def status(self, serial: int) -> Status:
        """Revoked if listed so, good if issued, unknown otherwise: bisection in both."""
        revocation = self.revoked.lookup(serial)
        if revocation is not None:
            return Revoked(revocation.at, revocation.reason)
        return Good() if serial in self.issued else Unknown()
