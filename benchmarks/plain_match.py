"""What a programmer would write to match customers with a CRL: ``python -m benchmarks.plain_match WAY FOLDER CRL OUT``.

``set``: the list by ``cryptography``, a Python set, the customers in batches by pyarrow. ``isin``: the same with
numpy's ``isin`` in the place of the set. ``duckdb``: a join in DuckDB, with serials that lie ready in a Parquet file.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def main(way: str, folder: str, crl: str, out: str) -> None:
    """Write the customers whose serial number is listed."""
    {"set": _by_set, "isin": _by_isin, "duckdb": _by_duckdb}[way](Path(folder), Path(crl), Path(out))


def _by_set(folder: Path, crl: Path, out: Path) -> None:
    import pyarrow.parquet as pq  # type: ignore[import-untyped]  # noqa: PLC0415

    listed = set(_serials(folder, crl))
    file = pq.ParquetFile(folder / "customers.parquet")
    with pq.ParquetWriter(out, file.schema_arrow) as writer:
        for batch in file.iter_batches():
            serials = batch.column("serial").to_pylist()
            writer.write_batch(batch.take([at for at, serial in enumerate(serials) if serial in listed]))


def _by_isin(folder: Path, crl: Path, out: Path) -> None:
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    listed = np.fromiter(_serials(folder, crl), np.int64)
    table = pq.read_table(folder / "customers.parquet")
    pq.write_table(table.filter(pa.array(np.isin(table.column("serial").to_numpy(), listed))), out)


def _by_duckdb(folder: Path, _crl: Path, out: Path) -> None:
    import duckdb  # noqa: PLC0415

    customers, serials = folder / "customers.parquet", folder / "serials.parquet"
    duckdb.sql(f"COPY (SELECT * FROM '{customers}' SEMI JOIN '{serials}' USING (serial)) TO '{out}' (FORMAT parquet)")


def _serials(folder: Path, crl: Path) -> Iterator[int]:
    from cryptography import x509  # noqa: PLC0415

    listed = x509.load_der_x509_crl(crl.read_bytes())
    key: Any = x509.load_pem_x509_certificate((folder / "sign-1.pem").read_bytes()).public_key()
    if not listed.is_signature_valid(key):
        raise ValueError("the signature is not good")
    return (entry.serial_number for entry in listed)


if __name__ == "__main__":
    main(*sys.argv[1:])
