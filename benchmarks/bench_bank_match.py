"""A relying party matches the list of the day with its own customers (rule FI-06).

``TEGATA_BENCH_ENTRIES`` sets the number of revoked certificates (200,000); there are five times as many customers. The
serials come as the database gives them: sorted. Peers: Python's set and numpy.isin.
"""

import os
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from benchmarks.comparison import Comparison
from tegata.actors.bank.service.matching import Held, revoked_of
from tegata.pki.crl import Reason, RevokedEntries

ENTRIES = int(os.environ.get("TEGATA_BENCH_ENTRIES", "200000"))
CUSTOMERS = 5 * ENTRIES
NOW = 1_695_600_000


def comparisons() -> list[Comparison]:
    """From two columns to the consents whose certificate is revoked."""
    entries, held = _entries(), _held()
    listed, pairs = entries.serials.tolist(), list(zip(held.serials.tolist(), held.consent_ids.tolist(), strict=True))

    def ours() -> Sequence[str]:
        return [consent_id for consent_id, _ in revoked_of(entries, held)]

    def by_set() -> Sequence[str]:
        revoked = set(listed)
        return [consent_id for serial, consent_id in pairs if serial in revoked]

    def by_isin() -> Sequence[str]:
        return list(held.consent_ids[np.isin(held.serials, entries.serials)])

    work = f"match {CUSTOMERS:,} customers of a bank with {len(entries):,} revoked certificates"
    return [Comparison(work, ours, "Python set", by_set), Comparison(work, ours, "numpy.isin", by_isin)]


def _entries() -> RevokedEntries:
    rng = np.random.default_rng(1)
    serials = np.unique(rng.integers(1, 1 << 32, ENTRIES, dtype=np.uint64))
    reasons = np.full(len(serials), Reason.AFFILIATION_CHANGED.code, np.uint8)
    return RevokedEntries(serials, np.full(len(serials), NOW, np.int64), reasons)


def _held() -> Held:
    serials: npt.NDArray[np.uint64] = np.sort(np.random.default_rng(2).integers(1, 1 << 32, CUSTOMERS, dtype=np.uint64))
    names = np.empty(CUSTOMERS, np.object_)
    names[:] = [f"c{number:024x}" for number in range(CUSTOMERS)]
    return Held(serials, names)
