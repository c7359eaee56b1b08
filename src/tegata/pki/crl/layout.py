"""Entries → the bytes of ``revokedCertificates`` (RFC 5280 5.1.2.6), a chunk at a time, without a loop over records.

A record's shape is (octets of its serial, kind of its time, reason or none). All records of one shape have the same
length and the same bytes apart from serial, time and reason: a template is repeated and these three are laid over it,
each as one number of eight bytes that stand apart by a record's length.
"""

from collections.abc import Iterator
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from tegata.pki import der
from tegata.pki.crl import times
from tegata.pki.crl.entries import WIDE, WIDE_BYTES, RevokedEntries, Serials, wide_key
from tegata.pki.crl.octets import Bytes, column, scatter
from tegata.pki.crl.spool import Spool

CHUNK: Final = 1 << 14
REASON_EXTENSION: Final = bytes.fromhex("300c300a0603551d1504030a0100")
"""The entry extensions of a record with a reason; the last byte is the CRLReason."""
HEADER: Final = 4
"""Octets of a record before its serial: identifiers and lengths of record and serial, each of one octet."""

_NARROW_SIZES: Final = np.arange(1, 10, dtype=np.uint8)
_NARROW_FIRSTS: Final = np.array([1 << (8 * size - 1) for size in range(1, 9)], np.uint64)
# Among wide serials the negative ones come last, the one nearest to zero at the very end.
_WIDE_SIZES: Final = np.array([*range(1, WIDE_BYTES + 1), *range(WIDE_BYTES, 0, -1)], np.uint8)
_WIDE_FIRSTS: Final = np.array(
    [
        *(wide_key(1 << (8 * size - 1)) for size in range(1, WIDE_BYTES)),
        *(wide_key(-1 << (8 * size - 1)) for size in range(WIDE_BYTES, 0, -1)),
    ],
    WIDE,
)
_SPARE: Final = 8
"""Bytes behind a chunk: a number of eight bytes that begins in its last record may end there."""


class Layout:
    """The records of some entries as they will be written: their total ``length`` and their bytes in pieces."""

    def __init__(self, entries: RevokedEntries | Spool) -> None:
        self._entries = entries
        self.length = sum(_length(table) for table in self._chunks())

    def pieces(self) -> Iterator[memoryview]:
        """The bytes, in order."""
        return (_laid_out(table).data for table in self._chunks())

    def _chunks(self) -> Iterator[RevokedEntries]:
        for entries in self._entries.chunks() if isinstance(self._entries, Spool) else [self._entries]:
            for table in (entries, entries.wide_table):
                for start in range(0, len(table.serials), CHUNK):
                    yield table.take(slice(start, start + CHUNK))


def _length(table: RevokedEntries) -> int:
    if int(table.revoked_at.min()) < times.FIRST_UTC_TIME:
        raise ValueError("a revocation before 1950")
    shapes = np.bincount(_shapes(table))
    return sum(int(shapes[shape]) * len(template(shape)) for shape in np.flatnonzero(shapes).tolist())


def _shapes(table: RevokedEntries) -> npt.NDArray[np.uint8]:
    """The shape of each entry: octets of the serial * 4 + generalized * 2 + has a reason."""
    shapes = _sizes(table.serials) * np.uint8(4)
    shapes += (table.revoked_at >= times.FIRST_GENERALIZED_TIME) * np.uint8(2)
    shapes += table.reasons > 0
    return shapes


def _laid_out(table: RevokedEntries) -> Bytes:
    """The records of one chunk."""
    shapes = _shapes(table)
    present = np.flatnonzero(np.bincount(shapes)).tolist()
    if len(present) == 1:
        return _records(present[0], table)
    lengths = np.array([len(template(shape)) for shape in range(present[-1] + 1)])[shapes]
    ends = np.cumsum(lengths)
    chunk = np.empty(int(ends[-1]), np.uint8)
    for shape in present:
        chosen = np.flatnonzero(shapes == shape)
        length = len(template(shape))
        scatter(chunk, ends[chosen] - length, _records(shape, table.take(chosen)).reshape(-1, length))
    return chunk


def _records(shape: int, table: RevokedEntries) -> Bytes:
    """Records of one shape, one after the other. Each field overwrites what the one before it wrote beyond its own."""
    length, count = len(template(shape)), len(table.serials)
    records = np.empty(count * length + _SPARE, np.uint8)
    records[: count * length].reshape(count, length)[:] = np.frombuffer(template(shape), np.uint8)
    _lay_serials(records, shape, table.serials)
    _lay_times(records, shape, table.revoked_at)
    if shape & 1:
        column(records, "u1", length - 1, length, count)[:] = table.reasons
    return records[: count * length]


def _lay_serials(records: Bytes, shape: int, serials: Serials) -> None:
    """A serial as one number with the bytes of the template that share its eight; a wide one as it is."""
    size, length, count = shape >> 2, len(template(shape)), len(serials)
    if serials.dtype == WIDE:
        tails = column(_serial_bytes(serials).reshape(-1), f"V{size}", WIDE_BYTES - size, WIDE_BYTES, count)
        column(records, f"V{size}", HEADER, length, count)[:] = tails
        return
    at = max(HEADER + size - 8, 0)
    behind = max(8 - HEADER - size, 0)
    around = np.uint64(int.from_bytes(template(shape)[at : at + 8]))
    column(records, ">u8", at, length, count)[:] = serials << np.uint64(8 * behind) | around


def _lay_times(records: Bytes, shape: int, revoked_at: times.Seconds) -> None:
    """Hours, minutes and seconds with two bytes before them, then the date over those two."""
    at, length, count = HEADER + (shape >> 2) + 2, len(template(shape)), len(revoked_at)
    days = revoked_at // times.DAY
    clocks = times.clock_digits().take(revoked_at - days * times.DAY)
    if shape & 2:
        column(records, "u8", at + 6, length, count)[:] = clocks
        column(records, "u8", at, length, count)[:] = times.generalized_dates(days)
    else:
        column(records, "u8", at + 4, length, count)[:] = clocks
        column(records, "u8", at - 2, length, count)[:] = times.utc_dates().take(days - times.FIRST_DAY)


@cache
def template(shape: int) -> bytes:
    """A record of a shape with zeros where serial, time and reason come."""
    time = (
        der.encode(der.GENERALIZED_TIME, b"00000000000000Z")
        if shape & 2
        else der.encode(der.UTC_TIME, b"000000000000Z")
    )
    reason = REASON_EXTENSION if shape & 1 else b""
    return der.encode(der.SEQUENCE, der.encode(der.INTEGER, bytes(shape >> 2)), time, reason)


def _serial_bytes(serials: Serials) -> Bytes:
    """Wide serials as big-endian bytes in rows of 20."""
    octets: Bytes = np.ascontiguousarray(serials).view(np.uint8).reshape(len(serials), -1)
    return octets


def _sizes(serials: Serials) -> npt.NDArray[np.uint8]:
    """How many octets the INTEGER of each serial has: no more than needed, and a sign bit.

    Serials ascend, so where each size begins is found by bisection.
    """
    firsts, sizes = (_WIDE_FIRSTS, _WIDE_SIZES) if serials.dtype == WIDE else (_NARROW_FIRSTS, _NARROW_SIZES)
    begins = np.searchsorted(serials, firsts)
    return np.repeat(sizes, np.diff(begins, prepend=0, append=len(serials)))
