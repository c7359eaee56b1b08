"""Lists against each other: what is new since yesterday, and which of someone's certificates are listed (FI-06)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from tegata.pki.crl.entries import WIDE, Indices, RevokedEntries, Serials
from tegata.pki.crl.spool import Spool


def newly_revoked(old: RevokedEntries | None, new: RevokedEntries) -> RevokedEntries:
    """The entries of ``new`` that ``old`` lacks or lists with another time or reason; all where there is no ``old``."""
    if old is None:
        return new
    return new.take(~_contained(new, old), ~_contained(new.wide_table, old.wide_table))


def news_between(old: Spool | None, new: Spool) -> Iterator[RevokedEntries]:
    """As :func:`newly_revoked`, of lists of any length: the entries in chunks that ascend, none of them empty."""
    for chunk in new.chunks():
        for before, now in [(None, chunk)] if old is None else old.beside(chunk):
            found = newly_revoked(before, now)
            if len(found):
                yield found


def removed(old: RevokedEntries | None, new: RevokedEntries) -> RevokedEntries:
    """The entries of ``old`` whose serial ``new`` no longer lists: released from hold, or expired since."""
    if old is None:
        return RevokedEntries.empty()
    return old.take(~_listed(old.serials, new.serials), ~_listed(old.wide_table.serials, new.wide_table.serials))


def match(entries: RevokedEntries, sorted_serials: npt.NDArray[np.generic]) -> Indices:
    """Indices, ascending, of those ``sorted_serials`` that ``entries`` lists; a serial that stands twice gives both.

    ``sorted_serials`` is an ascending array of non-negative integers, or of :func:`wide_key` strings (dtype ``S20``).
    Raises ``ValueError`` where it is not sorted, since a search in it would miss revoked certificates.
    """
    serials = _as_keys(sorted_serials)
    listed = entries.wide_table.serials if serials.dtype == WIDE else entries.serials
    if len(serials) <= len(listed):
        return np.flatnonzero(_listed(serials, listed))
    first = np.searchsorted(serials, listed, side="left")
    hit = _equal_at(serials, first, listed)
    first, last = first[hit], np.searchsorted(serials, listed[hit], side="right")
    return _ranges(first, last)


def _as_keys(serials: npt.NDArray[Any]) -> Serials:
    """The serials in the type of the entries' own: numpy would compare int64 with uint64 as floats, and lose digits."""
    if serials.dtype.kind not in "uiS" or serials.ndim != 1:
        raise ValueError(f"serials are a row of integers or of {WIDE} strings, not {serials.dtype}")
    if len(serials) > 1 and not bool(np.all(serials[:-1] <= serials[1:])):
        raise ValueError("the serials are not sorted")
    if serials.dtype.kind == "i" and len(serials) and int(serials[0]) < 0:
        raise ValueError("a negative serial")
    return serials.astype(WIDE if serials.dtype.kind == "S" else np.uint64, copy=False)


def _contained(these: RevokedEntries, those: RevokedEntries) -> npt.NDArray[np.bool_]:
    """Which of ``these`` stand in ``those`` with the same time and reason."""
    at = np.searchsorted(those.serials, these.serials)
    same = _equal_at(those.serials, at, these.serials)
    at = at[same]
    same[same] = (those.revoked_at[at] == these.revoked_at[same]) & (those.reasons[at] == these.reasons[same])
    return same


def _listed(these: Serials, those: Serials) -> npt.NDArray[np.bool_]:
    """Which of ``these`` serials stand among ``those``."""
    return _equal_at(those, np.searchsorted(those, these), these)


def _equal_at(table: Serials, at: Indices, wanted: Serials) -> npt.NDArray[np.bool_]:
    if not len(table):
        return np.zeros(len(wanted), np.bool_)
    equal: npt.NDArray[np.bool_] = table[np.minimum(at, len(table) - 1)] == wanted
    return equal & (at < len(table))


def _ranges(first: Indices, last: Indices) -> Indices:
    """All indices of the half-open ranges first:last, which do not overlap and ascend."""
    counts = last - first
    if bool(np.all(counts == 1)):
        return first
    starts = np.cumsum(counts) - counts
    return np.repeat(first - starts, counts) + np.arange(int(counts.sum()))
