"""A file as bytes that are read piece by piece, for as long as nobody changes it."""

import os
import stat
from pathlib import Path
from typing import Self, overload

from tegata.pki.crl.refused import CrlRefused


class FileOctets:
    """The bytes of a regular file; raises :class:`CrlRefused` with ``unreadable`` where there is none to read."""

    def __init__(self, path: Path) -> None:
        try:
            # A pipe would keep the opener waiting for its other end.
            self._file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise CrlRefused("unreadable", str(error)) from error
        self._status = os.fstat(self._file)
        if not stat.S_ISREG(self._status.st_mode):
            self.close()
            raise CrlRefused("unreadable", f"{path} is not a file")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def __len__(self) -> int:
        return self._status.st_size

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
        octets = os.pread(self._file, end - start, start)
        if len(octets) != end - start:
            raise CrlRefused("changed", f"{len(octets)} bytes where {end - start} were")
        return octets

    def check_unchanged(self) -> None:
        """Raise :class:`CrlRefused` with ``changed`` where the file was written to since it was opened."""
        now = os.fstat(self._file)
        if (now.st_size, now.st_mtime_ns) != (self._status.st_size, self._status.st_mtime_ns):
            raise CrlRefused("changed", f"{now.st_size} bytes, modified while it was read")
