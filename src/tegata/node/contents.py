"""Large contents that never change (a list of revoked certificates), each kept where it fits.

A small one stands in its database row. A large one is a file of the actor's data directory, named by its SHA-256, and
the row holds the name: files come before the commit of the row that refers to them, and go after the last such row.

1. Whoever adds holds the store's lock, shared, from the first byte to the commit. The file is written under a name of
   no meaning, synchronised (where the actor is durable) and renamed.
2. :meth:`Contents.sweep` takes the lock alone, asks which names are still referred to, and removes all others: what
   was replaced, and what a killed run left. The lock of a killed process is free.
3. Who reads gets the content that was asked for, or ``Refused``: a file is hashed before its first use by a process,
   and again when its inode says that it was touched.

Several processes of an actor share one data directory.
"""

import fcntl
import hashlib
import io
import os
import re
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from tegata.node.locks import try_file
from tegata.wire.problems import Refused, problem

INLINE: Final = 1 << 20
"""Bytes up to which a content stands in its row."""

BLOCK: Final = 1 << 20
_LOCK: Final = "lock"
_NEW: Final = "new-"
_OURS: Final = re.compile(rf"([0-9a-f]{{64}}|{_NEW}[0-9a-f]+)\Z")

CONTENT_LOST = problem(
    "content-lost", 500,
    ja="保存してあるデータが失われたか、書き換えられています。", en="Stored data are lost, or have been altered.",
    do_ja="システムの管理者に、バックアップからの復元を依頼してください。",
    do_en="Ask the administrator to restore them from a backup.",
)  # fmt: skip


@dataclass(frozen=True)
class Written:
    """A content as its row keeps it: ``inline`` are the bytes where they stand in the row, None where in a file."""

    sha256: str
    size: int
    inline: bytes | None


class Contents:
    """The store of one actor in ``directory``, which is made at the first large content: above ``inline`` bytes."""

    def __init__(self, directory: Path, *, durable: bool, inline: int = INLINE) -> None:
        self.directory = directory
        self.inline = inline
        self.durable = durable
        self._good: dict[str, tuple[int, ...]] = {}

    @contextmanager
    def adding(self) -> "Iterator[Adding]":
        """From the first byte of new contents to the commit of the rows that refer to them."""
        adding = Adding(self)
        try:
            yield adding
        finally:
            adding.end()

    def open(self, sha256: str, size: int, inline: bytes | None = None) -> BinaryIO:
        """A content to read. Raises CONTENT_LOST where its file is not there, or is not that content."""
        if inline is not None:
            return io.BytesIO(inline)
        try:
            file = io.FileIO(self.path(sha256), opener=_plainly)
        except OSError as error:
            raise Refused(CONTENT_LOST, {"sha256": sha256}) from error
        try:
            self._check(file, sha256, size)
        except BaseException:
            file.close()
            raise
        return io.BufferedReader(file)

    def path(self, sha256: str) -> Path:
        """Where the file of a content lies."""
        return self.directory / sha256

    def sweep(self, wanted: Callable[[], set[str]]) -> int:
        """Remove the files that no row refers to; returns how many. Nothing while anybody adds.

        ``wanted`` is called when nobody can add, and gives the SHA-256 of every content that a row refers to.
        """
        if not self.directory.is_dir():
            return 0
        alone = try_file(self.directory / _LOCK)
        if alone is None:
            return 0
        with alone:
            kept = wanted()
            gone = [path for path in self.directory.iterdir() if _OURS.match(path.name) and path.name not in kept]
            for path in gone:
                path.unlink()
            return len(gone)

    def _check(self, file: io.FileIO, sha256: str, size: int) -> None:
        """A file that was found good is so until its inode, size or times change."""
        found = os.fstat(file.fileno())
        mark = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        if self._good.get(sha256) == mark:
            return
        if found.st_size != size or hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            raise Refused(CONTENT_LOST, {"sha256": sha256})
        file.seek(0)
        self._good[sha256] = mark


@dataclass
class Adding:
    """Contents on their way; see :meth:`Contents.adding`."""

    store: Contents
    _lock: BinaryIO | None = field(default=None)

    @contextmanager
    def new(self) -> "Iterator[NewContent]":
        """A content to be written; at the end of the block it is in its place, and ``written`` says where that is.

        A block that raises leaves nothing.
        """
        content = NewContent(self.store, self._hold)
        try:
            yield content
            content.finish()
        finally:
            content.close()

    def end(self) -> None:
        """Let others sweep."""
        if self._lock is not None:
            self._lock.close()

    def _hold(self) -> None:
        """The first content that becomes a file makes the directory and takes the lock."""
        if self._lock is None:
            self.store.directory.mkdir(parents=True, exist_ok=True)
            self._lock = (self.store.directory / _LOCK).open("ab")
            fcntl.flock(self._lock, fcntl.LOCK_SH)


class NewContent(io.BufferedIOBase, BinaryIO):
    """A content that is being written. A large one is hashed and written by a thread beside the one that makes it."""

    def __init__(self, store: Contents, hold: Callable[[], None]) -> None:
        self._store, self._hold = store, hold
        self._waiting = bytearray()
        self._digest = hashlib.sha256()
        self._file: _File | None = None
        self._written: Written | None = None
        self._size = 0

    @property
    def written(self) -> Written:
        """Where the content is, once its block has ended."""
        if self._written is None:
            raise ValueError("the content is not finished")
        return self._written

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Take the next bytes."""
        size = memoryview(data).nbytes
        self._waiting += data
        self._size += size
        if self._size > self._store.inline and len(self._waiting) >= BLOCK:
            self._pass_on()
        return size

    def finish(self) -> None:
        """Put the content in its place."""
        if self._size <= self._store.inline:
            content = bytes(self._waiting)
            self._written = Written(hashlib.sha256(content).hexdigest(), self._size, content)
            return
        self._pass_on()
        assert self._file is not None
        self._file.wait()
        sha256 = self._digest.hexdigest()
        self._file.keep_as(self._store.path(sha256))
        self._written = Written(sha256, self._size, None)

    def close(self) -> None:
        """Remove what was not finished."""
        if self._file is not None:
            self._file.close()
        super().close()

    def _pass_on(self) -> None:
        if self._file is None:
            self._hold()
            self._file = _File(self._store.directory, durable=self._store.durable)
        block, self._waiting = self._waiting, bytearray()
        self._file.append(block, self._digest.update)


class _File:
    """A file under a name of no meaning; one thread writes its blocks in their order."""

    def __init__(self, directory: Path, *, durable: bool) -> None:
        self._path = directory / f"{_NEW}{secrets.token_hex(8)}"
        self._durable = durable
        self._file = self._path.open("xb", buffering=0)
        self._thread = ThreadPoolExecutor(1, "contents")
        self._last: Future[None] | None = None

    def append(self, block: bytearray, hashed: Callable[[bytearray], None]) -> None:
        self.wait()
        self._last = self._thread.submit(self._append, block, hashed)

    def _append(self, block: bytearray, hashed: Callable[[bytearray], None]) -> None:
        hashed(block)
        rest = memoryview(block)
        while rest:
            rest = rest[self._file.write(rest) :]

    def wait(self) -> None:
        """Until the block before is written. Raises what went wrong with it (``OSError``: the disk is full)."""
        if self._last is not None:
            last, self._last = self._last, None
            last.result()

    def keep_as(self, place: Path) -> None:
        os.fchmod(self._file.fileno(), 0o400)
        if self._durable:
            os.fsync(self._file.fileno())
        self._path.rename(place)
        if self._durable:
            _synchronise(place.parent)

    def close(self) -> None:
        self._thread.shutdown()
        self._file.close()
        self._path.unlink(missing_ok=True)


def _plainly(path: str, flags: int) -> int:
    """A link in the store is none of its contents, and a pipe there keeps nobody waiting."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)


def _synchronise(directory: Path) -> None:
    """Make a name in a directory outlast a loss of power."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
