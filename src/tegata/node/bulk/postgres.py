"""PostgreSQL by ADBC: one connection, REPEATABLE READ; by COPY without parameters, and else through a cursor."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count

import adbc_driver_postgresql
import pyarrow as pa
from adbc_driver_manager import AdbcConnection
from sqlalchemy.engine import URL

from tegata.node.bulk import columns
from tegata.node.bulk.columns import Columns, Value
from tegata.node.bulk.drivers import answers, connected, do, numbers


@contextmanager
def reading(url: URL, schema: str | None) -> "Iterator[Connected]":
    """One state of a database. Raises :class:`~tegata.node.bulk.columns.ColumnsError`."""
    options = [*url.normalized_query.get("options", ()), *([f"-csearch_path={schema}"] if schema else [])]
    plain = url.set(drivername="postgresql").update_query_dict({"options": " ".join(options)} if options else {})
    uri = plain.render_as_string(hide_password=False)
    with connected(adbc_driver_postgresql.connect, uri, autocommit=False) as connection:
        do(connection, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        list(answers(connection, "SELECT 1"))  # the first look chooses the state
        yield Connected(connection)


class Connected:
    """A view by one connection, in one transaction."""

    threads = 1

    def __init__(self, connection: AdbcConnection) -> None:
        self._connection = connection
        self._numbers = count(1)

    def read(self, sql: str, parameters: Sequence[Value] = ()) -> Iterator[Columns]:
        """See :class:`~tegata.node.bulk.columns.View`."""
        return map(numbers, self.batches(sql, parameters))

    def read_ranges(self, sql: str, ranges: Sequence[Sequence[Value]]) -> Iterator[Columns]:
        """See :class:`~tegata.node.bulk.columns.View`."""
        return (batch for parameters in ranges for batch in self.read(sql, parameters))

    def batches(self, sql: str, parameters: Sequence[Value] = ()) -> Iterator[pa.RecordBatch]:
        """The rows of any query. Raises :class:`~tegata.node.bulk.columns.ColumnsError`."""
        return self._fetched(sql, parameters) if parameters else self._copied(sql)

    def _copied(self, sql: str) -> Iterator[pa.RecordBatch]:
        size = columns.BATCH_ROWS
        for batch in answers(self._connection, sql):
            yield from (batch.slice(start, size) for start in range(0, len(batch), size))

    def _fetched(self, sql: str, parameters: Sequence[Value]) -> Iterator[pa.RecordBatch]:
        """Where there are parameters the driver would hold the whole answer, were it not asked for by parts."""
        name = f"bulk_{next(self._numbers)}"
        do(self._connection, f"DECLARE {name} NO SCROLL CURSOR FOR {sql}", parameters)
        while batches := self._fetch(name):
            yield from batches
        do(self._connection, f"CLOSE {name}")

    def _fetch(self, name: str) -> list[pa.RecordBatch]:
        sql = f"FETCH {columns.BATCH_ROWS} FROM {name}"
        found = answers(self._connection, sql, **{"adbc.postgresql.use_copy": "false"})
        return [batch for batch in found if len(batch)]
