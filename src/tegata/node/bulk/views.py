"""The doors to tables in columns; see :mod:`tegata.node.bulk`."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from tegata.node.bulk import beside, here
from tegata.node.bulk.columns import ColumnsError, Value, View
from tegata.node.database import Database

if TYPE_CHECKING:
    import pyarrow as pa

LARGE_FILE: Final = 12 << 20
"""Bytes from which a process of its own reads a SQLite file faster, its start included."""


def read_columns(
    url: str, sql: str, parameters: Sequence[Value] = (), *, schema: str | None = None
) -> "Iterator[pa.RecordBatch]":
    """The rows of one query. ``url``: SQLAlchemy's, of SQLite or PostgreSQL; ``schema``: PostgreSQL's search path.

    Raises :class:`ColumnsError`.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        with beside.reading(_file_of(parsed), threads=1) as reader:
            yield from reader.batches(sql, parameters)
    else:
        from tegata.node.bulk import postgres  # noqa: PLC0415

        with postgres.reading(parsed, schema) as connected:
            yield from connected.batches(sql, parameters)


def view_of(database: Database) -> AbstractContextManager[View]:
    """The newest state of an actor's database; see :func:`open_view`."""
    return open_view(database.engine.url, schema=database.actor)


@contextmanager
def open_view(url: str | URL, *, schema: str | None = None) -> Iterator[View]:
    """One state of a database, seen as long as the block lasts. Raises :class:`ColumnsError`."""
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        file = _file_of(parsed)
        opened = beside.reading(file) if file.stat().st_size >= LARGE_FILE else here.reading(file)
        with opened as view:
            yield view
    else:
        from tegata.node.bulk import postgres  # noqa: PLC0415

        with postgres.reading(parsed, schema) as connected:
            yield connected


def _parsed(url: str | URL) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ColumnsError("not the URL of a database") from error
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise ColumnsError(f"SQLite and PostgreSQL are supported, not {parsed.get_backend_name()}")
    return parsed


def _file_of(url: URL) -> Path:
    if not url.database or not Path(url.database).is_file():
        raise ColumnsError(f"no database file: {url.database}")
    return Path(url.database)
