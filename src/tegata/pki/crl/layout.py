"""Entries → the bytes of ``revokedCertificates`` (RFC 5280 5.1.2.6), a chunk at a time, without a loop over records.

A record's shape is (bytes of its serial, kind of its time, reason or none). All records of one shape have the same
length and the same bytes apart from serial, time and reason: a template is repeated and these three are laid over it.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from tegata.pki import der
from tegata.pki.crl import times
from tegata.pki.crl.entries import WIDE, WIDE_BYTES, RevokedEntries, Serials
from tegata.pki.crl.octets import Bytes, scatter

CHUNK: Final = 8192
REASON_EXTENSION: Final = bytes.fromhex("300c300a0603551d1504030a0100")
"""The entry extensions of a record with a reason; the last byte is the CRLReason."""

_NARROW_THRESHOLDS: Final = np.array([1 << (8 * size - 1) for size in range(1, 9)], np.uint64)


class Layout:
    """The records of some entries as they will be written: their total ``length`` and their bytes in pieces."""

    def __init__(self, entries: RevokedEntries) -> None:
        self._tables = [_Table(table) for table in (entries, entries.wide) if table is not None and len(table.serials)]
        self.length = sum(table.length for table in self._tables)

    def pieces(self) -> Iterator[memoryview]:
        """The bytes, in order."""
        for table in self._tables:
            yield from table.pieces()


class _Table:
    """One table of entries and the shape of each: serial size * 4 + generalized * 2 + has a reason."""

    def __init__(self, entries: RevokedEntries) -> None:
        self.entries = entries
        seconds = entries.revoked_at
        if int(seconds.min()) < times.FIRST_UTC_TIME:
            raise ValueError("a revocation before 1950")
        generalized = seconds >= times.FIRST_GENERALIZED_TIME
        self.shapes = _sizes(entries.serials) * 4 + generalized * np.uint8(2) + (entries.reasons > 0)
        counts = np.bincount(self.shapes)
        self.length = sum(int(count) * len(_template(shape)) for shape, count in enumerate(counts) if count)

    def pieces(self) -> Iterator[memoryview]:
        for start in range(0, len(self.shapes), CHUNK):
            yield self._chunk(slice(start, start + CHUNK)).data

    def _chunk(self, rows: slice) -> Bytes:
        shapes, serials = self.shapes[rows], _serial_bytes(self.entries.serials[rows])
        days, seconds = np.divmod(self.entries.revoked_at[rows], times.DAY)
        clock, reasons = times.clock_digits().take(seconds, axis=0), self.entries.reasons[rows]
        present = np.flatnonzero(np.bincount(shapes))
        if len(present) == 1:
            return _records(int(present[0]), serials, days, clock, reasons).reshape(-1)
        lengths = np.array([len(_template(shape)) for shape in range(int(present[-1]) + 1)])[shapes]
        ends = np.cumsum(lengths)
        chunk = np.empty(int(ends[-1]), np.uint8)
        for shape in present.tolist():
            chosen = np.flatnonzero(shapes == shape)
            clocks = clock.take(chosen, axis=0)
            records = _records(shape, serials.take(chosen, axis=0), days[chosen], clocks, reasons[chosen])
            scatter(chunk, ends[chosen] - records.shape[1], records)
        return chunk


def _records(shape: int, serials: Bytes, days: times.Seconds, clock: Bytes, reasons: Bytes) -> Bytes:
    """Records of one shape, one a row."""
    size, generalized = shape >> 2, bool(shape & 2)
    template = np.frombuffer(_template(shape), np.uint8)
    records = np.tile(template, (len(serials), 1))
    width = min(size, serials.shape[1])
    records[:, 4 + size - width : 4 + size] = serials[:, -width:]
    date = times.date_digits(days) if generalized else times.utc_dates().take(days - times.FIRST_DAY, axis=0)
    at = 4 + size + 2
    records[:, at : at + date.shape[1]] = date
    records[:, at + date.shape[1] : at + date.shape[1] + 6] = clock
    if shape & 1:
        records[:, -1] = reasons
    return records


def _template(shape: int) -> bytes:
    """A record of a shape with zeros where serial, time and reason come."""
    time = (
        der.encode(der.GENERALIZED_TIME, b"00000000000000Z")
        if shape & 2
        else der.encode(der.UTC_TIME, b"000000000000Z")
    )
    reason = REASON_EXTENSION if shape & 1 else b""
    return der.encode(der.SEQUENCE, der.encode(der.INTEGER, bytes(shape >> 2)), time, reason)


def _serial_bytes(serials: Serials) -> Bytes:
    """Serials as big-endian bytes in rows of 8, or of 20 for a wide table."""
    big_endian = np.ascontiguousarray(serials) if serials.dtype == WIDE else serials.astype(">u8")
    octets: Bytes = big_endian.view(np.uint8).reshape(len(serials), -1)
    return octets


def _sizes(serials: Serials) -> npt.NDArray[np.uint8]:
    """How many octets the INTEGER of each serial has: no more than needed, and a sign bit."""
    if serials.dtype != WIDE:
        return (np.searchsorted(_NARROW_THRESHOLDS, serials, side="right") + 1).astype(np.uint8)
    octets = _serial_bytes(serials)
    sign = np.uint8(0xFF) * (octets[:, :1] >> 7)
    padding = (octets[:, :-1] == sign) & ((octets[:, 1:] ^ sign) < 0x80)
    leading: npt.NDArray[np.intp] = np.logical_and.accumulate(padding, axis=1).sum(axis=1)
    return (WIDE_BYTES - leading).astype(np.uint8)
