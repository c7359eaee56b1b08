"""Runs what the clock starts, and moves the clock.

Due jobs run in order of time, then in the order of the nodes, then of their declaration; after each of them every
outbox is emptied as far as it goes. Each run is noted before it begins and when it ends, so after ``kill -9`` the run
that was cut off is done again. Runs that were missed while nothing ran collapse into the newest; in a leap of the
clock (:meth:`Scheduler.advance_to`) each due time on the way is stepped to instead.

Several processes of an actor take turns: whoever finds a job due takes the turn of all its nodes, looks into their
records, runs what is due, and lets the turn go. It ends with its process, and then another process takes it.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import NamedTuple

from tegata.node import runs
from tegata.node.clock import CLOCK_MOVED_ELSEWHERE, NetworkClock
from tegata.node.database import is_away
from tegata.node.jobs import Job
from tegata.node.locks import Hold
from tegata.node.node import Node
from tegata.wire.problems import Refused, problem

POLL_SECONDS = 0.5

CLOCK_WOULD_GO_BACK = problem(
    "clock-would-go-back", 409,
    ja="時計を過去に戻すことはできません。", en="The clock can not be set back.",
    do_ja="今より後の日時を指定してください。", do_en="Give a time after the present one.",
)  # fmt: skip

TURN = "jobs"
"""The lock of an actor's jobs."""


class Due(NamedTuple):
    """A run that stands before us: ``at`` when it is to begin, ``due`` the time it is for (earlier if ``again``).

    ``attempts`` is how often it was begun so far.
    """

    at: datetime
    place: int
    due: datetime
    again: bool = False
    attempts: int = 0


class Stop(NamedTuple):
    """A stop of a leap: ``at`` something happens; ``horizon`` is the next time that more than fresh data is due."""

    at: datetime
    horizon: datetime


Turn = Mapping[str, Hold]
"""The right to run the jobs of some actors, by their names."""


class Upcoming(NamedTuple):
    """What is next, for people."""

    at: datetime
    actor: str
    job: Job


class Scheduler:
    """The jobs of the nodes of one process. Safe between threads, and beside other processes of the same actors.

    ``nodes`` are in the order in which jobs of the same time run.
    """

    def __init__(self, nodes: Sequence[Node], clock: NetworkClock) -> None:
        self.nodes = list(nodes)
        self.clock = clock
        self._work = [(node, job) for node in nodes for job in node.jobs]
        self._next: dict[int, Due] = {}
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def run_due(self) -> int:
        """Run what is due now; returns how many runs that were. Missed runs of a job collapse into the newest.

        Nothing runs where another process has the turn, or leads the clock.
        """
        with self._lock:
            if not self._due_now():
                return 0
            with self.clock.followed() as may, self._turn(wait=False) as turn:
                return self._run_due(turn) if may and turn is not None else 0

    def advance_to(self, moment: datetime, *, step: Callable[[datetime], None] | None = None) -> int:
        """Move the clock forward; what falls due on the way runs, the clock standing at its due time.

        ``step`` is told each time that is stepped to. Returns how many runs there were. Raises ``Refused``:
        clock-would-go-back, clock-moved-elsewhere.
        """
        with self._lock, self.clock.led(), self._turn(wait=True) as turn, self.clock.held():
            assert turn is not None
            self._next.clear()
            if moment < self.clock.now():
                raise Refused(CLOCK_WOULD_GO_BACK, {"now": self.clock.now().isoformat()})
            done = self._run_due(turn)
            self.settle()
            while (stop := self._next_stop(moment)) is not None:
                self._move(stop.at)
                if step is not None:
                    step(stop.at)
                done += self._run_at(stop, turn)
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
            self._forget(self._due_now())
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
        """Run due jobs and deliver outboxes in the background from now on."""
        if self._thread is not None:
            return
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

    def _loop(self) -> None:
        while not self._stop.is_set():
            try:
                self.clock.release_if_abandoned()
                self.run_due()
            except Exception as error:  # noqa: BLE001  # a database that is away comes back
                self.nodes[0].log.error("scheduler-failed", code=type(error).__name__)
            self._stop.wait(POLL_SECONDS)

    @contextmanager
    def _turn(self, *, wait: bool) -> Iterator[Turn | None]:
        """The turn of every node, or None where another process has one of them."""
        with ExitStack() as taken:
            turn: dict[str, Hold] = {}
            for node in self.nodes:
                locks = node.database.locks
                hold = locks.hold(TURN) if wait else locks.try_hold(TURN)
                if hold is None:
                    yield None
                    return
                turn[node.spec.name] = taken.enter_context(hold)
            yield turn

    def _run_due(self, turn: Turn) -> int:
        self._forget(self._due_now())
        done = 0
        while (due := min(self._all_due(), default=None)) is not None and due.at <= self.clock.now():
            job = self._work[due.place][1]
            if not self._run(due if due.again else due._replace(due=job.schedule.last(self.clock.now())), turn):
                break
            self.settle()
            done += 1
        return done

    def _due_now(self) -> list[int]:
        """The places of the jobs that are due by what is known here.

        Another process may have run them meanwhile, which makes their next time later, never earlier. So what is not
        due by this needs no look into the records.
        """
        now = self.clock.now()
        return [due.place for due in self._all_due() if due.at <= now]

    def _forget(self, places: list[int]) -> None:
        for place in places:
            self._next.pop(place, None)

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

    def _run_at(self, stop: Stop, turn: Turn) -> int:
        """Run what is due at a stop; what becomes due there by that runs as well.

        Raises ``Refused`` (clock-moved-elsewhere) where the turn was lost: the leap ends here.
        """
        done = 0
        while due := min(
            (d for d in [self._fold(d, stop.horizon) for d in self._all_due()] if d.at <= stop.at), default=None
        ):
            if not self._run(due, turn):
                raise Refused(CLOCK_MOVED_ELSEWHERE)
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
            return Due(last.started_at, place, last.due_at, again=True, attempts=last.attempts)
        due = job.schedule.following(last.due_at)
        if last.state == "failed" and last.retry_at is not None and last.retry_at < due:
            return Due(last.retry_at, place, last.due_at, again=True, attempts=last.attempts)
        return Due(due, place, due)

    def _run(self, due: Due, turn: Turn) -> bool:
        """Run a job; False where the turn was lost, before or in the middle of it."""
        node, job = self._work[due.place]
        self._next.pop(due.place, None)
        if not turn[node.spec.name].held:
            return False
        try:
            with runs.attempt(node, job, due.due, after=due.attempts) as begun:
                runs.note_end(node, job, begun, _outcome(node, job, due.due))
        except runs.TakenOver:
            node.log.warning("job-taken-over", job=job.name)
            return False
        return True


def _outcome(node: Node, job: Job, due: datetime) -> str | None:
    """Do a job's work; the code of its failure. Raises what means that the run was cut off, not that it failed."""
    try:
        job.run(node, due)
    except runs.TakenOver:
        raise
    except Exception as error:  # one job's failure is noted, and stops no other
        if is_away(error):
            raise
        code = error.code if isinstance(error, Refused) else type(error).__name__
        node.log.error("job-failed", job=job.name, code=code, exc_info=error)
        return code
    return None
