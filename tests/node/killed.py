"""A process that is killed while it works: ``python -m tests.node.killed MOMENT DATABASE_URL FOLDER``.

It leaps over 07:00, when alpha notes three words and tells beta of them, says ``ready`` at the moment that was asked
for, at the second word, and then waits to be killed.
"""

import sys
import threading
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path

from tegata.node.clock import NetworkClock
from tegata.node.jobs import Daily, Job
from tegata.node.node import Node
from tests.node.pair import NOTHING, Pair, hook, note, notes
from tests.support import START

WORDS = ["one", "two", "three"]
IN_THE_JOB = "noted"
MOMENTS = (IN_THE_JOB, "writing", "written", "answered")
DUE = datetime.combine(START.date() + timedelta(days=1), time(7), START.tzinfo)


def tell(node: Node, due: datetime) -> None:
    """Notes what is not noted yet, each word in a transaction of its own."""
    for word in WORDS:
        if word not in notes(node):
            note(node, word)
            hook(node, IN_THE_JOB)


def open_pair(database_url: str, folder: Path) -> Pair:
    """The same pair before and after: same files, same job."""
    clock = NetworkClock(folder / "clock.json", start=START)
    pair = Pair(database_url, folder, clock=clock, jobs=[Job("tell", Daily(time(7)), tell, NOTHING)])
    pair.scheduler.upcoming()
    return pair


def at_the_second_call() -> Callable[[], None]:
    calls = iter(range(10))

    def step() -> None:
        if next(calls) == 1:
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            threading.Event().wait()

    return step


if __name__ == "__main__":
    moment, database_url, folder = sys.argv[1:]
    pair = open_pair(database_url, Path(folder))
    (pair.alpha if moment == IN_THE_JOB else pair.beta).state[moment] = at_the_second_call()
    pair.scheduler.advance_to(DUE + timedelta(minutes=30))
