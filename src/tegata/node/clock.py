"""The network's clock: the real time, or a time that was set and is moved forward.

Everything above this module asks ``node.clock``. Only the scheduler moves it, so that what falls due on the way runs.
Of the processes that share a clock's file one at a time leads it through a leap; the others start no job meanwhile.
"""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeAlias

import msgspec

from tegata.japan.dates import JST
from tegata.node.locks import LOOK_AGAIN_SECONDS, Hold, Unshared, try_file
from tegata.wire.problems import Refused, problem

CLOCK_MOVED_ELSEWHERE = problem(
    "clock-moved-elsewhere", 409,
    ja="別のプロセスが、いま時計を進めています。", en="Another process is moving the clock.",
    do_ja="それが終わってから、もう一度お試しください。", do_en="Try again once that has ended.",
)  # fmt: skip


class Clock(Protocol):
    """Whatever can tell the time of the network."""

    def now(self) -> datetime:
        """The network's time: aware, in Japan time, to the microsecond."""
        ...


class ClockWouldGoBack(ValueError):
    """The time asked for is before the network's time: records made later would stand before earlier ones."""


class ClockState(msgspec.Struct, frozen=True):
    """What the processes of one machine share.

    ``at`` is the network's time at the real time ``since`` (seconds of the Unix epoch), or for good where ``since`` is
    None. ``held`` says that a ticking clock only stands while the scheduler works through a leap.
    """

    at: datetime
    since: float | None
    held: bool = False

    def read(self, real: float) -> datetime:
        """The network's time at a real time in epoch seconds."""
        passed = timedelta(0) if self.since is None else timedelta(seconds=real - self.since)
        return (self.at + passed).astimezone(JST)


def _real() -> float:
    return time.time()  # noqa: TID251  # the one place where the real time is read


_Stamp: TypeAlias = tuple[int, int]
"""When the file was written, and its number in the file system."""


class NetworkClock:
    """The clock that the actors of a network share.

    ``state_file`` (JSON, replaced atomically) makes it common to the processes of one machine and lasting over a
    restart; without it the clock is this process's own. ``start`` is where a clock without a state begins (else the
    real time), ``frozen`` whether it stands there. Safe between threads.
    """

    def __init__(self, state_file: Path | None = None, *, start: datetime | None = None, frozen: bool = False) -> None:
        self._file = state_file
        self._lock = threading.RLock()
        real = _real()
        at = _aware(start) if start is not None else datetime.fromtimestamp(real, JST)
        state = ClockState(at, None if frozen else real)
        self._known: tuple[_Stamp | None, ClockState] = None, state
        if state_file is not None and not state_file.exists():
            self._write(state)

    def now(self) -> datetime:
        """The network's time in Japan time."""
        return self._load().read(_real())

    @property
    def ticking(self) -> bool:
        """Whether time passes by itself; a clock that is held counts as ticking."""
        state = self._load()
        return state.since is not None or state.held

    def set(self, moment: datetime) -> None:
        """Move forward to a time; it goes on ticking, or standing. Raises :class:`ClockWouldGoBack`."""
        moment = _aware(moment)
        with self._lock:
            real = _real()
            state = self._load()
            if moment < state.read(real):
                raise ClockWouldGoBack(f"{moment.isoformat()} is before the network's time {self.now().isoformat()}")
            self._write(ClockState(moment, None if state.since is None else real, state.held))

    def advance(self, step: timedelta) -> None:
        """Move forward by a step."""
        with self._lock:
            self.set(self.now() + step)

    def freeze(self) -> None:
        """Let time stand from now on."""
        with self._lock:
            self._write(ClockState(self.now(), None))

    def run(self) -> None:
        """Let time pass from the network's time on; also ends a hold that a killed process left."""
        with self._lock:
            self._write(ClockState(self.now(), _real()))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let time stand while a leap is worked through; afterwards it ticks again if it did before."""
        with self._lock:
            self._write(ClockState(self.now(), None, held=self.ticking))
        try:
            yield
        finally:
            self.release()

    @contextmanager
    def led(self) -> Iterator[None]:
        """Be the one process that moves the clock, once those that follow have ended what they run.

        Raises ``Refused`` (clock-moved-elsewhere).
        """
        while (taken := self._turn(shared=False)) is None:
            follows = self._turn(shared=True)
            if follows is None:
                raise Refused(CLOCK_MOVED_ELSEWHERE)
            follows.release()
            time.sleep(LOOK_AGAIN_SECONDS)
        with taken:
            yield

    @contextmanager
    def followed(self) -> Iterator[bool]:
        """Whether jobs may be started by this clock: not while another process leads it. It stays so in the block."""
        taken = self._turn(shared=True)
        if taken is None:
            yield False
            return
        with taken:
            yield True

    def release_if_abandoned(self) -> None:
        """End a hold that a killed process left."""
        if self._load().held and (taken := self._turn(shared=False)) is not None:
            with taken:
                self.release()

    def _turn(self, *, shared: bool) -> Hold | None:
        """The lock of whoever moves the clock, or, shared, of those who follow it; None where it is taken."""
        return Unshared() if self._file is None else try_file(self._file.with_suffix(".lock"), shared=shared)

    def release(self) -> None:
        """End a hold; nothing for a clock that is not held."""
        with self._lock:
            if self._load().held:
                self.run()

    def _load(self) -> ClockState:
        if self._file is None:
            return self._known[1]
        status = self._file.stat()  # without the lock, on which threads that only read would wait for one another
        stamp = (status.st_mtime_ns, status.st_ino)
        known, state = self._known
        if stamp == known:
            return state
        with self._lock:
            self._known = stamp, msgspec.json.decode(self._file.read_bytes(), type=ClockState)
            return self._known[1]

    def _write(self, state: ClockState) -> None:
        self._known = None, state
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = self._file.with_suffix(f".{os.getpid()}.new")
        new.write_text(json.dumps(msgspec.to_builtins(state)), encoding="utf-8")
        new.replace(self._file)


class ManualClock(NetworkClock):
    """A clock for tests: it stands where it was put."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start=start, frozen=True)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("the network's time needs an offset")
    return moment.astimezone(JST)


def epoch(moment: datetime) -> int:
    """Whole seconds of the Unix epoch (JWT's NumericDate)."""
    return int(moment.astimezone(UTC).timestamp())
