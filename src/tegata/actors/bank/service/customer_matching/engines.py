"""What runs the expressions: DuckDB within this process, or Spark. Both are given the same ones by Ibis."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import pyarrow as pa

from tegata.actors.bank.service.customer_matching.sources import Customers

if TYPE_CHECKING:
    from ibis.expr import types as ir

EngineName = Literal["duckdb", "spark"]


@dataclass(frozen=True)
class Means:
    """What an engine may use: a folder for temporary files, megabytes of memory (DuckDB's), threads (0: all there are),
    and Spark's master.
    """

    workspace: Path
    memory_mb: int = 512
    threads: int = 0
    spark_master: str = "local[*]"


class Engine(Protocol):
    """An engine with its tables. What it raises is ``Refused``."""

    def customers(self, customers: Customers) -> "ir.Table":
        """The customers as a table that is read when it is asked."""
        ...

    def entries(self, batches: pa.RecordBatchReader) -> "ir.Table":
        """The lists' entries as a table that is kept."""
        ...

    def row(self, question: "ir.Table") -> dict[str, int]:
        """The one row of an answer."""
        ...

    def stream(self, question: "ir.Table") -> Iterator[pa.RecordBatch]:
        """The rows of an answer in their order."""
        ...


def open_engine(name: EngineName, means: Means) -> AbstractContextManager[Engine]:
    """An engine. Raises ``Refused`` (match-needs-spark)."""
    if name == "duckdb":
        from tegata.actors.bank.service.customer_matching import duckdb_engine  # noqa: PLC0415

        return duckdb_engine.opened(means)
    from tegata.actors.bank.service.customer_matching import spark_engine  # noqa: PLC0415

    return spark_engine.opened(means)
