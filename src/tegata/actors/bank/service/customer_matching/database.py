"""Customers in a database's table, and results into one: in Arrow's columns, by ADBC.

A table is named by its database's URL and ``#table`` or ``#schema.table``. Names are quoted wherever they are used.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

import adbc_driver_postgresql.dbapi
import adbc_driver_sqlite.dbapi
import pyarrow as pa
import pyarrow.parquet as pq
from adbc_driver_manager import Error
from adbc_driver_manager.dbapi import Connection
from sqlalchemy import create_engine, inspect, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from tegata.actors.bank.service.customer_matching import problems
from tegata.node.bulk.columns import ColumnsError
from tegata.node.bulk.views import read_columns
from tegata.wire.problems import Refused

_PREPARERS = {
    "postgresql": postgresql.dialect().identifier_preparer,  # type: ignore[no-untyped-call]  # SQLAlchemy's own
    "sqlite": sqlite.dialect().identifier_preparer,
}


@dataclass(frozen=True)
class Table:
    """A table of a database; ``schema`` is empty for the one that the database looks in by itself."""

    url: URL
    name: str = ""
    schema: str = ""

    def named(self, name: str) -> "Table":
        """A table of the same database and schema."""
        return replace(self, name=name)

    @property
    def kind(self) -> str:
        """``postgresql`` or ``sqlite``."""
        return self.url.get_backend_name()

    def __str__(self) -> str:
        """The address without the password."""
        return f"{self.url.render_as_string(hide_password=True)}#{'.'.join(filter(None, (self.schema, self.name)))}"

    def quote(self, name: str) -> str:
        """A name as it may stand in a statement."""
        return _PREPARERS[self.kind].quote_identifier(name)

    @property
    def quoted(self) -> str:
        """The table as it may stand in a statement."""
        return ".".join(self.quote(part) for part in (self.schema, self.name) if part)


def table_of(text: str) -> Table:
    """The table that ``URL#schema.table`` names. Raises ``Refused`` (customers-not-found)."""
    address, _, fragment = text.partition("#")
    schema, _, name = unquote(fragment).rpartition(".")
    try:
        table = Table(make_url(address), name, schema)
    except ArgumentError as error:
        raise Refused(problems.NOT_FOUND, {"cause": "not a database's URL"}) from error
    missing = table.kind == "sqlite" and not Path(str(table.url.database)).is_file()
    if missing or table.kind not in _PREPARERS or not name or not table.url.database:
        raise Refused(
            problems.NOT_FOUND, {"table": str(table), "cause": "postgresql://…#table or sqlite:///FILE#table"}
        )
    return table


def names(table: Table) -> list[str]:
    """The table's columns. Raises ``Refused`` (customers-not-found)."""
    try:
        with _inspected(table) as inspector:
            return [column["name"] for column in inspector.get_columns(table.name, schema=table.schema or None)]
    except SQLAlchemyError as error:
        raise Refused(problems.NOT_FOUND, {"table": str(table)}) from error


def copy(table: Table, columns: Sequence[str], target: Path, told: Callable[[int], None]) -> pa.Schema:
    """Write columns of a table into a Parquet file, in bounded memory; ``told`` hears of rows.

    Raises ``Refused`` (customers-unreadable), also where SQLite holds values of several types in one column.
    """
    query = f"SELECT {', '.join(table.quote(name) for name in columns)} FROM {table.quoted}"  # noqa: S608  # quoted
    nothing = pa.schema([(name, pa.string()) for name in columns])
    try:
        batches = read_columns(table.url.render_as_string(hide_password=False), query)
        first = next(batches, pa.RecordBatch.from_pylist([], schema=nothing))
        with pq.ParquetWriter(target, first.schema) as writer:
            for batch in chain([first], batches):
                writer.write_batch(batch)
                told(batch.num_rows)
    except (ColumnsError, pa.ArrowException) as error:
        raise Refused(problems.UNREADABLE, {"table": str(table), "cause": type(error).__name__}) from error
    schema: pa.Schema = first.schema
    return schema


def exists(table: Table) -> bool:
    """Whether there is a table or view of this name. Raises ``Refused`` (match-output-unwritable)."""
    try:
        with _inspected(table) as inspector:
            schema = table.schema or None
            return table.name in {*inspector.get_table_names(schema), *inspector.get_view_names(schema)}
    except SQLAlchemyError as error:
        raise Refused(problems.OUTPUT_UNWRITABLE, {"table": str(table), "cause": type(error).__name__}) from error


@contextmanager
def _inspected(table: Table) -> Iterator[Inspector]:
    engine = create_engine(table.url if table.kind == "sqlite" else table.url.set(drivername="postgresql+psycopg"))
    try:
        yield inspect(engine)
    finally:
        engine.dispose()


class Writing:
    """A table being made, in a transaction that is undone where it is not committed."""

    def __init__(self, table: Table, connection: Connection, *, replace_it: bool) -> None:
        self._table, self._connection = table, connection
        self._mode: Literal["replace", "create"] = "replace" if replace_it else "create"

    def write(self, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
        """Write all rows; nobody else sees them yet. Raises ``Refused`` (match-output-unwritable)."""
        reader = pa.RecordBatchReader.from_batches(schema, batches)
        with _written(self._table), self._connection.cursor() as cursor:
            cursor.adbc_ingest(self._table.name, reader, self._mode, db_schema_name=self._table.schema or None)

    def commit(self) -> None:
        """Let the table be seen. Raises ``Refused`` (match-output-unwritable)."""
        with _written(self._table):
            self._connection.commit()


@contextmanager
def writing(table: Table, *, replace_it: bool) -> Iterator[Writing]:
    """A table to be made; what is not committed at the end of the block is undone."""
    with _written(table), _connected(table) as connection:
        yield Writing(table, connection, replace_it=replace_it)


@contextmanager
def _written(table: Table) -> Iterator[None]:
    try:
        yield
    except (Error, pa.ArrowException) as error:
        raise Refused(problems.OUTPUT_UNWRITABLE, {"table": str(table), "cause": type(error).__name__}) from error


@contextmanager
def _connected(table: Table) -> Iterator[Connection]:
    if table.kind == "sqlite":
        connection = adbc_driver_sqlite.dbapi.connect(str(table.url.database))
    else:
        address = table.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = adbc_driver_postgresql.dbapi.connect(address)
    with connection:
        yield connection
