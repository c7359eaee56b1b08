"""SQLite by ADBC in a process of its own: a tenth of a second to start, then ten million rows a second.

One process stays when it is not needed any more, for the next file: who reads large files does so again.
"""

import atexit
import fcntl
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from tegata.node.bulk import columns, frames
from tegata.node.bulk.columns import Columns, ColumnsError, Value, uri_of

if TYPE_CHECKING:
    import pyarrow as pa

THREADS: Final = 2
PIPE_BYTES: Final = 1 << 20
PATIENCE_SECONDS: Final = 5

_ENDED: Final = "the process that reads has ended"


class _Process:
    """The process, and its two pipes. A process that was forked does not use that of the one it came from."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tegata.node.bulk.reader"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)  # noqa: S603
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._questions, self._answers = self._process.stdin, self._process.stdout
        self._owner = os.getpid()
        with suppress(OSError):  # a longer pipe is quicker, and not always allowed
            fcntl.fcntl(self._answers, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    @property
    def usable(self) -> bool:
        """Whether it lives, and is this process's own."""
        return self._owner == os.getpid() and self._process.poll() is None

    def ask(self, **question: object) -> None:
        """Put a question. Raises :class:`ColumnsError`."""
        try:
            self._questions.write(json.dumps(question).encode() + b"\n")
        except OSError as error:
            raise ColumnsError(_ENDED) from error

    def said(self) -> tuple[bytes, bytearray]:
        """The next frame. Raises :class:`ColumnsError` where there is none, or it is one of an error."""
        try:
            kind, content = frames.read(self._answers)
        except (EOFError, OSError) as error:
            raise ColumnsError(_ENDED) from error
        if kind == frames.ERROR:
            raise ColumnsError(content.decode())
        return kind, content

    def end(self) -> None:
        """Nobody can ask it any more, so it ends; where it is still reading it is ended."""
        if self._owner != os.getpid():
            return
        with suppress(OSError):
            self._questions.close()
        self._answers.close()
        try:
            self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class _Idle:
    """The process that waits for the next file, if one does. Safe between threads."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew, as in a process that was forked: what waits belongs to the one it came from."""
        self._lock = threading.Lock()
        self._process: _Process | None = None

    def take(self) -> _Process:
        """A process that nobody else uses."""
        with self._lock:
            process, self._process = self._process, None
        return process if process is not None and process.usable else _Process()

    def put(self, process: _Process) -> None:
        """Let a process wait, or end where one waits already."""
        with self._lock:
            if self._process is None and process.usable:
                self._process = process
                return
        process.end()

    def end(self) -> None:
        """Let the one that waits end."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.end()


_idle = _Idle()
atexit.register(_idle.end)
os.register_at_fork(after_in_child=_idle.forget)


@contextmanager
def reading(file: Path, *, threads: int = THREADS) -> "Iterator[Beside]":
    """One state of a file. Raises :class:`ColumnsError`."""
    process = _idle.take()
    try:
        process.ask(open=uri_of(file), threads=threads, batch_rows=columns.BATCH_ROWS)
        yield Beside(process)
    except BaseException:
        process.end()
        raise
    with suppress(ColumnsError):
        process.ask(close=True)
    _idle.put(process)


class Beside:
    """A view by the process; one query is answered at a time."""

    def __init__(self, process: _Process) -> None:
        self._process = process
        _, content = process.said()
        self.threads = content[0]

    def read(self, sql: str, parameters: Sequence[Value] = ()) -> Iterator[Columns]:
        """See :class:`~tegata.node.bulk.columns.View`."""
        return self.read_ranges(sql, [parameters])

    def read_ranges(self, sql: str, ranges: Sequence[Sequence[Value]]) -> Iterator[Columns]:
        """See :class:`~tegata.node.bulk.columns.View`."""
        return map(_columns, self._asked(sql, ranges, as_arrow=False))

    def batches(self, sql: str, parameters: Sequence[Value] = ()) -> "Iterator[pa.RecordBatch]":
        """The rows of any query. Raises :class:`ColumnsError`."""
        import pyarrow as pa  # noqa: PLC0415

        for content in self._asked(sql, [parameters], as_arrow=True):
            with pa.ipc.open_stream(pa.py_buffer(content)) as stream:
                yield from stream

    def _asked(self, sql: str, ranges: Sequence[Sequence[Value]], *, as_arrow: bool) -> Iterator[bytearray]:
        self._process.ask(sql=sql, ranges=[list(one) for one in ranges], arrow=as_arrow)
        kind = frames.READY
        try:
            while kind != frames.END:
                kind, content = self._process.said()
                if kind != frames.END:
                    yield content
        except GeneratorExit:
            self._pass_over(kind)
            raise

    def _pass_over(self, kind: bytes) -> None:
        """What nobody wants any more stands before the next answer."""
        with suppress(ColumnsError):
            while kind != frames.END:
                kind, _ = self._process.said()


def _columns(content: bytearray) -> Columns:
    table = np.frombuffer(content, np.uint8, offset=1).view(np.int64)
    return list(table.reshape(content[0], -1))
