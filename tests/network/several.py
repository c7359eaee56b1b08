"""One of several processes that run a whole network over one PostgreSQL, for tests which kill them.

The processes are forked from one that has imported everything, so that the next is there soon after a kill.
"""

import json
import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal, NamedTuple
from unittest.mock import patch

from tegata.network.running import open_all
from tegata.network.site import Site
from tegata.node import logs, scheduler
from tegata.node.clock import NetworkClock
from tegata.node.database import Database, Transaction
from tegata.node.peers import Peers
from tests.whole import quick_settings

Way = Literal["from outside", "at its own steps", "not at all"]
"""How a process is killed."""
STEPS = 40
"""A process that dies at its own steps does so within so many: before or after a delivery, or a commit."""

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])


class Place(NamedTuple):
    """Where the processes work: the data directory, the database, and the file that tells when jobs ran."""

    directory: Path
    database_url: str
    log: Path


class Work(NamedTuple):
    """The work of one process on one job, in seconds of the machine's clock; ``ended`` is None where it was killed."""

    process: int
    actor: str
    job: str
    due: str
    began: float
    ended: float | None


def start(place: Place, way: Way, seed: int) -> BaseProcess:
    """Start a process."""
    process = FORKS.Process(target=_work, args=(place, way, seed), daemon=True)
    process.start()
    return process


def read(log: Path) -> list[Work]:
    """What was worked on, in the order of its beginning."""
    begun: dict[tuple[Any, ...], Work] = {}
    for line in log.read_text().splitlines():
        process, actor, job, due, at, what = json.loads(line)
        key = (process, actor, job, due, what if what != "end" else "begin")
        begun[key] = Work(process, actor, job, due, at, None) if what == "begin" else begun[key]._replace(ended=at)
    return sorted(begun.values(), key=lambda work: work.began)


def at_work(log: Path) -> int | None:
    """The process that is at work on a job now, if one is."""
    lines = log.read_text().splitlines() if log.exists() else []
    process, *_, what = json.loads(lines[-1]) if lines else (None, "end")
    return process if what == "begin" else None


def _work(place: Place, way: Way, seed: int) -> None:
    logs.configure("console", "error")
    ends = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ends.set())
    site = Site(place.directory)
    settings = quick_settings(site, site.ready().base_url, database_url=place.database_url, processes=2)
    death = Death(random.Random(seed))
    with (
        patch.object(scheduler, "_outcome", _noting(place.log)),
        patch.object(Peers, "deliver", death.around(Peers.deliver)),
        patch.object(Transaction, "finish", death.around(Transaction.finish)),
        patch.object(Database, "committed", death.around(Database.committed)),
    ):
        network = open_all(settings, NetworkClock(site.clock_file))
        death.comes = way == "at its own steps"
        network.start()
        ends.wait()
        death.comes = False
        network.close()


def _noting(log: Path) -> Any:
    """The work on a job, with a line before and one after it."""
    outcome = scheduler._outcome

    def noted(node: Any, job: Any, due: Any) -> Any:
        def note(what: str) -> None:
            line = json.dumps([os.getpid(), node.spec.name, job.name, due.isoformat(), time.monotonic(), what])
            with log.open("a") as file:
                file.write(f"{line}\n")

        note("begin")
        try:
            return outcome(node, job, due)
        finally:
            note("end")

    return noted


class Death:
    """Once it ``comes``, it does so at a step of the process's work."""

    def __init__(self, chance: random.Random) -> None:
        self.comes = False
        self._left = chance.randrange(1, STEPS)

    def around(self, step: Callable[..., None]) -> Callable[..., None]:
        """A step, before or after which the process may be killed."""

        def dying(*arguments: Any, **more: Any) -> None:
            self._may_come()
            step(*arguments, **more)
            self._may_come()

        return dying

    def _may_come(self) -> None:
        if self.comes:
            self._left -= 1
            if self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)
