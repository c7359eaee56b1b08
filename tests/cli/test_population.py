"""``tegata population``: what is told, and what is refused, on a small network."""

import json
from datetime import date
from pathlib import Path
from unittest.mock import patch

import msgspec
import pytest

from tegata.actors.citizen import seed as citizen
from tegata.cli import up
from tegata.cli.population import MOST_REVOKED
from tegata.network import customers
from tegata.network.population import MOST_BEFORE
from tegata.network.site import FORMAT, RECORD_FILE, Record, Site
from tests.cli.conftest import Run
from tests.whole import CUSTOMERS, PEOPLE

MORE = PEOPLE + 30


@pytest.fixture(autouse=True)
def few_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(citizen, "POOL", 4)


def test_residents_come_by_processes_and_then_there_are_enough(run: Run, data: Path) -> None:
    ran = run("population", "--people", MORE, "--workers", 1, "--customers", CUSTOMERS + 5, "--json", "--data", data)
    assert ran.code == 0, ran.err
    report = json.loads(ran.out)
    assert (report["before"], report["people"], report["customers"]) == (PEOPLE, MORE, 5)
    assert report["certificates"] > 30
    assert "Residents and certificates: 30 (" in ran.err, "plain lines where there is no terminal"
    again = run("population", "--people", MORE, "--data", data)
    assert (again.code, again.out) == (0, f"There are {MORE} residents already.\n")
    shown = json.loads(run("people", "show", f"P{MORE:06}", "--json", "--data", data).out)
    assert (shown["status"], shown["pins"]) == ("resident", {})
    fewer = run("population", "--people", PEOPLE, "--data", data)
    assert (fewer.code, "population-is-larger" in fewer.err) == (1, True)
    inserted = run("card", "insert", f"P{MORE:06}", "--data", data)
    assert inserted.code == 1
    assert "tegata population" in inserted.err


@pytest.mark.parametrize(
    "wrong",
    [
        ("--people", 0), ("--people", -5), ("--people", "many"), ("--people", "1e6"),
        ("--people", 50, "--revoked", 0.31),
        ("--people", 50, "--revoked", -1), ("--people", 50, "--revoked", "nan"), ("--people", 50, "--workers", -1),
        ("--people", 50, "--customers", 0), (),
    ],
)  # fmt: skip
def test_numbers_that_are_none(run: Run, data: Path, wrong: tuple[object, ...]) -> None:
    ran = run("population", *wrong, "--data", data)
    assert ran.code == 2
    assert "--" in ran.err


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("--people", 200_000_000_000), "population-too-large"),
        (("--people", MORE, "--seed", 2), "population-of-another-seed"),
        (("--people", MORE, "--customers", 5000), "too-many-customers"),
    ],
)
def test_what_can_not_be_is_refused(run: Run, data: Path, asked: tuple[object, ...], code: str) -> None:
    ran = run("population", *asked, "--workers", 0, "--data", data)
    assert ran.code == 1
    assert code in ran.err
    assert json.loads(run("people", "list", "--limit", 1000, "--json", "--data", data).out)[-1]["id"] == f"P{PEOPLE:06}"


def test_a_network_that_runs_is_left_alone(run: Run, data: Path) -> None:
    with Site(data).held():
        ran = run("population", "--people", MORE, "--data", data)
    assert ran.code == 1
    assert "network-in-use" in ran.err


def test_a_directory_that_is_not_ours_or_of_another_version(run: Run, data: Path, tmp_path: Path) -> None:
    record = json.loads((data / RECORD_FILE).read_bytes())
    (data / RECORD_FILE).write_text(json.dumps(record | {"format": FORMAT + 1}))
    assert "network-of-another-version" in run("population", "--people", MORE, "--data", data).err
    other = tmp_path / "other"
    other.mkdir()
    (other / "letter.txt").write_text("dear")
    assert "not-a-network-directory" in run("population", "--people", MORE, "--data", other).err


def test_a_half_made_network_is_made_first(run: Run, tmp_path: Path) -> None:
    """As by ``tegata up``, without serving."""
    site = Site(tmp_path / "data")
    site.directory.mkdir()
    site.write(Record(state="making", people=5, seed=9, customers=5, on=date(2023, 9, 24), base_url="http://127.0.0.1"))
    (site.directory / "jlis.db").write_bytes(b"half")
    with patch.object(up, "PEOPLE", 12), patch.object(up, "CUSTOMERS", 12), patch.object(customers, "CONSENTS", 0):
        ran = run("population", "--people", 20, "--workers", 0, "--json", "--data", site.directory)
    assert ran.code == 0, ran.err
    assert msgspec.structs.replace(site.ready(), on=date.min, base_url="") == Record(
        state="ready", people=12, seed=up.SEED, customers=12, on=date.min, base_url=""
    )
    assert json.loads(ran.out)["before"] == 12


def test_the_share_that_is_taken_is_the_populations() -> None:
    assert MOST_REVOKED == MOST_BEFORE
