"""A process that reads SQLite files: ``python -m tegata.node.bulk.reader``.

It is asked by lines of JSON and answers in :mod:`~tegata.node.bulk.frames`: ``{"open", "threads", "batch_rows"}`` lets
it see one state of a file, until ``{"close"}``; ``{"sql", "ranges", "arrow"}`` is a query. It ends when nobody can ask
any more.

A connection can not be told which state to see, so several begin one after the other, and one more that watches tells
whether anybody committed meanwhile (``PRAGMA data_version``); then they begin anew, and where there is never a quiet
moment there is one connection. No writer waits, nor does a reader.
"""

import json
import queue
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import takewhile
from typing import Any, BinaryIO, Final

import adbc_driver_sqlite
import pyarrow as pa
from adbc_driver_manager import AdbcConnection

from tegata.node.bulk import frames
from tegata.node.bulk.columns import ColumnsError, Value
from tegata.node.bulk.drivers import answers, connected, numbers

AHEAD: Final = 4
"""How many batches a thread may be ahead of whoever takes them."""
QUIET_MOMENTS: Final = 20
"""How often connections try to begin at one state before one is left to do the work."""


def main() -> None:
    """Answer until the standard input ends."""
    out = open(1, "wb", buffering=0, closefd=False)  # noqa: SIM115 - the standard output, without a buffer
    questions = map(json.loads, sys.stdin)
    for asked in questions:
        _answer_file(out, asked, takewhile(lambda one: "close" not in one, questions))


def _answer_file(out: BinaryIO, asked: dict[str, Any], queries: Iterable[dict[str, Any]]) -> None:
    """One state of a file, as long as queries come."""
    with ExitStack() as stack:
        try:
            connections = begin_together(asked["open"], asked["threads"], stack)
        except ColumnsError as error:
            frames.write(out, frames.ERROR, str(error).encode())
            return
        frames.write(out, frames.READY, bytes((len(connections),)))
        for query in queries:
            _answer(out, connections, query, asked["batch_rows"])


def begin_together(uri: str, wanted: int, stack: ExitStack) -> list[AdbcConnection]:
    """Connections that see one state: as many as wanted, or one. Raises :class:`ColumnsError`."""
    if wanted == 1:
        return [begin(uri, stack)]
    with ExitStack() as watching:
        watcher = watching.enter_context(connected(adbc_driver_sqlite.connect, uri, autocommit=True))
        for _ in range(QUIET_MOMENTS):
            with ExitStack() as attempt:
                before = _data_version(watcher)
                connections = [begin(uri, attempt) for _ in range(wanted)]
                if _data_version(watcher) == before:
                    stack.push(attempt.pop_all())
                    return connections
    return [begin(uri, stack)]


def begin(uri: str, stack: ExitStack) -> AdbcConnection:
    """A connection that sees the newest state. Raises :class:`ColumnsError`."""
    connection = stack.enter_context(connected(adbc_driver_sqlite.connect, uri, autocommit=False))
    list(answers(connection, "SELECT count(*) FROM sqlite_schema"))  # the first look chooses the state
    return connection


def _data_version(connection: AdbcConnection) -> object:
    """Another number than before where another connection committed since."""
    return [batch.to_pydict() for batch in answers(connection, "PRAGMA data_version")]


def _answer(out: BinaryIO, connections: list[AdbcConnection], asked: dict[str, Any], batch_rows: int) -> None:
    try:
        for batch in _rows(connections, asked["sql"], asked["ranges"], batch_rows):
            _tell(out, batch, as_arrow=asked["arrow"])
    except ColumnsError as error:
        frames.write(out, frames.ERROR, str(error).encode())
    else:
        frames.write(out, frames.END)


def _tell(out: BinaryIO, batch: pa.RecordBatch, *, as_arrow: bool) -> None:
    if not as_arrow:
        columns = numbers(batch)
        frames.write(out, frames.COLUMNS, bytes((len(columns),)), *(column.data for column in columns))
        return
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    frames.write(out, frames.ARROW, memoryview(sink.getvalue()))


def _rows(
    connections: list[AdbcConnection], sql: str, ranges: Sequence[Sequence[Value]], batch_rows: int
) -> Iterator[pa.RecordBatch]:
    used = connections[: len(ranges)]
    if len(used) < 2:
        return (batch for parameters in ranges for batch in _read(connections[0], sql, parameters, batch_rows))
    readers = [_Reader(one, sql, ranges[turn :: len(used)], batch_rows) for turn, one in enumerate(used)]
    return _in_turn(readers, len(ranges))


def _read(connection: AdbcConnection, sql: str, parameters: Sequence[Value], rows: int) -> Iterator[pa.RecordBatch]:
    return answers(connection, sql, parameters, **{"adbc.sqlite.query.batch_rows": str(rows)})


class _Reader:
    """A thread that reads its ranges one after the other, a few batches ahead. ``None`` stands behind each range."""

    def __init__(self, connection: AdbcConnection, sql: str, ranges: Sequence[Sequence[Value]], rows: int) -> None:
        self._connection, self._sql, self._ranges, self._rows = connection, sql, ranges, rows
        self._ready: queue.Queue[pa.RecordBatch | ColumnsError | None] = queue.Queue(AHEAD)
        self._unwanted = threading.Event()
        self._thread = threading.Thread(target=self._run, name="columns", daemon=True)
        self._thread.start()

    def one_range(self) -> Iterator[pa.RecordBatch]:
        """The batches of the next range."""
        while (found := self._ready.get()) is not None:
            if isinstance(found, ColumnsError):
                raise found
            yield found

    def stop(self) -> None:
        """Wait until the thread has ended, whether or not all was taken."""
        self._unwanted.set()
        while self._thread.is_alive():
            while not self._ready.empty():
                self._ready.get_nowait()
            self._thread.join(0.01)

    def _run(self) -> None:
        try:
            for parameters in self._ranges:
                for batch in _read(self._connection, self._sql, parameters, self._rows):
                    self._ready.put(batch)
                    if self._unwanted.is_set():
                        return
                self._ready.put(None)
        except ColumnsError as error:
            self._ready.put(error)


def _in_turn(readers: Sequence[_Reader], ranges: int) -> Iterator[pa.RecordBatch]:
    try:
        for number in range(ranges):
            yield from readers[number % len(readers)].one_range()
    finally:
        for reader in readers:
            reader.stop()


if __name__ == "__main__":
    main()
