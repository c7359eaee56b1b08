"""The bank's files."""

import csv
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.whole import CUSTOMERS


def test_what_is_written_can_be_read_again(run: Run, data: Path, tmp_path: Path) -> None:
    for encoding in ("utf-8", "cp932"):
        file = tmp_path / f"{encoding}.csv"
        assert run("bank", "export", file, "--encoding", encoding, "--data", data).code == 0
        ran = run("bank", "import", file, "--json", "--data", data)
        assert ran.code == 0
        report = json.loads(ran.out)
        assert (report["rows"], report["unchanged"], report["refused"]) == (CUSTOMERS, CUSTOMERS, 0)


def test_bad_rows_are_reported_and_good_ones_kept(run: Run, data: Path, tmp_path: Path) -> None:
    file = tmp_path / "new.csv"
    file.write_text(
        "契約者番号,氏名,住所,生年月日,性別\n"
        "7000001,山田 太郎,東京都千代田区丸の内1-1-1,1980-02-03,male\n"
        "7000002,,東京都千代田区丸の内1-1-2,1980-02-03,male\n"
        "7000003,山田 次郎,東京都千代田区丸の内1-1-3,1980-02-30,male\n",
        encoding="utf-8",
    )
    ran = run("bank", "import", file, "--header", "契約者番号=customer_number", "--data", data)
    assert ran.code == 1
    assert "added 1" in ran.out
    assert "refused 2" in ran.out
    with (tmp_path / "out.csv").open("wb"):
        run("bank", "export", tmp_path / "out.csv", "--data", data)
    with (tmp_path / "out.csv").open(encoding="utf-8-sig") as written:
        numbers = {row[0] for row in csv.reader(written)}
    assert "7000001" in numbers
    assert not {"7000002", "7000003"} & numbers


@pytest.mark.parametrize("header", ["name", "=name", "契約者=nothing"])
def test_headers_that_are_none(run: Run, data: Path, tmp_path: Path, header: str) -> None:
    (tmp_path / "a.csv").write_text("顧客番号\n")
    ran = run("bank", "import", tmp_path / "a.csv", "--header", header, "--data", data)
    assert ran.code in ((2,) if header != "=name" else (1, 2))


def test_files_that_can_not_be_read(run: Run, data: Path, tmp_path: Path) -> None:
    assert run("bank", "import", tmp_path / "nothing.csv", "--data", data).code == 1
    assert run("bank", "import", tmp_path, "--data", data).code == 1
    (tmp_path / "empty.csv").touch()
    ran = run("bank", "import", tmp_path / "empty.csv", "--data", data)
    assert ran.code == 1
    assert "customer-file-empty" in ran.err


def test_matching_with_a_list_of_ones_own(run: Run, data: Path, tmp_path: Path) -> None:
    run("export", "pki", "--out", tmp_path, "--data", data)
    ran = run("bank", "match", "--crl", tmp_path / "crl" / "sign-all.crl", "--json", "--data", data)
    assert ran.code == 0
    report = json.loads(ran.out)
    assert report["held"] > 0
    assert report["new"] == 0
    (tmp_path / "broken.crl").write_bytes(b"\x30\x80")
    refused = run("bank", "match", "--crl", tmp_path / "broken.crl", "--data", data)
    assert refused.code == 1
    assert "crl-not-used" in refused.err


def test_matching_needs_the_operator_or_a_list(run: Run, data: Path) -> None:
    ran = run("bank", "match", "--data", data)
    assert ran.code == 1
    assert "peer-unavailable" in ran.err


def test_changes_are_written_for_a_time(run: Run, data: Path, tmp_path: Path) -> None:
    file = tmp_path / "changes.csv"
    assert (
        run("bank", "changes", file, "--since", "2023-09-01", "--until", "2023-09-25T10:00", "--data", data).code == 0
    )
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    assert run("bank", "changes", file, "--since", "yesterday", "--data", data).code == 2
