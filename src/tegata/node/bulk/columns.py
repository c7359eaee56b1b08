"""What every way of reading in columns has in common."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias
from urllib.parse import quote

import numpy.typing as npt

BATCH_ROWS: Final = 1 << 16

Value: TypeAlias = int | str
Columns: TypeAlias = list[npt.NDArray[Any]]
"""Columns of int64, all of one length."""


class ColumnsError(Exception):
    """A database, or a query of it, that can not be read; the message says why, for whoever gave it."""


class View(Protocol):
    """One state of a database, for queries of whole numbers without NULL."""

    @property
    def threads(self) -> int:
        """How many threads read at once where there are several ranges."""
        ...

    def read(self, sql: str, parameters: Sequence[Value] = ()) -> Iterator[Columns]:
        """The rows of a query, in batches of up to :data:`BATCH_ROWS`. Raises :class:`ColumnsError`."""
        ...

    def read_ranges(self, sql: str, ranges: Sequence[Sequence[Value]]) -> Iterator[Columns]:
        """The rows of one query after the other, which differ in their parameters. Raises :class:`ColumnsError`."""
        ...


def uri_of(file: Path) -> str:
    """A SQLite file, not to be written, nor made where it is not there."""
    return f"file:{quote(str(file))}?mode=ro"
