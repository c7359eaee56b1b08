"""A result comes to stand in its place whole, or not at all; what stood there is replaced only where that was said."""

from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import create_engine, inspect, text

from tegata.actors.bank.service.customer_matching import output
from tegata.actors.bank.service.customer_matching.database import Table, table_of
from tests.actors.bank.service.customer_matching.world import Folder, csv_file, parquet

HOSTILE = 'x"; DROP TABLE customers; --'


def test_what_is_there_is_not_replaced_unasked(folder: Folder) -> None:
    customers = parquet(folder.path / "c.parquet", {"serial": [7]})
    folder.out.write_bytes(b"precious")
    with pytest.raises(Exception, match="match-output-exists"):
        folder.match(customers, overwrite=False)
    assert folder.out.read_bytes() == b"precious"
    folder.match(customers)
    assert folder.found() == [7]


@pytest.mark.parametrize("out", ["none/out.csv", "out.xlsx", "out", "c.parquet/out.csv"])
def test_places_that_are_none(folder: Folder, out: str) -> None:
    customers = parquet(folder.path / "c.parquet", {"serial": [7]})
    assert folder.refused(customers, out=str(folder.path / out)).code == "match-output-unwritable"
    refused = folder.refused(customers, rejects=str(folder.path / out))
    assert refused.code == "match-output-unwritable"


def test_a_folder_is_no_file(folder: Folder) -> None:
    (folder.path / "d.csv").mkdir()
    customers = parquet(folder.path / "c.parquet", {"serial": [7]})
    assert folder.refused(customers, out=str(folder.path / "d.csv")).code == "match-output-exists"


def test_nested_columns_have_no_place_in_csv(folder: Folder) -> None:
    customers = parquet(folder.path / "c.parquet", {"serial": [7], "tags": [["a"]]})
    assert folder.refused(customers, out=str(folder.path / "out.csv")).code == "match-output-unwritable"
    folder.match(customers, out=str(folder.path / "out.csv"), keep=["serial"])


def test_only_its_owner_may_read_a_result(folder: Folder) -> None:
    folder.match(parquet(folder.path / "c.parquet", {"serial": [7]}))
    assert folder.out.stat().st_mode & 0o077 == 0


def test_row_groups_do_not_depend_on_batches() -> None:
    schema = pa.schema([("n", pa.int64())])
    for sizes in ([1] * 10, [10], [3, 3, 4], [0, 9, 1], []):
        numbers = iter(range(sum(sizes)))
        batches = [pa.record_batch([[next(numbers) for _ in range(size)]], schema=schema) for size in sizes]
        made = list(output.batches_of(4, schema, batches))
        assert [len(batch) for batch in made] == ([4, 4, 2] if sizes else [])
        assert [n for batch in made for n in batch.column(0).to_pylist()] == list(range(sum(sizes)))


@pytest.fixture
def sqlite_table(tmp_path: Path) -> str:
    """Customers in SQLite: ``#customers``, and a table with a hostile name."""
    url = f"sqlite:///{tmp_path / 'bank.db'}"
    fill(url)
    return url


def fill(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE customers (no VARCHAR(9), serial BIGINT, score FLOAT)"))
        connection.execute(text("INSERT INTO customers VALUES ('a', 128, 1.5), ('b', 7, NULL), ('c', NULL, 0)"))
        quoted = engine.dialect.identifier_preparer.quote_identifier(HOSTILE)
        connection.execute(text(f"CREATE TABLE {quoted} AS SELECT * FROM customers"))
        connection.execute(text("CREATE TABLE nobody (serial BIGINT)"))
    engine.dispose()


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [tuple(one) for one in connection.execute(text(statement))]
    engine.dispose()
    return found


@pytest.mark.rule("FI-06")
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_from_a_table_into_a_table(folder: Folder, kind: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("sqlite_table") if kind == "sqlite" else request.getfixturevalue("postgres_database")
    if kind == "postgresql":
        fill(url)
    report = folder.match(f"{url}#customers", out=f"{url}#revoked")
    assert (report.customers, report.matched, report.without_serial) == (3, 2, 1)
    assert [one[:3] for one in rows(url, "SELECT no, serial, reason FROM revoked")] == [
        ("b", 7, "superseded"), ("a", 128, "superseded"),
    ]  # fmt: skip
    assert folder.refused(f"{url}#customers", out=f"{url}#revoked", overwrite=False).code == "match-output-exists"
    assert folder.match(f"{url}#{HOSTILE.replace(' ', '%20')}", out=f"{url}#revoked", keep=["no"]).matched == 2
    assert [one[0] for one in rows(url, "SELECT no FROM revoked")] == ["b", "a"]
    assert folder.match(f"{url}#nobody").customers == 0
    for missing in ("none", "customers;DROP TABLE customers", "no.customers"):
        folder.out.unlink(missing_ok=True)
        assert folder.refused(f"{url}#{missing}").code == "customers-not-found"
    assert folder.refused(f"{url}#customers", column="score").code == "customers-serial-type"
    assert len(rows(url, "SELECT * FROM customers")) == 3


def test_a_table_is_undone_where_the_work_fails(folder: Folder, sqlite_table: str) -> None:
    customers = csv_file(folder.path / "c.csv", "serial\n" + "7\n" * 10)
    folder.match(customers, serials="decimal", out=f"{sqlite_table}#revoked")
    bad = csv_file(folder.path / "d.csv", "serial\n7\n8,9\n")
    folder.refused(bad, serials="decimal", out=f"{sqlite_table}#revoked")
    folder.refused(bad, serials="decimal", out=f"{sqlite_table}#fresh")
    assert rows(sqlite_table, "SELECT count(*) FROM revoked") == [(10,)]
    engine = create_engine(sqlite_table)
    assert "fresh" not in inspect(engine).get_table_names()
    engine.dispose()


def test_a_column_of_several_types_is_refused(folder: Folder, sqlite_table: str) -> None:
    engine = create_engine(sqlite_table)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO customers VALUES ('d', 'x', 1)"))
    engine.dispose()
    assert folder.refused(f"{sqlite_table}#customers").code in {"customers-unreadable", "customers-serials-ambiguous"}


def test_the_banks_own_database(folder: Folder, sqlite_table: str) -> None:
    own = Table(table_of(f"{sqlite_table}#x").url)
    assert folder.match("customers", own=own).matched == 2
    folder.out.unlink()
    assert folder.refused("customer", own=own).code == "customers-not-found"
    assert folder.refused("customers", "customers", own=own).code == "customers-not-found"


def test_a_password_is_not_told() -> None:
    assert "secret" not in str(table_of("postgresql://bank:secret@127.0.0.1/db#t"))
