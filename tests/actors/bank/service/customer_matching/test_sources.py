"""Customers' files that are broken, hostile or unclear: refused whole, with what to do, and nothing written."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from tests.actors.bank.service.customer_matching.world import Folder, csv_file, parquet


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("serial,name\n7\n", 2),
        ("serial,name\n7,a,b\n", 2),
        ('serial,name\n7,a\n8,"open\n9,b\n', None),
        ('serial,name\n7,"a"b\n', 2),
        ("serial,name\n" + "7,a\n" * 5000 + "8\n", 5002),
    ],
)
def test_rows_that_are_no_rows(folder: Folder, text: str, line: int | None) -> None:
    refused = folder.refused(csv_file(folder.path / "c.csv", text), serials="decimal")
    assert refused.code == "customers-unreadable"
    assert line is None or refused.detail["line"] == line
    assert "7" not in str(refused.detail.get("cause", "")), "no customer's row in a refusal"


@pytest.mark.parametrize("text", ["", "\n\n", '"serial\n7\n'])
def test_files_without_a_header(folder: Folder, text: str) -> None:
    assert folder.refused(csv_file(folder.path / "c.csv", text), serials="decimal").code == "customers-unreadable"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Serial,name", "customers-column-missing"),
        ("serial,serial", "customers-columns-unclear"),
        ("serial,Name,name", "customers-columns-unclear"),
        ("serial,", "customers-columns-unclear"),
        ("serial,CRL_Number", "customers-columns-unclear"),
    ],
)
def test_headers_that_can_not_be_used(folder: Folder, header: str, code: str) -> None:
    refused = folder.refused(csv_file(folder.path / "c.csv", f"{header}\n"), serials="decimal")
    assert refused.code == code
    assert code != "customers-column-missing" or refused.detail["columns"] == ["Serial", "name"]


def test_a_column_to_keep_that_is_not_there(folder: Folder) -> None:
    refused = folder.refused(parquet(folder.path / "c.parquet", {"serial": [7]}), keep=["nmae"])
    assert refused.detail == {"missing": ["nmae"], "columns": ["serial"]}


@pytest.mark.parametrize("text", ["serial\n", "serial"])
def test_a_header_alone_is_no_customer(folder: Folder, text: str) -> None:
    report = folder.match(csv_file(folder.path / "c.csv", text), serials="decimal")
    assert (report.customers, report.matched) == (0, 0)
    assert folder.found() == []


def test_line_ends_and_a_byte_order_mark(folder: Folder) -> None:
    csv_file(folder.path / "c.csv", "\ufeffserial,n\r\n7,1\r\n128,2\r\n")
    assert folder.match(folder.path / "c.csv", serials="decimal").matched == 2


def test_shift_jis_is_read_where_it_is_named(folder: Folder) -> None:
    customers = csv_file(folder.path / "c.csv", "氏名,serial\n髙橋　表,7\n", "cp932")
    assert folder.refused(customers, serials="decimal").code == "customers-encoding"
    folder.match(customers, serials="decimal", encoding="cp932")
    assert folder.found("氏名") == ["髙橋　表"]
    body = csv_file(folder.path / "d.csv", "name,serial\n髙橋　表,7\n", "cp932")
    folder.out.unlink()
    assert folder.refused(body, serials="decimal").code == "customers-encoding"
    utf8 = csv_file(folder.path / "e.csv", "name,serial\n高橋,7\n")
    assert folder.refused(utf8, serials="decimal", encoding="cp932").code == "customers-encoding"


@pytest.mark.parametrize("cells", [["7", "128"], ["7", "ab"], ["0x7", "128"], ["0x7", "n/a"]])
def test_text_that_can_be_read_in_two_ways_is_not_guessed(folder: Folder, cells: list[str]) -> None:
    refused = folder.refused(parquet(folder.path / "c.parquet", {"serial": cells}))
    assert (refused.code, refused.detail["column"]) == ("customers-serials-ambiguous", "serial")


@pytest.mark.parametrize(
    ("column", "serials"),
    [
        (pa.array([7.0]), "decimal"),
        (pa.array([7], pa.decimal128(9, 2)), "auto"),
        (pa.array([True]), "auto"),
        (pa.array([b"\7"]), "hex"),
        (pa.array([[7]]), "auto"),
        (pa.array([7]), "hex"),
        (pa.nulls(1), "decimal"),
    ],
)
def test_columns_that_are_no_serials(folder: Folder, column: pa.Array, serials: str) -> None:
    refused = folder.refused(parquet(folder.path / "c.parquet", {"serial": column}), serials=serials)
    assert refused.code == "customers-serial-type"
    assert refused.detail["column"] == "serial"


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"PAR2" + b[4:-4] + b"PAR2", lambda _: b""])
def test_parquet_that_is_none(folder: Folder, damage: Callable[[bytes], bytes]) -> None:
    customers = parquet(folder.path / "c.parquet", {"serial": [7]})
    customers.write_bytes(damage(customers.read_bytes()))
    assert folder.refused(customers).code == "customers-unreadable"


def test_parquet_with_broken_pages(folder: Folder) -> None:
    customers = parquet(folder.path / "c.parquet", {"serial": list(range(1, 100_000))})
    content = bytearray(customers.read_bytes())
    content[100:20_000] = bytes(19_900)
    customers.write_bytes(content)
    assert folder.refused(customers).code == "customers-unreadable"


def test_several_files_of_one_form(folder: Folder) -> None:
    parquet(folder.path / "c[1].parquet", {"serial": [7]})
    parquet(folder.path / "c*'2.parquet", {"serial": [128]})
    assert folder.match(folder.path / "c[1].parquet", folder.path / "c*'2.parquet").matched == 2
    assert folder.match(folder.path / "c*.parquet").customers == 2
    inside = folder.path / "in"
    inside.mkdir()
    parquet(inside / "a.parquet", {"serial": [7]})
    assert folder.match(inside).customers == 1


def test_several_files_that_differ(folder: Folder) -> None:
    one = parquet(folder.path / "a.parquet", {"serial": [7]})
    other = parquet(folder.path / "b.parquet", {"serial": ["7"]})
    assert folder.refused(one, other).detail["file"] == "b.parquet"
    text = csv_file(folder.path / "c.csv", "serial\n7\n")
    assert folder.refused(one, text).code == "customers-schemas-differ"


@pytest.mark.parametrize(
    "name", ["none.csv", "none-*.parquet", "a/b", "customer", "mysql://host/db#t", "sqlite:///no#t"]
)
def test_customers_that_are_not_there(folder: Folder, name: str) -> None:
    assert folder.refused(name).code == "customers-not-found"


def test_a_file_of_another_kind(folder: Folder) -> None:
    Path(folder.path / "c.xlsx").write_bytes(b"PK")
    assert folder.refused(folder.path / "c.xlsx").code == "customers-unreadable"
