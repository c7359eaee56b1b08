"""Where results go: a CSV or Parquet file, or a new table of a database. All of it comes to stand there, or nothing.

A file is written beside its place under a temporary name and put there at the end, flushed to the disk; a table is made
in one transaction. What stands there already is replaced only where that was asked for.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
import pyarrow.parquet as pq

from tegata.actors.bank.service.customer_matching import arrow, problems, verdicts
from tegata.actors.bank.service.customer_matching.sources import SUFFIXES
from tegata.wire.problems import Refused

if TYPE_CHECKING:
    from tegata.actors.bank.service.customer_matching.database import Table

ROW_GROUP: Final = 1 << 18
_RFC_3339: Final = "%Y-%m-%dT%H:%M:%SZ"


class Output(Protocol):
    """A place for one result, open until the block ends; without :meth:`commit` nothing is left of it."""

    def write(self, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
        """Write all rows; nobody sees them yet. Raises ``Refused`` (match-output-unwritable)."""
        ...

    def commit(self) -> None:
        """Let the result stand in its place."""
        ...


@contextmanager
def opened(text: str, *, overwrite: bool) -> Iterator[Output]:
    """The place that a file's name or ``URL#table`` names, found good before any work is done.

    Raises ``Refused``: match-output-exists, match-output-unwritable, customers-not-found for a table's address.
    """
    with ExitStack() as stack:
        if "://" in text:
            from tegata.actors.bank.service.customer_matching import database  # noqa: PLC0415

            yield _TableOutput(database.table_of(text), stack, overwrite=overwrite)
        else:
            output = _FileOutput(Path(text), overwrite=overwrite)
            stack.callback(output.close)
            yield output


class _FileOutput:
    def __init__(self, path: Path, *, overwrite: bool) -> None:
        self._path, self._overwrite = path, overwrite
        self._fresh = path.with_name(f".{path.name}.{os.getpid()}.part")
        self._refuse_existing()
        if path.suffix.lower() not in SUFFIXES:
            raise Refused(problems.OUTPUT_UNWRITABLE, {"file": str(path), "cause": "neither .csv nor .parquet"})
        with self._explained():
            self._fresh.touch(0o600)

    def write(self, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
        form = SUFFIXES[self._path.suffix.lower()]
        with self._explained(), self._fresh.open("wb") as file:
            if form == "parquet":
                # A dictionary costs much and helps little where nearly all values differ, as numbers do here.
                texts = [field.name for field in schema if not pa.types.is_primitive(field.type)]
                with pq.ParquetWriter(file, schema, use_dictionary=texts, store_schema=False) as writer:
                    for batch in batches_of(ROW_GROUP, schema, batches):
                        writer.write_batch(batch)
            else:
                _write_csv(file, schema, batches)
            file.flush()
            os.fsync(file.fileno())

    def commit(self) -> None:
        self._refuse_existing()
        with self._explained():
            self._fresh.replace(self._path)

    def close(self) -> None:
        """Take away what was not committed."""
        self._fresh.unlink(missing_ok=True)

    def _refuse_existing(self) -> None:
        if self._path.is_dir() or (self._path.exists() and not self._overwrite):
            raise Refused(problems.OUTPUT_EXISTS, {"file": str(self._path)})

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (OSError, pa.ArrowException) as error:
            cause = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
            raise Refused(problems.OUTPUT_UNWRITABLE, {"file": str(self._path), "cause": cause}) from error


def batches_of(rows: int, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of so many: by an engine's own ones a file's row groups would differ from run to run."""
    waiting, count = list[pa.RecordBatch](), 0
    for batch in batches:
        waiting.append(batch)
        count += batch.num_rows
        while count >= rows:
            table = pa.Table.from_batches(waiting, schema)
            yield table.slice(0, rows).combine_chunks().to_batches()[0]
            waiting = table.slice(rows).to_batches()
            count -= rows
    if count:
        yield pa.Table.from_batches(waiting, schema).combine_chunks().to_batches()[0]


def _write_csv(file: BinaryIO, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """CSV in UTF-8; revocation times as RFC 3339 has them, all cells of customers as they are."""
    at = schema.get_field_index(verdicts.REVOKED_AT)
    schema = arrow.decoded_schema(schema)
    if at >= 0:
        schema = schema.set(at, pa.field(verdicts.REVOKED_AT, pa.string()))
    nested = [field.name for field in schema if pa.types.is_nested(field.type)]
    if nested:
        raise pa.ArrowInvalid(f"no column of CSV: {nested}")
    with pv.CSVWriter(file, schema) as writer:
        for batch in batches:
            plain = arrow.decoded(batch)
            writer.write_batch(_with_written_times(plain, at, schema) if at >= 0 else plain)


def _with_written_times(batch: pa.RecordBatch, at: int, schema: pa.Schema) -> pa.RecordBatch:
    moments = batch.column(at).cast(pa.timestamp("s", tz="UTC")).cast(pa.timestamp("s"))
    columns = list(batch.columns)
    columns[at] = pc.strftime(moments, format=_RFC_3339)
    return pa.record_batch(columns, schema=schema)


class _TableOutput:
    def __init__(self, table: "Table", stack: ExitStack, *, overwrite: bool) -> None:
        from tegata.actors.bank.service.customer_matching import database  # noqa: PLC0415

        if database.exists(table) and not overwrite:
            raise Refused(problems.OUTPUT_EXISTS, {"table": str(table)})
        self._writing = stack.enter_context(database.writing(table, replace_it=overwrite))

    def write(self, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
        self._writing.write(arrow.decoded_schema(schema), (arrow.decoded(batch) for batch in batches))

    def commit(self) -> None:
        self._writing.commit()
