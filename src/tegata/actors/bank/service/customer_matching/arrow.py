"""Arrow's arrays and numpy's over the same memory.

``pyarrow.array`` and ``to_numpy`` import pandas wherever it is installed, which takes longer than to match a million
customers.
"""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt
import pyarrow as pa


def of_integers(values: npt.NDArray[np.integer], kind: pa.DataType) -> pa.Array:
    """An array of a type of the values' own width, without nulls."""
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(np.ascontiguousarray(values))])


def to_integers(array: pa.Array) -> npt.NDArray[np.int64]:
    """The values of an int64 array without nulls."""
    return np.from_dlpack(array).astype(np.int64, copy=False)


def of_texts(texts: Sequence[str]) -> pa.Array:
    """An array of strings."""
    octets = [text.encode() for text in texts]
    ends = np.fromiter(accumulate(map(len, octets), initial=0), np.int32, len(octets) + 1)
    return pa.Array.from_buffers(pa.string(), len(octets), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(octets))])


def decoded(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with its dictionaries' values in their place."""
    columns = [
        column.dictionary_decode() if pa.types.is_dictionary(column.type) else column for column in batch.columns
    ]
    return pa.record_batch(columns, schema=decoded_schema(batch.schema))


def decoded_schema(schema: pa.Schema) -> pa.Schema:
    """The schema of :func:`decoded`."""
    kinds = [field.type.value_type if pa.types.is_dictionary(field.type) else field.type for field in schema]
    return pa.schema([field.with_type(kind) for field, kind in zip(schema, kinds, strict=True)])
