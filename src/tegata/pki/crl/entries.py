"""Revoked certificates as sorted numpy columns: what a CRL lists, and the questions that are asked of such a list.

JPKI serial numbers have up to 4 bytes and anything below 2^64 is a ``uint64``. Longer ones (RFC 5280 4.1.2.2 allows 20
octets), and the negative ones that RFC 5280 asks readers to bear, stand in a second table :attr:`RevokedEntries.wide`,
whose serials are 20-byte two's complement big-endian strings (:func:`wide_key`): the same sorting and searching apply.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, NamedTuple, Self, TypeAlias

import numpy as np
import numpy.typing as npt

Serials: TypeAlias = npt.NDArray[Any]
"""uint64, or ``S20`` in a wide table."""

Indices: TypeAlias = npt.NDArray[np.intp]

NARROW_LIMIT: Final = 1 << 64
WIDE_BYTES: Final = 20
WIDE: Final = np.dtype(f"S{WIDE_BYTES}")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Reason(StrEnum):
    """Why a certificate was revoked, by the names of RFC 5280 5.3.1."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    CA_COMPROMISE = "cACompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"
    CERTIFICATE_HOLD = "certificateHold"
    REMOVE_FROM_CRL = "removeFromCRL"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"
    AA_COMPROMISE = "aACompromise"

    @property
    def code(self) -> int:
        """The CRLReason number."""
        return _CODES[self]

    @classmethod
    def from_code(cls, code: int) -> "Reason":
        """The reason of a CRLReason number; raises ``ValueError`` for 7, which is not used, and above 10."""
        try:
            return _REASONS[code]
        except KeyError:
            raise ValueError(f"no CRLReason {code}") from None


_CODES: Final = dict(zip(Reason, (0, 1, 2, 3, 4, 5, 6, 8, 9, 10), strict=True))
_REASONS: Final = {code: reason for reason, code in _CODES.items()}


class Revocation(NamedTuple):
    """One revoked certificate: when, to the second in UTC, and why."""

    serial: int
    at: datetime
    reason: Reason


@dataclass(frozen=True, eq=False)
class RevokedEntries:
    """Columns of equal length, sorted by serial, each serial once.

    ``serials``: uint64; ``revoked_at``: int64 seconds since 1970 in UTC; ``reasons``: uint8 CRLReason numbers, 0
    (unspecified) also where a CRL states no reason. ``wide``: the same for serials that do not fit, or None.
    """

    serials: Serials
    revoked_at: npt.NDArray[np.int64]
    reasons: npt.NDArray[np.uint8]
    wide: "RevokedEntries | None" = field(default=None)

    @classmethod
    def empty(cls) -> Self:
        """No entry."""
        return cls(np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.uint8))

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[int, datetime, Reason]]) -> Self:
        """Entries from (serial, time, reason) in any order.

        Raises ``ValueError`` for a serial that is not positive, is longer than 20 octets or occurs twice, a time
        without offset, and ``removeFromCRL``, which only a delta CRL may say.
        """
        listed = [(_checked_serial(serial), _seconds(at), _checked_code(reason)) for serial, at, reason in rows]
        narrow = _columns(cls, [row for row in listed if row[0] < NARROW_LIMIT], np.dtype(np.uint64))
        above = [(wide_key(row[0]), *row[1:]) for row in listed if row[0] >= NARROW_LIMIT]
        wide = _columns(cls, above, WIDE) if above else None
        return cls(narrow.serials, narrow.revoked_at, narrow.reasons, wide)

    @classmethod
    def from_columns(cls, serials: Serials, revoked_at: npt.NDArray[np.int64], reasons: npt.NDArray[np.uint8]) -> Self:
        """Entries from columns in any order; raises ``ValueError`` where a serial occurs twice."""
        if len(serials) > 1 and not bool(np.all(serials[:-1] < serials[1:])):
            order = np.argsort(serials, kind="stable")
            serials, revoked_at, reasons = serials[order], revoked_at[order], reasons[order]
            if bool(np.any(serials[1:] == serials[:-1])):
                raise ValueError("a serial number occurs twice")
        return cls(serials, revoked_at, reasons)

    @classmethod
    def joined(cls, chunks: Iterable["RevokedEntries"]) -> Self:
        """The entries of all chunks, in any order; raises ``ValueError`` where a serial occurs twice."""
        tables = [RevokedEntries.empty(), *chunks]
        narrow = cls.from_columns(*end_to_end(tables).columns)
        wide = cls.from_columns(*end_to_end([table.wide_table for table in tables]).columns)
        return cls(*narrow.columns, wide if len(wide.serials) else None)

    def __len__(self) -> int:
        return len(self.serials) + (len(self.wide) if self.wide is not None else 0)

    def __iter__(self) -> Iterator[Revocation]:
        """Every entry as an object, in order of serial: for people and small lists."""
        for index in range(len(self.serials)):
            yield self.row(index)
        if self.wide is not None:
            yield from self.wide

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RevokedEntries):
            return False
        mine: tuple[npt.NDArray[Any], ...] = (*self.columns, *self.wide_table.columns)
        theirs: tuple[npt.NDArray[Any], ...] = (*other.columns, *other.wide_table.columns)
        return all(np.array_equal(one, its) for one, its in zip(mine, theirs, strict=True))

    __hash__ = None  # type: ignore[assignment]  # arrays can change

    @property
    def columns(self) -> tuple[Serials, npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
        """Serials, times and reasons of this table."""
        return self.serials, self.revoked_at, self.reasons

    @cached_property
    def wide_table(self) -> "RevokedEntries":
        """:attr:`wide`, or an empty table of its kind."""
        return self.wide or RevokedEntries(np.empty(0, WIDE), np.empty(0, np.int64), np.empty(0, np.uint8))

    def lookup(self, serial: int) -> Revocation | None:
        """The entry of one serial, by bisection."""
        if 0 <= serial < NARROW_LIMIT:
            return _find(self, np.uint64(serial))
        return _find(self.wide_table, wide_key(serial))

    def take(self, chosen: npt.NDArray[np.bool_] | Indices | slice, wide: npt.NDArray[np.bool_] | None = None) -> Self:
        """The entries that are chosen, and of the wide table those that ``wide`` chooses (None: none)."""
        rest = self.wide_table.take(wide) if wide is not None and bool(wide.any()) else None
        return type(self)(self.serials[chosen], self.revoked_at[chosen], self.reasons[chosen], rest)

    def row(self, index: int) -> Revocation:
        """The entry at an index of this table."""
        at = datetime.fromtimestamp(int(self.revoked_at[index]), UTC)
        return Revocation(_serial_of(self.serials[index]), at, Reason.from_code(int(self.reasons[index])))


def _find(table: RevokedEntries, key: np.uint64 | bytes) -> Revocation | None:
    index = int(np.searchsorted(table.serials, np.asarray(key, table.serials.dtype)))
    return table.row(index) if index < len(table.serials) and table.serials[index] == key else None


def end_to_end(tables: Sequence[RevokedEntries]) -> RevokedEntries:
    """The columns of some tables of one kind, of which there is at least one, without their wide tables."""
    columns = zip(*(table.columns for table in tables), strict=True)
    serials, revoked_at, reasons = (each[0] if len(each) == 1 else np.concatenate(each) for each in columns)
    return RevokedEntries(serials, revoked_at, reasons)


def wide_key(serial: int) -> bytes:
    """A serial as it stands in a wide table; raises ``ValueError`` above 20 octets.

    Trailing zero bytes are dropped as numpy does with its fixed-width strings, so that both compare equal.
    """
    try:
        return serial.to_bytes(WIDE_BYTES, "big", signed=True).rstrip(b"\0")
    except OverflowError:
        raise ValueError("a serial number of more than 20 octets") from None


def _serial_of(key: np.uint64 | bytes) -> int:
    if isinstance(key, bytes):
        return int.from_bytes(key.ljust(WIDE_BYTES, b"\0"), "big", signed=True)
    return int(key)


def _columns(cls: type[RevokedEntries], rows: list[tuple[Any, int, int]], dtype: np.dtype[Any]) -> RevokedEntries:
    serials, seconds, codes = zip(*rows, strict=True) if rows else ((), (), ())
    return cls.from_columns(np.array(serials, dtype), np.array(seconds, np.int64), np.array(codes, np.uint8))


def _checked_serial(serial: int) -> int:
    if serial <= 0:
        raise ValueError("a serial number is positive")
    if serial.bit_length() > 8 * WIDE_BYTES - 1:
        raise ValueError("a serial number of more than 20 octets")
    return serial


def _checked_code(reason: Reason) -> int:
    if reason is Reason.REMOVE_FROM_CRL:
        raise ValueError("removeFromCRL belongs to delta CRLs")
    return Reason(reason).code


def _seconds(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError("a time without its offset")
    return (at - _EPOCH) // timedelta(seconds=1)
