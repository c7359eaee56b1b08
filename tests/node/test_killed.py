"""``kill -9`` at any moment leaves a state from which a restart goes on: nothing lost, nothing done twice."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from tegata.node import audit, runs
from tegata.node.tables import OutboxRow
from tests.node.killed import DUE, IN_THE_JOB, MOMENTS, WORDS, open_pair
from tests.node.pair import Pair, heard, notes

ROOT = Path(__file__).parents[2]


def kill_at(moment: str, database_url: str, folder: Path) -> None:
    """Start the process and kill it, with a signal it can not catch, at the moment it tells."""
    command = [sys.executable, "-m", "tests.node.killed", moment, database_url, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        told = child.stdout.readline()
        child.kill()
        assert told == "ready\n"
        assert child.wait() == -9


def waiting(pair: Pair) -> list[str]:
    with pair.alpha.database.read() as session:
        return list(session.scalars(select(OutboxRow.key).where(OutboxRow.state != "delivered")))


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_restart_goes_on(moment: str, database_url: str, tmp_path: Path) -> None:
    kill_at(moment, database_url, tmp_path)
    pair = open_pair(database_url, tmp_path)
    assert pair.clock.now() == DUE == pair.clock.now(), "the clock still stands in the middle of the leap"
    before = (notes(pair.alpha), heard(pair.beta))
    expected = {
        "noted": (["one", "two"], []),
        "writing": (WORDS, ["one"]),
        "written": (WORDS, ["one"]),
        "answered": (WORDS, ["one", "two"]),
    }
    assert before == expected[moment]

    pair.clock.release()
    assert pair.scheduler.run_due() == (1 if moment == IN_THE_JOB else 0)
    pair.scheduler.settle()

    assert notes(pair.alpha) == WORDS
    assert heard(pair.beta) == WORDS
    assert waiting(pair) == []
    run = runs.last_runs(pair.alpha)["tell"]
    assert run is not None
    assert (run.due_at, run.state, run.attempts) == (DUE, "done", 2 if moment == IN_THE_JOB else 1)
    report = audit.verify(pair.beta.database)
    assert report.ok
    assert report.entries == len(WORDS)
    assert pair.scheduler.run_due() == 0
    assert pair.clock.now() > DUE
    pair.close()
