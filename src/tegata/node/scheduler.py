"""Runs what the clock starts, and moves the clock.

Due jobs run in order of time, then in the order of the nodes, then of their declaration; after each of them every
outbox is emptied as far as it goes. Each run is noted before it begins and when it ends, so after ``kill -9`` the run
that was cut off is done again. Runs that were missed while nothing ran collapse into the newest; in a leap of the
clock (:meth:`Scheduler.advance_to`) each due time on the way is stepped to instead.
"""

import fcntl
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, NamedTuple

from tegata.node import runs
from tegata.node.clock import NetworkClock
from tegata.node.jobs import Job
from tegata.node.node import Node
from tegata.wire.problems import Refused, problem

POLL_SECONDS = 0.5

CLOCK_WOULD_GO_BACK = problem(
    "clock-would-go-back", 409,
    ja="時計を過去に戻すことはできません。", en="The clock can not be set back.",
    do_ja="今より後の日時を指定してください。", do_en="Give a time after the present one.",
)  # fmt: skip
SCHEDULER_RUNS_ELSEWHERE = problem(
    "scheduler-runs-elsewhere", 409,
    ja="別のプロセスが、すでに時計を動かしています。", en="Another process moves the clock already.",
    do_ja="動いているネットワークに対して操作してください。", do_en="Ask the network that is running.",
)  # fmt: skip


class Due(NamedTuple):
    """A run that stands before us: ``at`` when it is to begin, ``due`` the time it is for (earlier if ``again``)."""

    at: datetime
    place: int
    due: datetime
    again: bool = False


class Stop(NamedTuple):
    """A stop of a leap: ``at`` something happens; ``horizon`` is the next time that more than fresh data is due."""

    at: datetime
    horizon: datetime


class Upcoming(NamedTuple):
    """What is next, for people."""

    at: datetime
    actor: str
    job: Job


class Scheduler:
    """The jobs of the nodes of one process. Safe between threads.

    ``nodes`` are in the order in which jobs of the same time run. ``lock_files``, one a node, keep a second process
    from running the same jobs.
    """

    def __init__(self, nodes: Sequence[Node], clock: NetworkClock, *, lock_files: Sequence[Path] = ()) -> None:
        self.nodes = list(nodes)
        self.clock = clock
        self._work = [(node, job) for node in nodes for job in node.jobs]
        self._next: dict[int, Due] = {}
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._held_files = _take_locks(lock_files)

    def run_due(self) -> int:
        """Run what is due now; returns how many runs that were. Missed runs of a job collapse into the newest."""
        done = 0
        with self._lock:
            while (due := min(self._all_due(), default=None)) is not None and due.at <= self.clock.now():
                job = self._work[due.place][1]
                self._run(due.place, due.due if due.again else job.schedule.last(self.clock.now()))
                self.settle()
                done += 1
        return done

    def advance_to(self, moment: datetime, *, step: Callable[[datetime], None] | None = None) -> int:
        """Move the clock forward; what falls due on the way runs, the clock standing at its due time.

        ``step`` is told each time that is stepped to. Returns how many runs there were. Raises ``Refused``
        (clock-would-go-back).
        """
        with self._lock, self.clock.held():
            if moment < self.clock.now():
                raise Refused(CLOCK_WOULD_GO_BACK, {"now": self.clock.now().isoformat()})
            done = self.run_due()
            self.settle()
            while (stop := self._next_stop(moment)) is not None:
                self._move(stop.at)
                if step is not None:
                    step(stop.at)
                done += self._run_at(stop)
                self.settle()
            self._move(moment)
            self.settle()
        return done

    def settle(self) -> int:
        """Deliver every outbox until nothing more gets through; returns how many messages were delivered."""
        delivered = 0
        while more := sum(node.dispatcher.run_once() for node in self.nodes):
            delivered += more
        return delivered

    def upcoming(self) -> list[Upcoming]:
        """The next run of each job, soonest first."""
        with self._lock:
            return [
                Upcoming(due.at, self._work[due.place][0].spec.name, self._work[due.place][1])
                for due in sorted(self._all_due())
            ]

    def run_job(self, actor: str, name: str) -> None:
        """Run one job now, whatever its schedule. Raises ``KeyError``, or what the job raises."""
        with self._lock:
            for node, job in self._work:
                if (node.spec.name, job.name) == (actor, name):
                    job.run(node, self.clock.now())
                    self.settle()
                    return
        raise KeyError(f"{actor}.{name}")

    def start(self) -> None:
        """Run due jobs and deliver outboxes in the background from now on; ends a hold that a killed process left."""
        if self._thread is not None:
            return
        self.clock.release()
        self._stop.clear()
        for node in self.nodes:
            node.dispatcher.start()
        self._thread = threading.Thread(target=self._loop, name="scheduler", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the background work after the run that is on."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        for node in self.nodes:
            node.dispatcher.stop()

    def close(self) -> None:
        """Stop, and let another process run the jobs."""
        self.stop()
        _let_go(self._held_files)

    def _loop(self) -> None:
        while not self._stop.is_set():
            try:
                self.run_due()
            except Exception as error:  # noqa: BLE001  # a database that is away comes back
                self.nodes[0].log.error("scheduler-failed", code=type(error).__name__)
            self._stop.wait(POLL_SECONDS)

    def _move(self, moment: datetime) -> None:
        if moment > self.clock.now():
            self.clock.set(moment)
            for node in self.nodes:
                node.dispatcher.wake()

    def _all_due(self) -> Iterator[Due]:
        for place, (node, job) in enumerate(self._work):
            if place not in self._next:
                self._next[place] = self._compute(place, node, job)
            yield self._next[place]

    def _next_stop(self, target: datetime) -> Stop | None:
        """Where a leap to ``target`` stops next."""
        now = self.clock.now()
        ordinary = [due.at for due in self._all_due() if not self._folds(due)]
        deliveries = [at for node in self.nodes if (at := node.dispatcher.next_due()) is not None]
        horizon = min([target, *ordinary, *(max(at, now) for at in deliveries if at > now)])
        folded = [self._fold(due, horizon).at for due in self._all_due() if self._folds(due) and due.at <= horizon]
        nearest = min([horizon, *folded])
        happens = nearest in folded or nearest in ordinary or nearest in deliveries
        return Stop(nearest, horizon) if happens else None

    def _run_at(self, stop: Stop) -> int:
        """Run what is due at a stop; what becomes due there by that runs as well."""
        done = 0
        while due := min(
            (d for d in [self._fold(d, stop.horizon) for d in self._all_due()] if d.at <= stop.at), default=None
        ):
            self._run(due.place, due.due)
            self.settle()
            done += 1
        return done

    def _folds(self, due: Due) -> bool:
        return self._work[due.place][1].newest_only and not due.again

    def _fold(self, due: Due, horizon: datetime) -> Due:
        """For a job whose newest run alone matters: its last due time up to a horizon."""
        if not self._folds(due) or due.at > horizon:
            return due
        last = self._work[due.place][1].schedule.last(horizon)
        return Due(last, due.place, last)

    def _compute(self, place: int, node: Node, job: Job) -> Due:
        with node.database.read() as session:
            last = runs.last(session, job)
        if last is None:
            due = job.schedule.following(runs.first_seen(node, job))
            return Due(due, place, due)
        if last.state == "running":
            return Due(last.started_at, place, last.due_at, again=True)
        due = job.schedule.following(last.due_at)
        if last.state == "failed" and last.retry_at is not None and last.retry_at < due:
            return Due(last.retry_at, place, last.due_at, again=True)
        return Due(due, place, due)

    def _run(self, place: int, due: datetime) -> None:
        node, job = self._work[place]
        self._next.pop(place, None)
        runs.note_start(node, job, due)
        try:
            job.run(node, due)
        except Exception as error:  # one job's failure is noted, and stops no other
            code = error.code if isinstance(error, Refused) else type(error).__name__
            node.log.error("job-failed", job=job.name, code=code, exc_info=error)
            runs.note_end(node, job, due, code)
        else:
            runs.note_end(node, job, due, None)


def _take_locks(paths: Sequence[Path]) -> list[IO[bytes]]:
    """All of them or none."""
    taken: list[IO[bytes]] = []
    try:
        taken.extend(map(_take_lock, paths))  # what was taken before a lock fails stands in the list
    except BaseException:
        _let_go(taken)
        raise
    return taken


def _let_go(taken: list[IO[bytes]]) -> None:
    while taken:
        taken.pop().close()


def _take_lock(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise Refused(SCHEDULER_RUNS_ELSEWHERE) from error
    return file
