"""A bank's customers in a Parquet file against a CRL: from the two files to a file of those who are revoked.

There are six times as many customers as entries, and one in 22 is listed, as with five million revoked of 110 million
certificates. All sides are whole commands, with the start of the process and the verification of the list; who was
found (customer and serial number) is compared. The programs beside ours: :mod:`benchmarks.plain_match`.
"""

import hashlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from benchmarks.crl_lists import NOW, ListFile, uniform, write_list
from benchmarks.result import Case, Result
from benchmarks.sides import Side, alternate
from tegata.pki.crl.entries import Serials

UNIT = "s"
SIZE = 5_000_000
MORE_IS_BETTER = False

TEGATA = "Tegata"
PYTHON_SET = "cryptography + Python set"
ISIN = "cryptography + numpy.isin"
READY = "DuckDB, the list's serials ready in Parquet"
CUSTOMERS = 6
LISTED = 22
GROUP = 1 << 20
FIRST_NUMBER = 1_000_000_000


def run(size: int, rounds: int, tell: Callable[[str], None]) -> Result:
    """Match ``6 × size`` customers with a list of ``size`` entries."""
    with tempfile.TemporaryDirectory(prefix="tegata-bench-") as name:
        folder = Path(name)
        tell(f"writing a list of {size:,} entries and {CUSTOMERS * size:,} customers")
        files = write_list(folder, "list", uniform(size))
        files.authority.rename(folder / "sign-1.pem")
        _write_customers(folder, np.concatenate([chunk.serials for chunk in uniform(size)]))
        runs = alternate(_sides(folder, files), rounds, tell)
    floor = runs.pop(READY)
    case = Case(ours=floor.seconds)
    notes = [
        "whole processes, from start to end; ours verifies the list with its root, tells time, reason and list of each "
        "revocation and orders the result by serial number, the peers verify the signature and write who is revoked",
        f"the floor is {READY}: no list is read or verified",
    ]
    return Result.of_seconds(size, runs.pop(TEGATA), runs, cases={f"floor: {READY}": case}, notes=notes)


def _write_customers(folder: Path, listed: Serials) -> None:
    """The customers, and the list's serials as a table for the side that needs no list."""
    rng, count = np.random.default_rng(4), CUSTOMERS * len(listed)
    pq.write_table(pa.table({"serial": listed.astype(np.int64)}), folder / "serials.parquet")
    schema = pa.schema([("customer", pa.int64()), ("serial", pa.int64())])
    with pq.ParquetWriter(folder / "customers.parquet", schema) as writer:
        for start in range(0, count, GROUP):
            rows = min(GROUP, count - start)
            serials = rng.integers(1 << 24, 1 << 31, rows)
            known = rng.random(rows) < 1 / LISTED
            serials[known] = rng.choice(listed, int(known.sum())).astype(np.int64)
            numbers = np.arange(start, start + rows) + FIRST_NUMBER
            writer.write_table(pa.table([numbers, serials], schema=schema))


def _sides(folder: Path, files: ListFile) -> list[Side]:
    ours = folder / "tegata.parquet"
    command = [
        sys.executable, "-c", "from tegata.cli import main; main()", "bank", "match", "--overwrite",
        "--customers", str(folder / "customers.parquet"), "--crl", str(files.crl), "--trust", str(folder),
        "--at", NOW.isoformat(), "--out", str(ours), "--work", str(folder),
    ]  # fmt: skip
    return [
        Side(TEGATA, command, answer=lambda: _answer(ours)),
        _plain(PYTHON_SET, "set", folder, files, rounds=1),
        _plain(ISIN, "isin", folder, files, rounds=1),
        _plain(READY, "duckdb", folder, files),
    ]


def _plain(name: str, way: str, folder: Path, files: ListFile, rounds: int | None = None) -> Side:
    out = folder / f"{way}.parquet"
    command = [sys.executable, "-m", "benchmarks.plain_match", way, str(folder), str(files.crl), str(out)]
    return Side(name, command, answer=lambda: _answer(out), rounds=rounds)


def _answer(file: Path) -> list[object]:
    """How many were found, and a hash of who."""
    table = pq.read_table(file, columns=["customer", "serial"]).sort_by("customer").combine_chunks()
    digest = hashlib.sha256()
    for column in table.columns:
        digest.update(column.to_numpy().tobytes())
    return [table.num_rows, digest.hexdigest()]
