"""Spark, for tables that one machine is too small for; the extra ``spark`` and Java bring it.

Customers in CSV are read by DuckDB and handed on as Parquet: two readers of CSV would differ in what a broken quotation
mark or an empty cell is. Answers go through Parquet files in the workspace, written by Spark's executors in the order
of the answer, so nothing has to fit into this process. Where executors are on other machines, all must see the
workspace and the customers' files.
"""

import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.expr import types as ir

from tegata.actors.bank.service.customer_matching import duckdb_engine, problems
from tegata.actors.bank.service.customer_matching.engines import Means
from tegata.actors.bank.service.customer_matching.sources import Customers
from tegata.wire.problems import Refused

if TYPE_CHECKING:
    from ibis.backends.pyspark import Backend
    from pyspark.sql import SparkSession

ROWS = 1 << 17
LOOPBACK = "127.0.0.1"
_OF_PANDAS = "PySpark does not yet fully support pandas"
"""It says so while it is imported; pandas is not used here."""


class Spark:
    """The engine; ``connection`` is Ibis's."""

    def __init__(self, connection: "Backend", means: Means) -> None:
        self._ibis = connection
        self._means = means
        self._numbers = count()

    def customers(self, customers: Customers) -> ir.Table:
        """The Parquet files, or what CSV files become."""
        folder = self._folder("customers")
        if customers.format == "csv":
            with duckdb_engine.opened(self._means) as duckdb:
                duckdb.to_parquet(duckdb.customers(customers), folder / "customers.parquet")
        else:
            for file in customers.files:
                (folder / file.name).symlink_to(file.resolve())
        return self._parquet(folder)

    def entries(self, batches: pa.RecordBatchReader) -> ir.Table:
        """A Parquet file."""
        folder = self._folder("entries")
        with pq.ParquetWriter(folder / "entries.parquet", batches.schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        return self._parquet(folder)

    def row(self, question: ir.Table) -> dict[str, int]:
        """The one row of an answer."""
        with _explained():
            [row] = self._ibis.raw_sql(self._ibis.compile(question)).collect()
        return {name: int(value) for name, value in row.asDict().items()}

    def stream(self, question: ir.Table) -> Iterator[pa.RecordBatch]:
        """The rows of an answer in their order."""
        folder = self._folder("answer")
        with _explained():
            self._ibis.raw_sql(self._ibis.compile(question)).write.mode("append").parquet(folder.as_uri())
        for part in sorted(folder.glob("part-*.parquet")):
            with pq.ParquetFile(part) as file:
                yield from file.iter_batches(ROWS)

    def _folder(self, name: str) -> Path:
        folder = self._means.workspace / f"spark-{name}-{next(self._numbers)}"
        folder.mkdir()
        return folder

    def _parquet(self, folder: Path) -> ir.Table:
        with _explained():
            return self._ibis.read_parquet(folder.as_uri())


@contextmanager
def opened(means: Means) -> Iterator[Spark]:
    """Spark with a session of its own. Raises ``Refused`` (match-needs-spark)."""
    session = _session(means)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", _OF_PANDAS)
            connection = ibis.pyspark.connect(session)
        yield Spark(connection, means)
    finally:
        session.stop()


def _session(means: Means) -> "SparkSession":
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise Refused(problems.NEEDS_SPARK, {"missing": "java"})
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", _OF_PANDAS)
            from pyspark.errors import PySparkException  # noqa: PLC0415
            from pyspark.sql import SparkSession  # noqa: PLC0415
    except ImportError as error:
        raise Refused(problems.NEEDS_SPARK, {"missing": "pyspark"}) from error
    builder = SparkSession.builder.appName("tegata bank match").master(means.spark_master)
    for name, value in _settings(means).items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except (PySparkException, OSError, RuntimeError) as error:
        raise Refused(problems.SPARK_FAILED, {"cause": type(error).__name__}) from error


def _settings(means: Means) -> dict[str, str]:
    """Times in UTC, names as they are written, no page of its own; on this machine only the loopback is listened on."""
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.caseSensitive": "true",
        "spark.log.level": "ERROR",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(means.workspace / "spark"),
        "spark.sql.warehouse.dir": (means.workspace / "warehouse").as_uri(),
    }
    if means.spark_master.startswith("local"):
        settings |= {"spark.driver.host": LOOPBACK, "spark.driver.bindAddress": LOOPBACK}
    return settings


@contextmanager
def _explained() -> Iterator[None]:
    from py4j.protocol import Py4JError  # noqa: PLC0415
    from pyspark.errors import PySparkException  # noqa: PLC0415

    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise Refused(problems.SPARK_FAILED, {"cause": _first_cause(error)}) from error


def _first_cause(error: Exception) -> str:
    """The error's class; Spark's own words may quote a customer's row."""
    with suppress(Exception):
        return str(error.getCondition() or type(error).__name__)  # type: ignore[attr-defined]  # Spark's
    return type(error).__name__
