"""Two processes run a whole network over one PostgreSQL and are killed every few seconds of a morning.

``KILL_SECONDS=60 KILL_SEED=7 .venv/bin/python -m pytest -n 0 -s tests/network/test_several_processes.py`` goes on for
a minute; without it each way of killing has a few seconds.
"""

import os
import random
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from scripts.postgres import PostgresServer
from tegata.node import audit, runs
from tegata.node.tables import JobRun
from tests.network import several
from tests.network.several import Place, Way
from tests.network.test_killed import state_at_the_end
from tests.whole import WholeNetwork, make_template

SECONDS = float(os.environ.get("KILL_SECONDS", "6"))
SEED = int(os.environ.get("KILL_SEED", "0")) or random.randrange(1, 10_000)
MORNING = (6, 55), ((8, 30) if SECONDS > 30 else (7, 20))
STEP = timedelta(minutes=1)
FEWEST = 2
"""Kills, however slow the machine is."""
PATIENCE_SECONDS = 60


class Networks:
    """Copies of a network that is about to have a morning with much to do, over a PostgreSQL."""

    def __init__(self, server: PostgresServer, folder: Path) -> None:
        self._server, self._folder = server, folder
        self._evening = server.create_database()
        self._copies: list[str] = []
        self._make()

    def _make(self) -> None:
        from tests.node.web.running import free_port

        directory = self._folder / "evening"
        directory.mkdir()
        url = self._server.url(self._evening)
        make_template(directory, f"http://127.0.0.1:{free_port()}", database_url=url)
        whole = WholeNetwork(directory, database_url=url)
        people = whole.holders()[:4]
        for person in people:
            whole.moves(person)
        for person in people[:3]:
            whole.reissues(person)
        whole.to_next(*MORNING[0])
        whole.close()

    def copy(self) -> Place:
        """One for a test."""
        name = self._server.create_database(template=self._evening)
        self._copies.append(name)
        directory = self._folder / name
        shutil.copytree(self._folder / "evening", directory)
        return Place(directory, self._server.url(name), directory / "work.log")

    def drop(self) -> None:
        """All of them."""
        for name in (*self._copies, self._evening):
            self._server.drop_database(name)


@pytest.fixture(scope="module")
def networks(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Networks]:
    made = Networks(postgres_server, Path(tmp_path_factory.mktemp("several")))
    yield made
    made.drop()


@pytest.fixture(scope="module")
def undisturbed(networks: Networks) -> dict[str, Any]:
    """What the morning ends in where one process is left in peace."""
    place = networks.copy()
    whole = WholeNetwork(place.directory, database_url=place.database_url)
    whole.to_next(*MORNING[1])
    state = state_at_the_end(whole)
    whole.close()
    assert state["platform"][3] == [(60,)], "three answers, 20 yen each"
    return state


class Morning:
    """A morning under fire: the clock goes on by the minute, and one of two processes is killed again and again."""

    def __init__(self, place: Place, way: Way) -> None:
        self._place, self._way = place, way
        self._chance = random.Random(SEED)
        self._until = time.monotonic() + SECONDS
        self.killed: dict[int, float] = {}
        self._processes = [self._start() for _ in range(2)]
        self._next_kill, self._aims = time.monotonic() + self._chance.uniform(1, 3), True
        self.whole = WholeNetwork(place.directory, database_url=place.database_url, processes=2)

    def go_by(self) -> None:
        """The morning, in so many seconds or more: a minute of it ends when all that it asks for is done."""
        hour, minute = MORNING[1]
        end = self.whole.now.replace(hour=hour, minute=minute)
        pause = SECONDS / ((end - self.whole.now) / STEP)
        while self.whole.now < end:
            self.whole.clock.advance(STEP)
            self._minute(time.monotonic() + pause)

    def _minute(self, least: float) -> None:
        ends = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < least or not self._is_over():
            assert time.monotonic() < ends, (self.whole.waiting(), self.whole.scheduler.upcoming()[:3])
            time.sleep(0.02)
            self._fire()

    def _fire(self) -> None:
        """Kill one of the two, when it is time; start again whoever is killed."""
        if self._way_now == "from outside" and time.monotonic() >= self._next_kill and (victim := self._victim()):
            self.killed[victim.pid] = time.monotonic()
            victim.kill()
            victim.join()
            self._aims = len(self.killed) >= FEWEST and self._chance.random() < 0.5
            self._next_kill = time.monotonic() + self._chance.uniform(1, 3)
        for place, process in enumerate(self._processes):
            if not process.is_alive():
                assert process.exitcode == -9, "it was killed, it did not fail"
                self.killed.setdefault(process.pid, 0.0)
                self._processes[place] = self._start()

    def end(self) -> None:
        """Let the processes end as they do when they are told to."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join(PATIENCE_SECONDS)

    @property
    def _way_now(self) -> Way:
        goes_on = time.monotonic() < self._until or len(self.killed) < FEWEST
        return self._way if goes_on else "not at all"

    def _start(self) -> Any:
        return several.start(self._place, self._way_now, self._chance.randrange(10**6))

    def _victim(self) -> Any:
        """One of the two; or, the first time and now and then, whoever is at work on a job, once somebody is."""
        if not self._aims:
            return self._processes[self._chance.randrange(2)]
        busy = several.at_work(self._place.log)
        return next((process for process in self._processes if process.pid == busy), None)

    def _is_over(self) -> bool:
        return self.whole.waiting() == [] and self.whole.scheduler.upcoming()[0].at > self.whole.now


def side_by_side(work: list[several.Work], killed: dict[int, float]) -> list[tuple[several.Work, several.Work]]:
    """Work on jobs of one actor that was begun before the work ahead of it had ended, or its process was killed."""
    found = []
    for actor in {each.actor for each in work}:
        mine = [each for each in work if each.actor == actor]
        for before, after in pairwise(mine):
            ended = before.ended if before.ended is not None else killed.get(before.process, float("inf"))
            if after.began < ended:
                found.append((before, after))
    return found


@pytest.mark.rule("FI-04")
@pytest.mark.rule("FI-06")
@pytest.mark.rule("FI-07")
@pytest.mark.parametrize("way", ["from outside", "at its own steps"])
def test_a_morning_under_fire_ends_where_an_undisturbed_one_ends(
    way: Way, networks: Networks, undisturbed: dict[str, Any]
) -> None:
    morning = Morning(place := networks.copy(), way)
    whole = morning.whole
    try:
        morning.go_by()
    finally:
        morning.end()
    state = state_at_the_end(whole)
    work = several.read(place.log)
    begun = sum(attempts for node in whole.nodes for attempts in _attempts(node))
    print(f"\nseed {SEED}, {way}: {len(morning.killed)} kills, {len(work)} runs of jobs, {begun} attempts noted,"  # noqa: T201
          f" {sum(each.ended is None for each in work)} cut off")  # fmt: skip
    for name, expected in undisturbed.items():
        assert state[name] == expected, name
    assert len(morning.killed) >= FEWEST
    assert {each.process for each in work} - set(morning.killed) != {each.process for each in work}
    assert side_by_side(work, morning.killed) == []
    for node in whole.nodes:
        assert audit.verify(node.database).ok
        assert all(run is None or run.state == "done" for run in runs.last_runs(node).values())
    whole.close()


def _attempts(node: Any) -> list[int]:
    with node.database.read() as session:
        return [session.scalar(select(func.coalesce(func.sum(JobRun.attempts), 0)))]
