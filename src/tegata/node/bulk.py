"""Tables read in columns: SQL in, Arrow record batches out, millions of rows a second in the memory of a few batches.

:func:`read_columns` is for one query of any SQLite or PostgreSQL database. A :class:`View` is for several that must see
one state, of an actor's own database (:func:`view_of`) or any other. Only what is committed is seen, and nothing can be
written. Parameters are bound: ``$1``, ``$2``, … in the order in which they first stand in the statement.

SQLite reads in several threads, a connection each. A connection can not be told which state to see, so they begin one
after the other, and one more that watches tells whether anybody committed meanwhile (``PRAGMA data_version``); then
they begin anew, and where there is never a quiet moment there is one connection. No writer waits, nor does a reader.

PostgreSQL reads by one connection, REPEATABLE READ: without parameters by COPY, and else, as COPY takes none, through a
cursor.
"""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Final, Protocol, TypeAlias
from urllib.parse import quote

import adbc_driver_postgresql  # type: ignore[import-untyped]
import adbc_driver_sqlite
import pyarrow as pa  # type: ignore[import-untyped]
from adbc_driver_manager import AdbcConnection, AdbcDatabase, AdbcStatement, Error
from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from tegata.node.database import Database

BATCH_ROWS: Final = 1 << 16
THREADS: Final = 2
AHEAD: Final = 4
"""How many batches a thread may be ahead of whoever takes them."""

_QUIET_MOMENTS: Final = 20
"""How often SQLite's connections try to begin at one state before one is left to do the work."""

Value: TypeAlias = int | str | bytes | float | None


class ColumnsError(Exception):
    """A database, or a query of it, that can not be read; the message says why, for whoever gave it."""


class View(Protocol):
    """One state of a database."""

    @property
    def threads(self) -> int:
        """How many threads read at once where there are several ranges."""
        ...

    def read(self, sql: str, parameters: Sequence[Value] = ()) -> Iterator[pa.RecordBatch]:
        """The rows of a query, in batches of up to :data:`BATCH_ROWS`. Raises :class:`ColumnsError`."""
        ...

    def read_ranges(self, sql: str, ranges: Sequence[Sequence[Value]]) -> Iterator[pa.RecordBatch]:
        """The rows of one query after the other, which differ in their parameters. Raises :class:`ColumnsError`."""
        ...


def read_columns(
    url: str, sql: str, parameters: Sequence[Value] = (), *, schema: str | None = None
) -> Iterator[pa.RecordBatch]:
    """The rows of one query. ``url``: SQLAlchemy's, of SQLite or PostgreSQL; ``schema``: PostgreSQL's search path.

    Raises :class:`ColumnsError`.
    """
    with open_view(url, schema=schema, threads=1) as view:
        yield from view.read(sql, parameters)


def view_of(database: Database) -> AbstractContextManager[View]:
    """The newest state of an actor's database; see :func:`open_view`."""
    return open_view(database.engine.url, schema=database.actor)


@contextmanager
def open_view(url: str | URL, *, schema: str | None = None, threads: int = THREADS) -> Iterator[View]:
    """One state of a database, seen as long as the block lasts. Raises :class:`ColumnsError`."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ColumnsError("not the URL of a database") from error
    with ExitStack() as stack:
        if parsed.get_backend_name() == "sqlite":
            view: View = _SqliteView(_begin_together(_uri_of_file(parsed), threads, stack))
        elif parsed.get_backend_name() == "postgresql":
            view = _PostgresView(_begin_postgresql(parsed, schema, stack))
        else:
            raise ColumnsError(f"SQLite and PostgreSQL are supported, not {parsed.get_backend_name()}")
        yield view


def _uri_of_file(url: URL) -> str:
    """The file, not to be written, nor made where it is not there."""
    if not url.database or not Path(url.database).is_file():
        raise ColumnsError(f"no database file: {url.database}")
    return f"file:{quote(url.database)}?mode=ro"


def _begin_together(uri: str, wanted: int, stack: ExitStack) -> list[AdbcConnection]:
    """Connections that see one state."""
    if wanted == 1:
        return [_begin_sqlite(uri, stack)]
    with ExitStack() as watching:
        watcher = watching.enter_context(_connected(adbc_driver_sqlite.connect, uri, autocommit=True))
        for _ in range(_QUIET_MOMENTS):
            with ExitStack() as attempt:
                before = _data_version(watcher)
                connections = [_begin_sqlite(uri, attempt) for _ in range(wanted)]
                if _data_version(watcher) == before:
                    stack.push(attempt.pop_all())
                    return connections
    return [_begin_sqlite(uri, stack)]


def _begin_sqlite(uri: str, stack: ExitStack) -> AdbcConnection:
    connection = stack.enter_context(_connected(adbc_driver_sqlite.connect, uri, autocommit=False))
    list(_answers(connection, "SELECT count(*) FROM sqlite_schema"))  # SQLite chooses the state at the first look
    return connection


def _data_version(connection: AdbcConnection) -> object:
    """Another number than before where another connection committed since."""
    return [batch.to_pydict() for batch in _answers(connection, "PRAGMA data_version")]


def _begin_postgresql(url: URL, schema: str | None, stack: ExitStack) -> AdbcConnection:
    options = [*url.normalized_query.get("options", ()), *([f"-csearch_path={schema}"] if schema else [])]
    plain = url.set(drivername="postgresql").update_query_dict({"options": " ".join(options)} if options else {})
    uri = plain.render_as_string(hide_password=False)
    connection = stack.enter_context(_connected(adbc_driver_postgresql.connect, uri, autocommit=False))
    _do(connection, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    list(_answers(connection, "SELECT 1"))  # PostgreSQL too chooses the state at the first look
    return connection


@contextmanager
def _connected(connect: Callable[[str], AdbcDatabase], uri: str, *, autocommit: bool) -> Iterator[AdbcConnection]:
    with ExitStack() as stack:
        with _told():
            connection = stack.enter_context(AdbcConnection(stack.enter_context(connect(uri))))
            connection.set_autocommit(autocommit)
        yield connection


def _answers(
    connection: AdbcConnection, sql: str, parameters: Sequence[Value] = (), **options: str
) -> Iterator[pa.RecordBatch]:
    with _told(), _statement(connection, sql, parameters, **options) as statement:
        stream, _ = statement.execute_query()
        with pa.RecordBatchReader.from_stream(stream) as reader:
            yield from reader


def _do(connection: AdbcConnection, sql: str, parameters: Sequence[Value] = ()) -> None:
    with _told(), _statement(connection, sql, parameters) as statement:
        statement.execute_update()


@contextmanager
def _statement(
    connection: AdbcConnection, sql: str, parameters: Sequence[Value], **options: str
) -> Iterator[AdbcStatement]:
    """The drivers' own interface: their DB-API imports pandas, which takes a second and 50 MB at each start."""
    with AdbcStatement(connection) as statement:
        statement.set_options(**options)
        statement.set_sql_query(sql)
        if parameters:
            statement.prepare()
            row = pa.record_batch({str(place): pa.array([value]) for place, value in enumerate(parameters)})
            schema, values = row.__arrow_c_array__()
            statement.bind(values, schema)
        yield statement


@contextmanager
def _told() -> Iterator[None]:
    """What the drivers raise, in the words of :class:`ColumnsError`."""
    try:
        yield
    except (Error, pa.ArrowException, OSError, OverflowError) as error:
        raise ColumnsError(str(error).strip()) from error


class _SqliteView:
    """Connections that see one state, and a thread for each where there are several ranges."""

    def __init__(self, connections: list[AdbcConnection]) -> None:
        self._connections = connections
        self.threads = len(connections)

    def read(self, sql: str, parameters: Sequence[Value] = ()) -> Iterator[pa.RecordBatch]:
        return _read_sqlite(self._connections[0], sql, parameters)

    def read_ranges(self, sql: str, ranges: Sequence[Sequence[Value]]) -> Iterator[pa.RecordBatch]:
        used = self._connections[: len(ranges)]
        if len(used) < 2:
            return (batch for parameters in ranges for batch in self.read(sql, parameters))
        return _in_turn([_Reader(one, sql, ranges[turn :: len(used)]) for turn, one in enumerate(used)], len(ranges))


def _read_sqlite(connection: AdbcConnection, sql: str, parameters: Sequence[Value]) -> Iterator[pa.RecordBatch]:
    return _answers(connection, sql, parameters, **{"adbc.sqlite.query.batch_rows": str(BATCH_ROWS)})


class _Reader:
    """A thread that reads its ranges one after the other, a few batches ahead. ``None`` stands behind each range."""

    def __init__(self, connection: AdbcConnection, sql: str, ranges: Sequence[Sequence[Value]]) -> None:
        self._connection, self._sql, self._ranges = connection, sql, ranges
        self._ready: queue.Queue[pa.RecordBatch | Exception | None] = queue.Queue(AHEAD)
        self._unwanted = threading.Event()
        self._thread = threading.Thread(target=self._run, name="columns", daemon=True)
        self._thread.start()

    def one_range(self) -> Iterator[pa.RecordBatch]:
        """The batches of the next range."""
        while (found := self._ready.get()) is not None:
            if isinstance(found, Exception):
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
                for batch in _read_sqlite(self._connection, self._sql, parameters):
                    self._ready.put(batch)
                    if self._unwanted.is_set():
                        return
                self._ready.put(None)
        except Exception as error:  # noqa: BLE001 - raised where the batches are taken
            self._ready.put(error)


def _in_turn(readers: Sequence[_Reader], ranges: int) -> Iterator[pa.RecordBatch]:
    try:
        for number in range(ranges):
            yield from readers[number % len(readers)].one_range()
    finally:
        for reader in readers:
            reader.stop()


class _PostgresView:
    """One connection, in one transaction."""

    threads = 1

    def __init__(self, connection: AdbcConnection) -> None:
        self._connection = connection
        self._numbers = count(1)

    def read(self, sql: str, parameters: Sequence[Value] = ()) -> Iterator[pa.RecordBatch]:
        return self._fetched(sql, parameters) if parameters else self._copied(sql)

    def read_ranges(self, sql: str, ranges: Sequence[Sequence[Value]]) -> Iterator[pa.RecordBatch]:
        return (batch for parameters in ranges for batch in self.read(sql, parameters))

    def _copied(self, sql: str) -> Iterator[pa.RecordBatch]:
        for batch in _answers(self._connection, sql):
            yield from (batch.slice(start, BATCH_ROWS) for start in range(0, len(batch), BATCH_ROWS))

    def _fetched(self, sql: str, parameters: Sequence[Value]) -> Iterator[pa.RecordBatch]:
        """Where there are parameters the driver would hold the whole answer, were it not asked for by parts."""
        name = f"bulk_{next(self._numbers)}"
        _do(self._connection, f"DECLARE {name} NO SCROLL CURSOR FOR {sql}", parameters)
        while batches := self._fetch(name):
            yield from batches
        _do(self._connection, f"CLOSE {name}")

    def _fetch(self, name: str) -> list[pa.RecordBatch]:
        found = _answers(self._connection, f"FETCH {BATCH_ROWS} FROM {name}", **{"adbc.postgresql.use_copy": "false"})
        return [batch for batch in found if len(batch)]
