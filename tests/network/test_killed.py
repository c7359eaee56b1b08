"""``kill -9`` in the middle of the daily run: a restart ends where an undisturbed run ends."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from tegata.actors.bank.service import changes
from tegata.actors.bank.tables import CaseRow, NoticeRow, RecordRow
from tegata.actors.bank.tables import PointerRow as BankPointerRow
from tegata.actors.jlis.tables import CrlRow as IssuedRow
from tegata.actors.jlis.tables import RevocationRow
from tegata.actors.platform.tables import ChangeRow, CrlRow, PointerRow, QuestionRow
from tegata.node import audit, runs
from tests.network.killed import MOMENTS, MORNING
from tests.whole import WholeNetwork

ROOT = Path(__file__).parents[2]
STATE: dict[str, list[Any]] = {
    "jlis": [
        select(IssuedRow.usage, IssuedRow.partition, IssuedRow.number, IssuedRow.due_at, IssuedRow.sha256),
        select(RevocationRow.number, RevocationRow.usage, RevocationRow.serial, RevocationRow.reason),
    ],
    "platform": [
        select(CrlRow.usage, CrlRow.number, CrlRow.sha256, CrlRow.skipped, CrlRow.changed),
        select(ChangeRow.number, ChangeRow.cause, ChangeRow.kind, ChangeRow.consent_id, ChangeRow.serial),
        select(PointerRow.consent_id, PointerRow.serial),
        select(func.sum(QuestionRow.fee_yen)),
    ],
    "bank": [
        select(NoticeRow.number, NoticeRow.kind, NoticeRow.consent_id, NoticeRow.serial),
        select(CaseRow.cause, CaseRow.customer_number, CaseRow.state, CaseRow.outcome, CaseRow.code, CaseRow.ask_at),
        select(RecordRow.customer_number, RecordRow.version, RecordRow.address, RecordRow.source),
        select(BankPointerRow.consent_id, BankPointerRow.serial),
    ],
}
"""What must be the same at the end, however often the way there was begun. Times of work may differ."""

CUT_OFF = {
    "issuing": ["jlis"],
    "fetched": ["platform"],
    "telling": ["platform"],
    "pushed": [],
    "passed on": ["bank"],
    "answered": ["bank"],
    "updating": ["bank"],
}
"""Whose job was running; a push is delivered between jobs."""


def state_at_the_end(whole: WholeNetwork) -> dict[str, list[list[tuple[Any, ...]]]]:
    """The state of the three at the end of a morning, when nothing waits any more."""
    whole.settle()
    assert whole.waiting() == []
    assert changes.has_gap(whole["bank"]) is False
    return state_of(whole)


def state_of(whole: WholeNetwork) -> dict[str, list[list[tuple[Any, ...]]]]:
    """What the three have now."""
    found: dict[str, list[list[tuple[Any, ...]]]] = {}
    for name, queries in STATE.items():
        with whole[name].database.read() as session:
            found[name] = [sorted((tuple(row) for row in session.execute(query)), key=repr) for query in queries]
    return found


@pytest.fixture(scope="module")
def evening(network_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network whose next morning has much to do: four people have moved, and one of them has no new certificate."""
    directory = Path(tmp_path_factory.mktemp("evening")) / "data"
    shutil.copytree(network_template, directory)
    whole = WholeNetwork(directory)
    people = whole.holders()[:4]
    for person in people:
        whole.moves(person)
    for person in people[:3]:
        whole.reissues(person)
    whole.to_next(18)
    whole.close()
    return directory


@pytest.fixture(scope="module")
def undisturbed(evening: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the morning ends in where nothing happens."""
    directory = Path(tmp_path_factory.mktemp("undisturbed")) / "data"
    shutil.copytree(evening, directory)
    whole = WholeNetwork(directory)
    whole.to_next(*MORNING)
    state = state_at_the_end(whole)
    sources = [source for *_, source in state["bank"][2]]
    whole.close()
    assert sources.count("register") == 3
    assert state["platform"][3] == [(60,)], "three answers, 20 yen each"
    return state


def kill_at(moment: str, directory: Path) -> None:
    """Start a process on the directory and kill it, with a signal it can not catch, at the moment it tells."""
    command = [sys.executable, "-m", "tests.network.killed", moment, str(directory)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        told = child.stdout.readline()
        child.kill()
        assert told == "ready\n"
        assert child.wait() == -9


@pytest.fixture
def killed(evening: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[WholeNetwork]:
    """The network after a restart, its clock where the process was killed."""
    directory = tmp_path / "data"
    shutil.copytree(evening, directory)
    kill_at(request.param, directory)
    whole = WholeNetwork(directory)
    yield whole
    whole.close()


@pytest.mark.rule("FI-04")
@pytest.mark.rule("FI-06")
@pytest.mark.rule("FI-07")
@pytest.mark.parametrize(("killed", "moment"), [(moment, moment) for moment in MOMENTS], indirect=["killed"])
def test_a_restart_ends_where_an_undisturbed_run_ends(
    killed: WholeNetwork, moment: str, undisturbed: dict[str, Any]
) -> None:
    assert (killed.now.hour, killed.now.minute) in {(7, 0), (7, 5)}, "it was killed in the morning's work"
    cut_off = [
        node.spec.name
        for node in killed.nodes
        for run in runs.last_runs(node).values()
        if run is not None and run.state == "running"
    ]
    assert state_of(killed) != undisturbed
    killed.to_next(*MORNING)
    state = state_at_the_end(killed)
    for name, expected in undisturbed.items():
        assert state[name] == expected, name
    assert cut_off == CUT_OFF[moment]
    for node in killed.nodes:
        assert audit.verify(node.database).ok
        assert all(run is None or run.state == "done" for run in runs.last_runs(node).values())
