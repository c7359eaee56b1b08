"""Who makes the rows of batches: processes of this machine, or this process itself.

A worker gets the people of a batch and the serials that they may take, and gives the rows of both actors back; it has
no database. It ends with the process that started it, however that ends.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import wait
from typing import NamedTuple

import msgspec

from tegata.actors.jlis import seed as jlis
from tegata.actors.municipality import seed as municipality
from tegata.network.growth.batches import Batch
from tegata.network.population import Before, Person
from tegata.network.seeding import applicant, holder, resident
from tegata.pki.profiles import Usage

AHEAD = 2
"""How many batches wait for a worker beyond the one that it has, so that none is idle while rows are written."""


@dataclass(frozen=True)
class Kit:
    """What the rows of a load are made with; ``public`` are the public keys of the pool."""

    jlis: jlis.Tools
    my_number_key: bytes
    public: list[bytes]
    registered_at: datetime


class Rows(NamedTuple):
    """What a batch writes at each actor."""

    municipality: municipality.Rows
    jlis: jlis.Made


class Worker:
    """Makes the rows of one batch after the other."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._maker = jlis.Maker(kit.jlis)

    def make(self, people: list[tuple[Person, Before | None]], serials: dict[Usage, int]) -> Rows:
        """The rows of people, whose certificates take ``serials`` and those that follow."""
        kit, residents, applicants = self._kit, [], []
        for person, before in people:
            held = holder(person, kit.public)
            residents.append(resident(person, held, kit.registered_at))
            applicants.append(applicant(person, before, held, kit.registered_at))
        return Rows(municipality.rows_of(residents, kit.my_number_key), self._maker.make(applicants, serials))


class Task(NamedTuple):
    """A batch and the first serials that it may take."""

    batch: Batch
    serials: dict[Usage, int]


@contextmanager
def crew(kit: Kit, workers: int) -> Iterator[Callable[[Iterable[Task]], Iterator[tuple[Batch, Rows]]]]:
    """A function that makes the rows of tasks, in their order: by ``workers`` processes, or here for 0."""
    if workers == 0:
        worker = Worker(kit)
        yield lambda tasks: ((task.batch, worker.make(task.batch.people, task.serials)) for task in tasks)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(kit,))
    try:
        yield lambda tasks: _shared_out(pool, tasks, workers * (1 + AHEAD))
    finally:
        pool.shutdown(cancel_futures=True)


def _shared_out(pool: Executor, tasks: Iterable[Task], most: int) -> Iterator[tuple[Batch, Rows]]:
    waiting = deque[tuple[Batch, Future[Rows]]]()
    for task in tasks:
        people = msgspec.msgpack.encode(task.batch.people)
        waiting.append((task.batch, pool.submit(_make, people, task.serials)))
        if len(waiting) >= most:
            batch, rows = waiting.popleft()
            yield batch, rows.result()
    for batch, rows in waiting:
        yield batch, rows.result()


_mine: list[Worker] = []
"""The worker of this process, where it is one."""


def _begin(kit: Kit) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the process that writes
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _mine.append(Worker(kit))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


def _make(people: bytes, serials: dict[Usage, int]) -> Rows:
    return _mine[0].make(msgspec.msgpack.decode(people, type=list[tuple[Person, Before | None]]), serials)
