"""SQLite by Python's own ``sqlite3``: two microseconds a row, and nothing to start."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from tegata.node.bulk import columns
from tegata.node.bulk.columns import Columns, ColumnsError, Value, uri_of


@contextmanager
def reading(file: Path) -> "Iterator[Here]":
    """One state of a file. Raises :class:`ColumnsError`."""
    with _told():
        connection = sqlite3.connect(uri_of(file), uri=True, isolation_level=None, check_same_thread=False)
    with closing(connection):
        with _told():
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # the first look chooses the state
        yield Here(connection)


class Here:
    """A view by one connection."""

    threads = 1

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def read(self, sql: str, parameters: Sequence[Value] = ()) -> Iterator[Columns]:
        """See :class:`~tegata.node.bulk.columns.View`."""
        with _told():
            cursor = self._connection.execute(sql, {str(place): value for place, value in enumerate(parameters, 1)})
        with closing(cursor):
            while rows := _fetched(cursor):
                yield _in_columns(rows)

    def read_ranges(self, sql: str, ranges: Sequence[Sequence[Value]]) -> Iterator[Columns]:
        """See :class:`~tegata.node.bulk.columns.View`."""
        return (batch for parameters in ranges for batch in self.read(sql, parameters))


def _fetched(cursor: sqlite3.Cursor) -> list[tuple[object, ...]]:
    with _told():
        return cursor.fetchmany(columns.BATCH_ROWS)


def _in_columns(rows: list[tuple[object, ...]]) -> Columns:
    table = np.array(rows)
    if table.dtype != np.int64:  # numpy finds another type for anything but whole numbers
        raise ColumnsError("a column of something else than whole numbers")
    return list(np.ascontiguousarray(table.T))


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
        raise ColumnsError(str(error)) from error
