"""Ordered entries of any number in bounded memory: their columns lie in a temporary file, block by block.

A block's columns stand one after the other, 17 octets an entry (29 where serials are wide). In memory are the entries
that do not fill a block yet, and for each block where it lies and its first serial.
"""

import os
import tempfile
import weakref
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from tegata.pki.crl.entries import NARROW_LIMIT, WIDE, Revocation, RevokedEntries, Serials, end_to_end, wide_key

BLOCK: Final = 1 << 15
"""Entries that are gathered before they are written."""

Key: TypeAlias = Any
"""A serial, or the :func:`~tegata.pki.crl.entries.wide_key` of one that is wide: the two are never compared."""


class _Block(NamedTuple):
    first: Key
    at: int
    size: int


class Spool:
    """Entries in order of serial, each serial once, that are added in chunks and read as often as is wanted.

    The file lies in ``folder``, or where temporary files do, and has no name: it is gone when the spool is closed or
    nobody has it any more. Any number of threads may read, while none adds.
    """

    def __init__(self, folder: Path | None = None) -> None:
        file = tempfile.TemporaryFile(prefix="tegata-", dir=folder, buffering=0)  # noqa: SIM115 - closed by close
        self._close = weakref.finalize(self, file.close)
        self._narrow, self._wide = _Table(file, np.dtype(np.uint64)), _Table(file, WIDE)
        self._end = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; what lies in it can not be read after that (``ValueError``)."""
        self._close()

    def __len__(self) -> int:
        return self._narrow.count + self._wide.count

    def add(self, chunk: RevokedEntries) -> None:
        """Put ``chunk`` behind what is there.

        Raises ``ValueError`` where it is not: its serials ascend, the first is above the last one added, and none that
        fits in 64 bits comes after one that does not. Nothing of such a chunk is kept.
        """
        if not self.takes(chunk):
            raise ValueError("a serial number that is not behind the one before")
        self._end = self._narrow.add(chunk, self._end)
        self._end = self._wide.add(chunk.wide_table, self._end)

    def takes(self, chunk: RevokedEntries) -> bool:
        """Whether ``chunk`` can be added."""
        in_turn = not (len(chunk.serials) and self._wide.count)
        return in_turn and self._narrow.takes(chunk.serials) and self._wide.takes(chunk.wide_table.serials)

    def chunks(self) -> Iterator[RevokedEntries]:
        """All entries in order, in chunks that ascend."""
        yield from self._narrow.chunks()
        for wide in self._wide.chunks():
            yield _under_none(wide)

    def lookup(self, serial: int) -> Revocation | None:
        """The entry of one serial; a block is read for it."""
        return next(iter(self.about(serial)), None)

    def about(self, serial: int) -> RevokedEntries:
        """The entry of one serial, or none."""
        if 0 <= serial < NARROW_LIMIT:
            return self._narrow.about(serial)
        return _under_none(self._wide.about(wide_key(serial)))

    def beside(self, chunk: RevokedEntries) -> Iterator[tuple[RevokedEntries, RevokedEntries]]:
        """A chunk, part by part, each behind the entries of this spool among which its serials would stand."""
        for block, part in self._narrow.among(chunk.serials):
            yield block, chunk.take(part)
        for block, part in self._wide.among(chunk.wide_table.serials):
            yield _under_none(block), _under_none(chunk.wide_table.take(part))

    def among(self, serials: npt.NDArray[np.uint64]) -> Iterator[tuple[RevokedEntries, npt.NDArray[np.uint64]]]:
        """As :meth:`beside`, of serials alone; they ascend, and one may stand there more than once."""
        for block, part in self._narrow.among(serials):
            yield block, serials[part]


class _Table:
    """The entries of one kind of serial: blocks in the file, and those that wait for the next block."""

    def __init__(self, file: IO[bytes], kind: np.dtype[Any]) -> None:
        self._file, self._kind = file, kind
        self._blocks: list[_Block] = []
        self._waiting: list[RevokedEntries] = []
        self._none = RevokedEntries(np.empty(0, kind), np.empty(0, np.int64), np.empty(0, np.uint8))
        self._last: Any = None
        self.count = self._waits = 0

    def takes(self, serials: Serials) -> bool:
        if not len(serials):
            return True
        behind = not self.count or bool(self._last < serials[0])
        return behind and bool(np.all(serials[:-1] < serials[1:]))

    def add(self, entries: RevokedEntries, end: int) -> int:
        """Keep entries that were checked; ``end`` is where the file ends, and it is returned as it is then."""
        if not len(entries.serials):
            return end
        self._last = entries.serials[-1]
        self._waiting.append(RevokedEntries(*entries.columns))
        self._waits += len(entries.serials)
        self.count += len(entries.serials)
        return self._flush(end) if self._waits >= BLOCK else end

    def _flush(self, end: int) -> int:
        whole = end_to_end(self._waiting)
        for start in range(0, self._waits, BLOCK):
            end = self._write(whole.take(slice(start, start + BLOCK)), end)
        self._waiting, self._waits = [], 0
        return end

    def _write(self, block: RevokedEntries, at: int) -> int:
        self._blocks.append(_Block(_key(block.serials[0]), at, len(block)))
        written = os.pwritev(self._file.fileno(), [_octets(column) for column in block.columns], at)
        if written != len(block) * _width(self._kind):
            raise OSError("the temporary file could not be written: the disk is full")
        return at + written

    def chunks(self) -> Iterator[RevokedEntries]:
        for block in self._blocks:
            yield self._read(block)
        if self._waiting:
            yield end_to_end(self._waiting)

    def about(self, key: Key) -> RevokedEntries:
        block, _ = self._block_of(key)
        at = np.searchsorted(block.serials, np.asarray(key, self._kind))
        found = block.take(slice(at, at + 1))
        return found if len(found.serials) and _key(found.serials[0]) == key else self._none

    def among(self, serials: Serials) -> Iterator[tuple[RevokedEntries, slice]]:
        """Each block among whose serials some of these would stand, and which."""
        start = 0
        while start < len(serials):
            block, following = self._block_of(_key(serials[start]))
            end = len(serials)
            if following is not None:
                end = int(np.searchsorted(serials, np.asarray(following, self._kind)))
            yield block, slice(start, end)
            start = end

    def _block_of(self, key: Key) -> tuple[RevokedEntries, Key | None]:
        """The block in which a serial would stand, and the first serial of the next one."""
        waiting = _key(self._waiting[0].serials[0]) if self._waiting else None
        if waiting is not None and key >= waiting:
            return end_to_end(self._waiting), None
        index = bisect_right(self._blocks, key, key=lambda block: block.first)
        following = self._blocks[index].first if index < len(self._blocks) else waiting
        return self._read(self._blocks[index - 1]) if index else self._none, following

    def _read(self, block: _Block) -> RevokedEntries:
        octets = os.pread(self._file.fileno(), block.size * _width(self._kind), block.at)
        times = block.size * self._kind.itemsize
        return RevokedEntries(
            np.frombuffer(octets, self._kind, block.size),
            np.frombuffer(octets, np.int64, block.size, times),
            np.frombuffer(octets, np.uint8, block.size, times + 8 * block.size),
        )


def _width(kind: np.dtype[Any]) -> int:
    return kind.itemsize + 8 + 1


def _octets(column: npt.NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(column).view(np.uint8).data


def _key(serial: Any) -> Key:
    return bytes(serial) if isinstance(serial, bytes) else int(serial)


def _under_none(wide: RevokedEntries) -> RevokedEntries:
    return RevokedEntries(*RevokedEntries.empty().columns, wide)
