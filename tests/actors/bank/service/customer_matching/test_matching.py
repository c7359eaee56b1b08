"""From files to files: who is found, in which order, with which facts."""

import csv
import subprocess
import sys
from datetime import UTC, timedelta

import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.pki.crl import Reason
from tests.actors.bank.service.customer_matching.world import NOON, REVOKED, WIDE, Folder, csv_file, parquet, row
from tests.pki.crl_support import PARTITION, crl
from tests.pki.support import authority


@pytest.mark.rule("FI-06")
def test_customers_with_a_listed_certificate_are_found(folder: Folder) -> None:
    customers = parquet(folder.path / "c.parquet", {"number": ["a", "b", "c", "d"], "serial": [128, 8, 7, 128]})
    report = folder.match(customers)
    assert folder.written().to_pylist() == [
        {"number": number, "serial": serial, "revoked_at": REVOKED, "reason": "superseded", "crl_number": "12"}
        for number, serial in (("c", 7), ("a", 128), ("d", 128))
    ]
    assert (report.customers, report.entries, report.matched, report.rejected) == (4, 3, 3, 0)
    assert [(facts.file, facts.number, facts.entries, facts.partition) for facts in report.lists] == [
        ("list-0.crl", "12", 3, "")
    ]
    assert set(report.seconds) == {"opening", "checking", "counting", "reading", "matching", "writing"}


def test_columns_keep_their_types_and_nested_ones_come_along(folder: Folder) -> None:
    columns = {
        "serial": pa.array([7, 8], pa.uint32()),
        "text": pa.array(["x", "y"]).dictionary_encode(),
        "large": pa.array(["é", None], pa.large_string()),
        "since": pa.array([REVOKED.astimezone(UTC)] * 2, pa.timestamp("ms", tz="UTC")),
        "amount": pa.array([1, 2], pa.decimal128(12, 0)),
        "list": pa.array([[1, 2], []], pa.list_(pa.int32())),
    }
    folder.match(parquet(folder.path / "c.parquet", columns))
    written = folder.written()
    assert [str(field.type) for field in written.schema][:5] == [
        "uint32", "string", "string", "timestamp[ms, tz=UTC]", "decimal128(12, 0)",
    ]  # fmt: skip
    assert written.column("list").to_pylist() == [[1, 2]]
    assert str(written.schema.field("revoked_at").type) == "timestamp[us, tz=UTC]"


@pytest.mark.parametrize(
    ("cells", "serials"),
    [
        (["7", "0128", " 128 ", "9"], "decimal"),
        (["7", "80", "00:80", "0x80", "8 0", "DE:AD"], "hex"),
        (["0x7", "00:80", "0X80", "DE:AD"], "auto"),
    ],
)
def test_text_is_read_in_the_form_that_was_named(folder: Folder, cells: list[str], serials: str) -> None:
    customers = csv_file(folder.path / "c.csv", "serial\n" + "".join(f"{cell}\n" for cell in cells))
    report = folder.match(customers, serials=serials)
    expected = [cell for cell in cells if cell not in {"9", "8 0", "DE:AD"}]
    assert sorted(folder.found()) == sorted(expected)
    assert report.unreadable == ("8 0" in cells)


@pytest.mark.parametrize("serials", ["decimal", "hex"])
def test_serials_of_twenty_octets_are_found(folder: Folder, serials: str) -> None:
    shown = {"decimal": str(WIDE), "hex": f"{WIDE:040X}"}[serials]
    customers = parquet(folder.path / "c.parquet", {"serial": ["1", shown, shown[:-1]]})
    assert folder.match(customers, serials=serials).matched == 1
    assert folder.found() == [shown]


@pytest.mark.parametrize("kind", [pa.uint64(), pa.decimal128(38, 0)])
def test_whole_numbers_wider_than_63_bits(folder: Folder, kind: pa.DataType) -> None:
    folder.lists([row(7), row((1 << 64) - 1), row(1 << 63)])
    customers = parquet(folder.path / "c.parquet", {"serial": pa.array([1 << 63, (1 << 64) - 1, 7, 8], kind)})
    assert folder.match(customers).matched == 3
    assert [int(one) for one in folder.found()] == [7, 1 << 63, (1 << 64) - 1]


def test_customers_who_can_not_be_looked_up_are_counted_and_listed(folder: Folder) -> None:
    customers = csv_file(folder.path / "c.csv", 'no,serial\n1,7\n2,\n3,n/a\n4,-7\n5,0\n6,7.0\n7,""\n8,７\n9,1e2\n')
    rejects = folder.path / "rejects.csv"
    report = folder.match(customers, serials="decimal", rejects=str(rejects))
    assert (report.customers, report.matched, report.without_serial, report.unreadable) == (9, 1, 2, 6)
    assert rejects.read_text().splitlines() == [
        '"no","serial","why"', '"2",,"no-serial"', '"7","","no-serial"', '"3","n/a","unreadable-serial"',
        '"4","-7","unreadable-serial"', '"5","0","unreadable-serial"', '"6","7.0","unreadable-serial"',
        '"8","７","unreadable-serial"', '"9","1e2","unreadable-serial"',
    ]  # fmt: skip


def test_whole_numbers_that_are_no_serials_are_rejected(folder: Folder) -> None:
    customers = parquet(folder.path / "c.parquet", {"serial": [7, None, 0, -7]})
    report = folder.match(customers)
    assert (report.matched, report.without_serial, report.unreadable) == (1, 1, 2)


@pytest.mark.rule("FI-06")
def test_of_several_lists_the_earliest_revocation_counts(folder: Folder) -> None:
    early, late = REVOKED - timedelta(days=1), REVOKED
    folder.lists(
        [row(7, late, Reason.CERTIFICATE_HOLD), row(8, late, Reason.KEY_COMPROMISE)],
        [row(7, early, Reason.SUPERSEDED), row(8, late, Reason.SUPERSEDED), row(9, late)],
    )
    folder.put("part.crl", crl([row(10)], number=3, partition=PARTITION))
    report = folder.match(parquet(folder.path / "c.parquet", {"serial": [7, 8, 9, 10]}))
    assert folder.written().select(["serial", "reason", "crl_number"]).to_pylist() == [
        {"serial": 7, "reason": "superseded", "crl_number": "13"},
        {"serial": 8, "reason": "superseded", "crl_number": "13"},
        {"serial": 9, "reason": "superseded", "crl_number": "13"},
        {"serial": 10, "reason": "superseded", "crl_number": "3"},
    ]
    assert folder.found("revoked_at")[0] == early
    assert (report.matched, report.entries) == (4, 6)
    assert [facts.partition for facts in report.lists] == ["", "", PARTITION.rfc4514_string()]


def test_the_same_input_gives_the_same_bytes(folder: Folder) -> None:
    folder.lists([row(serial) for serial in range(1, 5000, 3)])
    columns = {"serial": [(7919 * n) % 5000 for n in range(20_000)], "no": [n % 17 for n in range(20_000)]}
    customers = parquet(folder.path / "c.parquet", columns)
    folder.match(customers, threads=2)
    first = folder.out.read_bytes()
    folder.match(customers, threads=1)
    assert folder.out.read_bytes() == first
    assert folder.found() == sorted(folder.found())


def test_a_result_without_rows_is_a_file_with_columns(folder: Folder) -> None:
    assert folder.match(parquet(folder.path / "c.parquet", {"serial": [1]})).matched == 0
    assert folder.written().column_names == ["serial", "revoked_at", "reason", "crl_number"]


def test_columns_are_chosen(folder: Folder) -> None:
    columns = {"a": [1], "b": [2], "key": ["x"], "Verdict": ["y"], "証明書": [7], "reason": ["old"]}
    customers = parquet(folder.path / "c.parquet", columns)
    folder.match(customers, column="証明書", keep=["key", "Verdict", "b"])
    assert folder.written().select([0, 1, 2]).to_pylist() == [{"key": "x", "Verdict": "y", "b": 2}]
    folder.out.unlink()
    refused = folder.refused(customers, column="証明書")
    assert (refused.code, refused.detail["also_written"]) == ("customers-columns-unclear", ["reason"])


def test_cells_stay_as_they_are(folder: Folder) -> None:
    folder.out = folder.path / "out.csv"
    cells = '=1+1,"a ""quoted"", one","two\nlines",007, x ,７,7\n'
    customers = csv_file(folder.path / "c.csv", "f,q,n,z,s,w,serial\n" + cells)
    folder.match(customers, serials="decimal")
    with folder.out.open(encoding="utf-8", newline="") as file:
        [_, found] = csv.reader(file)
    assert found[:7] == ["=1+1", 'a "quoted", one', "two\nlines", "007", " x ", "７", "7"]
    assert found[7:] == [REVOKED.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "superseded", "12"]


KILLED_WHILE_WRITING = """
import os, sys
from datetime import datetime
from pathlib import Path
from tegata.actors.bank.service.customer_matching.matching import Task, match_files
from tegata.node.trust_directory import roots_in

class Killer:
    def begin(self, phase, total):
        self.phase = phase

    def advance(self, count):
        if self.phase == "writing":
            os.kill(os.getpid(), 9)

folder = Path(sys.argv[1])
match_files(
    Task(customers=[str(folder / "c.parquet")], crls=[folder / "crl"], roots={"sign": roots_in(folder, "sign")},
         at=datetime.fromisoformat(sys.argv[2]), out=str(folder / "out.parquet"), overwrite=True, work=folder),
    Killer(),
)
"""


def test_a_killed_run_leaves_what_stood_there(folder: Folder) -> None:
    customers = parquet(folder.path / "c.parquet", {"serial": [7]})
    folder.out.write_bytes(b"the last result")
    (folder.path / "sign-1.pem").write_bytes(authority("sign").certificate.public_bytes(Encoding.PEM))
    command = [sys.executable, "-c", KILLED_WHILE_WRITING, str(folder.path), NOON.isoformat()]
    assert subprocess.run(command, check=False, timeout=60).returncode == -9
    assert folder.out.read_bytes() == b"the last result"
    folder.match(customers)
    assert folder.found() == [7]
