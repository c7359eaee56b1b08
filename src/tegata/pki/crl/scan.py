"""The bytes of ``revokedCertificates`` → entries, window by window, for records of any mixture of shapes.

A window is read, its whole records are found (:mod:`.records`), and the next window begins behind them. The records of
a window are read shape by shape (:mod:`.shapes`), and those of no usual shape together (:mod:`.fields`): nowhere is
there a loop over records, and no more than a few windows are in memory.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from tegata.pki.crl.entries import WIDE, Indices, RevokedEntries, Serials
from tegata.pki.crl.fields import Fields
from tegata.pki.crl.octets import Bytes, gather
from tegata.pki.crl.records import MOST_OCTETS, Records, find_records
from tegata.pki.crl.shapes import NO_SHAPE, read_shape, shapes_of
from tegata.pki.crl.times import Seconds
from tegata.pki.der import DerError, Octets

WINDOW: Final = 1 << 20
FEW: Final = 64
"""So many records of one shape are read with the others: a step for each shape costs more than it saves."""


class Span(NamedTuple):
    """Octets from ``start`` to ``end`` of a list."""

    start: int
    end: int


class _Window(NamedTuple):
    octets: Bytes
    records: Records


def scan(data: Octets, span: Span, window: int = WINDOW) -> Iterator[RevokedEntries]:
    """The entries of consecutive windows, in the order in which they stand there: whether it ascends is not looked at.

    ``span`` is the content of ``revokedCertificates``. Raises :class:`~tegata.pki.der.DerError` or
    :class:`~tegata.pki.crl.fields.UnknownCriticalExtension`.
    """
    return map(_entries, _windows(data, span, window))


def _windows(data: Octets, span: Span, window: int) -> Iterator[_Window]:
    start, size = span.start, window
    while start < span.end:
        end = min(start + size, span.end)
        octets = np.frombuffer(data[start:end], np.uint8)
        records = find_records(octets, last=end == span.end)
        if records.end:
            yield _Window(octets[: records.end], records)
            start, size = start + records.end, window
        elif size > MOST_OCTETS:
            raise DerError("a record that is longer than an entry can be")
        else:
            size *= 2


def _entries(window: _Window) -> RevokedEntries:
    octets, records = window
    if records.length:
        shape = int(shapes_of(np.array([records.length]), octets[3:4])[0])
        table = read_shape(octets, shape, len(records.starts)) if shape != NO_SHAPE else None
        if table is not None:
            return table if table.serials.dtype != WIDE else RevokedEntries(*RevokedEntries.empty().columns, table)
    return _Mixed(octets, records).entries()


class _Mixed:
    """The columns of a window's records in their order; ``keys`` has the serials of those that are ``wide``."""

    def __init__(self, octets: Bytes, records: Records) -> None:
        self.octets, self.starts, self.ends = octets, records.starts, records.ends
        count = len(records.starts)
        self.serials, self.revoked_at = np.zeros(count, np.uint64), np.empty(count, np.int64)
        self.reasons, self.wide = np.empty(count, np.uint8), np.zeros(count, np.bool_)
        self.keys = np.empty(0, WIDE)

    def entries(self) -> RevokedEntries:
        shapes = shapes_of(self.ends - self.starts, self.octets.take(self.starts + 3, mode="clip"))
        others = shapes == NO_SHAPE
        for shape in np.flatnonzero(np.bincount(shapes)).tolist():
            rows = np.flatnonzero(shapes == shape)
            if shape != NO_SHAPE and (len(rows) <= FEW or not self._read_shape(shape, rows)):
                others[rows] = True
        if bool(others.any()):
            self._read_others(np.flatnonzero(others))
        narrow = self._table(~self.wide, self.serials)
        return RevokedEntries(*narrow.columns, self._table(self.wide, self.keys)) if len(self.keys) else narrow

    def _read_shape(self, shape: int, rows: Indices) -> bool:
        """Records of one shape, laid side by side; whether they are of it."""
        starts = self.starts[rows]
        octets = gather(self.octets, starts, int(self.ends[rows[0]] - starts[0])).reshape(-1)
        table = read_shape(octets, shape, len(rows))
        if table is not None:
            self._keep(rows, *table.columns)
        return table is not None

    def _read_others(self, rows: Indices) -> None:
        fields = Fields(self.octets, self.starts[rows], self.ends[rows])
        serials, wide, keys = fields.serials()
        self._keep(rows, serials, fields.times(), fields.reasons())
        if len(keys):
            self._keep_keys(rows[wide], keys.reshape(-1).view(WIDE))

    def _keep(self, rows: Indices, serials: Serials, revoked_at: Seconds, reasons: Bytes) -> None:
        if serials.dtype == WIDE:
            self._keep_keys(rows, serials)
        else:
            self.serials[rows] = serials
        self.revoked_at[rows], self.reasons[rows] = revoked_at, reasons

    def _keep_keys(self, rows: Indices, keys: Serials) -> None:
        if not len(self.keys):
            self.keys = np.zeros(len(self.starts), WIDE)
        self.keys[rows], self.wide[rows] = keys, True

    def _table(self, chosen: npt.NDArray[np.bool_], serials: Serials) -> RevokedEntries:
        every = bool(chosen.all())
        columns = (serials, self.revoked_at, self.reasons)
        return RevokedEntries(*(columns if every else (column[chosen] for column in columns)))
