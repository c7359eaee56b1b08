"""ADBC's drivers by their own interface: their DB-API imports pandas, which takes a second and 50 MB at each start."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import numpy as np
import pyarrow as pa
from adbc_driver_manager import AdbcConnection, AdbcDatabase, AdbcStatement, Error

from tegata.node.bulk.columns import Columns, ColumnsError, Value


@contextmanager
def connected(connect: Callable[[str], AdbcDatabase], uri: str, *, autocommit: bool) -> Iterator[AdbcConnection]:
    """A connection. Raises :class:`ColumnsError`."""
    with ExitStack() as stack:
        with told():
            connection = stack.enter_context(AdbcConnection(stack.enter_context(connect(uri))))
            connection.set_autocommit(autocommit)
        yield connection


def answers(
    connection: AdbcConnection, sql: str, parameters: Sequence[Value] = (), **options: str
) -> Iterator[pa.RecordBatch]:
    """The rows of a query in the driver's batches. Raises :class:`ColumnsError`."""
    with told(), _statement(connection, sql, parameters, **options) as statement:
        stream, _ = statement.execute_query()
        with pa.RecordBatchReader.from_stream(stream) as reader:
            yield from reader


def do(connection: AdbcConnection, sql: str, parameters: Sequence[Value] = ()) -> None:
    """A statement without rows. Raises :class:`ColumnsError`."""
    with told(), _statement(connection, sql, parameters) as statement:
        statement.execute_update()


@contextmanager
def _statement(
    connection: AdbcConnection, sql: str, parameters: Sequence[Value], **options: str
) -> Iterator[AdbcStatement]:
    with AdbcStatement(connection) as statement:
        statement.set_options(**options)
        statement.set_sql_query(sql)
        if parameters:
            statement.prepare()
            row = [_alone(value) for value in parameters]
            names = [str(place) for place, _ in enumerate(row)]
            schema, values = pa.RecordBatch.from_arrays(row, names=names).__arrow_c_array__()
            statement.bind(values, schema)
        yield statement


def _alone(value: Value) -> pa.Array:
    """An array of one value, from its bytes: pyarrow imports pandas to look at anything of Python's."""
    if isinstance(value, int):
        return pa.Array.from_buffers(pa.int64(), 1, [None, pa.py_buffer(value.to_bytes(8, "little", signed=True))])
    octets = value.encode()
    ends = bytes(4) + len(octets).to_bytes(4, "little")
    return pa.Array.from_buffers(pa.utf8(), 1, [None, pa.py_buffer(ends), pa.py_buffer(octets)])


@contextmanager
def told() -> Iterator[None]:
    """What the drivers raise, in the words of :class:`ColumnsError`."""
    try:
        yield
    except (Error, pa.ArrowException, OSError, OverflowError) as error:
        raise ColumnsError(str(error).strip()) from error


def numbers(batch: pa.RecordBatch) -> Columns:
    """The columns of a batch as numpy has them, not copied where they are int64. Raises :class:`ColumnsError`.

    ``to_numpy`` of pyarrow would import pandas.
    """
    if not all(pa.types.is_signed_integer(column.type) and not column.null_count for column in batch.columns):
        raise ColumnsError("a column of something else than whole numbers")
    return [np.from_dlpack(column).astype(np.int64, copy=False) for column in batch.columns]
