"""Where the records of a window begin and end.

Where a record starts is known only by following the lengths of those before it. Where many records of one length stand
side by side, their headers repeat, and that is seen in one step. Else the chain is found at once: all places that look
like a record (SEQUENCE, then INTEGER) are candidates; nearly every one ends where the next begins, so candidates form
runs; and the runs, where something inside a record looked like one, are chained by pointer doubling. Hostile bytes cost
at most a logarithmic factor.
"""

from typing import Final, NamedTuple

import numpy as np

from tegata.pki import der
from tegata.pki.crl.entries import Indices
from tegata.pki.crl.fields import lengths_at, with_margin
from tegata.pki.crl.octets import Bytes, column
from tegata.pki.der import DerError

MOST_OCTETS: Final = 4 + 0xFFFF
"""Of a record: lengths of more than two octets are not looked at, an element of 64 KiB has no place in an entry."""
_BLOCK: Final = 1 << 16
"""Octets that are looked at in one step: larger arrays cost more to get from the system than to work on."""
_LOOKED_AT: Final = 5
"""Octets from the first on that tell a candidate."""


class Records(NamedTuple):
    """Consecutive records from the beginning of a window on; ``length`` is that of each, or 0 where they differ."""

    starts: Indices
    end: int
    length: int

    @property
    def ends(self) -> Indices:
        """Where each ends, which is where the next begins."""
        return np.append(self.starts[1:], self.end)


def find_records(octets: Bytes, *, last: bool) -> Records:
    """The whole records of a window that begins with one; none where it is too short to tell.

    ``last``: nothing follows the window, so that its end must be the end of a record. Raises
    :class:`~tegata.pki.der.DerError` where a record ends where none begins.
    """
    run = _run(octets)
    if 2 * run.end >= len(octets):
        return run
    if len(octets) < _LOOKED_AT and not last:
        return Records(np.empty(0, np.intp), 0, 0)
    places, stops = _candidates(octets)
    if not len(places) or places[0] != 0:
        raise DerError("the list does not begin with a record")
    chosen = _chain(places, stops)
    return _whole(places[chosen], int(stops[chosen[-1]]), len(octets), last=last)


def _run(octets: Bytes) -> Records:
    """The records that have the header of the first, as long as they follow each other."""
    length = 2 + int(octets[1]) if len(octets) > 1 else 0
    if length < 4 or length >= 0x82 or octets[0] != der.SEQUENCE or len(octets) < length or octets[2] != der.INTEGER:
        return Records(np.empty(0, np.intp), 0, 0)
    headers = column(octets, "<u4", 0, length, len(octets) // length)
    others = headers != headers[0]
    count = int(others.argmax()) or len(others)
    return Records(np.arange(count) * length, count * length, length)


def _candidates(octets: Bytes) -> tuple[Indices, Indices]:
    """The places that look like a record, and where it would end."""
    window = with_margin(octets)
    blocks = range(0, len(octets), _BLOCK)
    places = np.concatenate([_looking_so(window, start, min(start + _BLOCK, len(octets))) for start in blocks])
    headers, lengths, shortest = lengths_at(window, places)
    bodies = places + headers
    exact = (window.take(bodies) == der.INTEGER) & shortest
    return places[exact], (bodies + lengths)[exact]


def _looking_so(window: Bytes, start: int, end: int) -> Indices:
    """The places with a SEQUENCE, and an INTEGER behind a length of one to three octets."""
    integer = window[start + 2 : end + 4] == der.INTEGER
    looks = integer[:-2] | integer[1:-1]
    looks |= integer[2:]
    looks &= window[start:end] == der.SEQUENCE
    return np.flatnonzero(looks) + start


def _chain(places: Indices, stops: Indices) -> Indices:
    """Indices of the candidates that are met by going from the first to where it ends, and so on."""
    regular = stops[:-1] == places[1:]
    breaks = np.append(np.flatnonzero(~regular), len(places) - 1)
    targets = np.searchsorted(places, stops[breaks])
    inside = targets < len(places)
    inside[inside] = places[targets[inside]] == stops[breaks[inside]]
    met = _follow(np.where(inside, np.searchsorted(breaks, np.where(inside, targets, 0)), len(breaks)))
    begins = np.concatenate([[0], targets[met[:-1]]])
    counts = breaks[met] + 1 - begins
    if len(counts) == 1:
        return np.arange(counts[0])
    return np.repeat(begins - (np.cumsum(counts) - counts), counts) + np.arange(int(counts.sum()))


def _follow(following: Indices) -> Indices:
    """All nodes on the way from node 0, ascending; ``following`` leads upwards, to ``len(following)`` at the end."""
    sink = len(following)
    jump = np.append(following, sink)
    met = np.zeros(1, np.intp)
    while met[-1] != sink:
        met = np.concatenate([met, jump[met]])
        jump = jump[jump]
    return met[: int(np.searchsorted(met, sink))]


def _whole(starts: Indices, end: int, size: int, *, last: bool) -> Records:
    """The records of a chain but for a last one that goes on behind the window."""
    if end == size or (not last and size - _LOOKED_AT < end < size):
        return Records(starts, end, 0)
    if last or end < size:
        raise DerError("a record ends where no record begins")
    return Records(starts[:-1], int(starts[-1]), 0)
