"""A file as bytes that are read piece by piece, for as long as nobody changes it."""

import io
import os
import stat
from pathlib import Path
from typing import BinaryIO, Self, overload

from tegata.pki.crl.refused import CrlRefused


class FileOctets:
    """The bytes of a regular file, by its path, or of one that is open and stays so.

    Raises :class:`CrlRefused` with ``unreadable`` where there is nothing to read, and with ``changed`` where it ends
    before it did when it was opened.
    """

    def __init__(self, source: Path | BinaryIO) -> None:
        self._mine = isinstance(source, Path)
        self._file = _open(source) if isinstance(source, Path) else source
        self._size = self._file.seek(0, os.SEEK_END)
        self._modified = self._mark()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._mine:
            self._file.close()

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, at: int, /) -> int: ...

    @overload
    def __getitem__(self, at: slice, /) -> bytes: ...

    def __getitem__(self, at: int | slice, /) -> int | bytes:
        if isinstance(at, int):
            return self._read(at, at + 1)[0]
        start, end, _ = at.indices(len(self))
        return self._read(start, end)

    def _read(self, start: int, end: int) -> bytes:
        self._file.seek(start)
        octets = self._file.read(end - start)
        if len(octets) != end - start:
            raise CrlRefused("changed", f"{len(octets)} bytes where {end - start} were")
        return octets

    def check_unchanged(self) -> None:
        """Raise :class:`CrlRefused` with ``changed`` where the file was written to since it was opened."""
        if self._mark() != self._modified:
            raise CrlRefused("changed", "modified while it was read")

    def _mark(self) -> tuple[int, int]:
        try:
            status = os.fstat(self._file.fileno())
        except io.UnsupportedOperation:
            return 0, 0  # in memory
        return status.st_size, status.st_mtime_ns


def _open(path: Path) -> BinaryIO:
    try:
        # A pipe would keep the opener waiting for its other end.
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise CrlRefused("unreadable", str(error)) from error
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise CrlRefused("unreadable", f"{path} is not a file")
    return os.fdopen(file, "rb")
