"""Many short pieces of one row of bytes, read or written in one step: each piece is copied whole, not byte by byte."""

from typing import Any

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.intp]


def column(octets: Bytes, kind: str, at: int, step: int, count: int) -> npt.NDArray[Any]:
    """The ``count`` values of type ``kind`` that stand at ``at``, ``at + step`` …: a view, to read or to write.

    Raises ``ValueError`` or ``TypeError`` where the last one is not inside.
    """
    return np.ndarray((count,), np.dtype(kind), octets, at, (step,))


def gather(octets: Bytes, at: Indices, size: int) -> Bytes:
    """The ``size`` bytes from each place, as rows; every place has that many behind it, else ``IndexError``."""
    pieces: Bytes = _windows(octets, f"V{size}")[at].view(np.uint8).reshape(len(at), size)
    return pieces


def scatter(octets: Bytes, at: Indices, rows: Bytes) -> None:
    """Write each row from its place on."""
    pieces = np.ascontiguousarray(rows).view(f"V{rows.shape[1]}").reshape(-1)
    _windows(octets, pieces.dtype.str)[at] = pieces


def stands_at(octets: Bytes, at: Indices, text: bytes) -> npt.NDArray[np.bool_]:
    """At which places ``text`` stands, which does not end in a zero byte (numpy's strings drop those)."""
    equal: npt.NDArray[np.bool_] = _windows(octets, f"S{len(text)}")[at] == text
    return equal


def _windows(octets: Bytes, dtype: str) -> npt.NDArray[np.generic]:
    """The pieces of one type that begin at each byte; they overlap, and nothing is copied."""
    kind = np.dtype(dtype)
    return np.ndarray((max(len(octets) - kind.itemsize + 1, 0),), kind, octets, strides=(1,))
