"""``tegata bank match`` on tables of customers: options, words, exit codes."""

import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import Run


@pytest.fixture
def lists(run: Run, data: Path, tmp_path: Path) -> Path:
    """Roots and lists of the network's authorities; some of its people have moved."""
    out = tmp_path / "pki"
    run("export", "pki", "--out", out, "--data", data)
    return out


def customers(tmp_path: Path, serials: list[object]) -> Path:
    path = tmp_path / "c.parquet"
    pq.write_table(pa.table({"no": [f"n{n}" for n in range(len(serials))], "serial": serials}), path)
    return path


@pytest.mark.rule("FI-06")
def test_a_table_is_matched_with_the_lists_of_the_day(run: Run, data: Path, lists: Path, tmp_path: Path) -> None:
    file = customers(tmp_path, [*range(1, 60), None])
    arguments = ("bank", "match", "--customers", file, "--crl", lists / "crl" / "sign-all.crl", "--data", data)
    ran = run(*arguments, "--out", tmp_path / "out.csv", "--keep", "no,serial", "--json")
    assert ran.code == 0, ran.err
    report = json.loads(ran.out)
    assert (report["customers"], report["without_serial"], report["engine"]) == (60, 1, "duckdb")
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == report["matched"] + 1
    assert lines[0] == '"no","serial","revoked_at","reason","crl_number"'
    again = run(*arguments, "--out", tmp_path / "out.csv")
    assert again.code == 1
    assert "(match-output-exists)" in again.err
    shown = run(*arguments, "--out", tmp_path / "out.csv", "--overwrite")
    assert f"60 customers, {report['matched']} revoked" in shown.out
    assert "1 without a serial number, 0 unreadable" in shown.out
    assert "rows written" in shown.err


def test_the_words_are_japanese_too(
    run: Run, data: Path, lists: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    file = customers(tmp_path, [1, 0])
    options = ("--customers", file, "--crl", lists / "crl" / "sign-all.crl", "--out", tmp_path / "o.csv")
    ran = run("bank", "match", *options, "--data", data)
    assert ran.code == 1, "a serial number that can not be read is not a success"
    assert "顧客 2件のうち失効" in ran.out
    assert "番号なし 0件、読み取れない番号 1件" in ran.out
    assert "突合" in ran.err


def test_a_table_of_the_banks_own_database(run: Run, data: Path, lists: Path, tmp_path: Path) -> None:
    options = ("--customers", "pointer", "--crl", lists / "crl", "--out", tmp_path / "out.parquet")
    ran = run("bank", "match", *options, "--data", data, "--usage", "sign", "--json")
    assert ran.code == 0, ran.err
    report = json.loads(ran.out)
    assert report["customers"] > 0
    assert report["passed_over"] > 0
    both = run("bank", "match", *options, "--overwrite", "--data", data)
    assert "(match-several-authorities)" in both.err
    elsewhere = run("bank", "match", *options, "--overwrite", "--data", tmp_path / "no", "--trust", lists)
    assert "(customers-not-found)" in elsewhere.err


def test_roots_and_a_time_of_ones_own(run: Run, lists: Path, tmp_path: Path) -> None:
    file = customers(tmp_path, [1])
    options = ("--customers", file, "--crl", lists / "crl" / "sign-all.crl", "--out", tmp_path / "o.csv")
    ran = run("bank", "match", *options, "--trust", lists)
    assert "cause: stale" in ran.err, "with roots of one's own the time is the real one"
    assert run("bank", "match", *options, "--trust", lists, "--at", "2023-09-25T10:00").code == 0
    assert "(no-trusted-root)" in run("bank", "match", *options, "--trust", tmp_path).err


@pytest.mark.parametrize(
    "options",
    [
        ("--customers", "c.csv"),
        ("--customers", "c.csv", "--crl", "a.crl"),
        ("--out", "o.csv"),
        ("--crl", "a.crl", "--crl", "b.crl"),
        ("--customers", "c.csv", "--crl", "a.crl", "--out", "o.csv", "--serials", "octal"),
        ("--customers", "c.csv", "--crl", "a.crl", "--out", "o.csv", "--memory", "1"),
        ("--customers", "c.csv", "--crl", "a.crl", "--out", "o.csv", "--engine", "hadoop"),
    ],
)
def test_options_that_make_no_sense(run: Run, options: tuple[str, ...]) -> None:
    assert run("bank", "match", *options).code == 2


@pytest.mark.parametrize("missing", ["java", "pyspark"])
def test_spark_that_is_not_installed(
    run: Run, data: Path, lists: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    if missing == "java":
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.delenv("JAVA_HOME", raising=False)
    else:
        (tmp_path / "java").touch(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setitem(sys.modules, "pyspark.errors", None)
    options = ("--customers", customers(tmp_path, [1]), "--crl", lists / "crl" / "sign-all.crl", "--data", data)
    ran = run("bank", "match", *options, "--out", tmp_path / "o.csv", "--engine", "spark")
    assert ran.code == 1
    assert "(match-needs-spark)" in ran.err
    assert "make spark" in ran.err
    assert f"missing: {missing}" in ran.err
    assert not (tmp_path / "o.csv").exists()
