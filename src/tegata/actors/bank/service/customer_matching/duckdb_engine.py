"""DuckDB within this process: customers are streamed from their files past a hash table of the lists' entries."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.expr import types as ir

from tegata.actors.bank.service.customer_matching import problems
from tegata.actors.bank.service.customer_matching.engines import Means
from tegata.actors.bank.service.customer_matching.sources import Customers
from tegata.wire.problems import Refused

ROWS = 1 << 17
LONGEST_LINE = 1 << 21
_LINE = re.compile(r"Line: (\d+)")
_UNICODE = re.compile(r"unicode|utf-?8", re.IGNORECASE)


class DuckDB:
    """The engine; ``connection`` is Ibis's."""

    def __init__(self, connection: Backend) -> None:
        self._ibis = connection

    def customers(self, customers: Customers) -> ir.Table:
        """Parquet, or CSV (RFC 4180, every cell text as it stands, nothing guessed, no row passed over)."""
        files = [str(file) for file in customers.files]
        with _explained():
            if customers.format == "parquet":
                return self._ibis.read_parquet(files)
            return self._ibis.read_csv(
                files, columns=dict.fromkeys(customers.schema.names, "VARCHAR"), auto_detect=False, header=True,
                delim=",", quote='"', escape='"', strict_mode=True, null_padding=False, ignore_errors=False,
                allow_quoted_nulls=False, max_line_size=LONGEST_LINE,
            )  # fmt: skip

    def entries(self, batches: pa.RecordBatchReader) -> ir.Table:
        """A table in DuckDB's memory: unlike a stream it has a size, by which the join's order is chosen."""
        with _explained():
            self._ibis.con.register("entries_stream", batches)
            self._ibis.raw_sql("CREATE TEMP TABLE entries AS FROM entries_stream")
            return self._ibis.table("entries")

    def row(self, question: ir.Table) -> dict[str, int]:
        """The one row of an answer."""
        with _explained():
            [row] = self._relation(question).to_arrow_table().to_pylist()
        return {name: int(value) for name, value in row.items()}

    def stream(self, question: ir.Table) -> Iterator[pa.RecordBatch]:
        """The rows of an answer in their order."""
        with _explained():
            yield from self._relation(question).to_arrow_reader(ROWS)

    def to_parquet(self, table: ir.Table, target: Path) -> None:
        """Write a table into a Parquet file."""
        with _explained():
            self._ibis.to_parquet(table, target)

    def _relation(self, question: ir.Table) -> duckdb.DuckDBPyRelation:
        relation: duckdb.DuckDBPyRelation = self._ibis.con.sql(self._ibis.compile(question))
        return relation


@contextmanager
def opened(means: Means) -> Iterator[DuckDB]:
    """DuckDB with bounds to its memory; what does not fit goes into the workspace. It loads nothing from elsewhere."""
    bounds: dict[str, object] = {"threads": means.threads} if means.threads else {}
    connection = ibis.duckdb.connect(
        memory_limit=f"{means.memory_mb}MB", temp_directory=str(means.workspace / "duckdb"), **bounds,
        preserve_insertion_order=False, autoinstall_known_extensions=False, autoload_known_extensions=False,
    )  # fmt: skip
    try:
        yield DuckDB(connection)
    finally:
        connection.disconnect()


@contextmanager
def _explained() -> Iterator[None]:
    """What DuckDB and Arrow raise, as refusals. DuckDB's words may quote a customer's row, so only the line is told."""
    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        words = str(error)
        if isinstance(error, duckdb.OutOfMemoryException) or "Out of Memory" in words:
            raise Refused(problems.OUT_OF_MEMORY) from error
        line = _LINE.search(words)
        if _UNICODE.search(words):
            raise Refused(problems.WRONG_ENCODING, {"line": int(line[1]) if line else None}) from error
        cause = type(error).__name__
        raise Refused(problems.UNREADABLE, {"line": int(line[1])} if line else {"cause": cause}) from error
