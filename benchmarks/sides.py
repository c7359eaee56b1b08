"""Sides of a comparison, each in a process of its own, run in turn so that a busy machine hurts all of them alike."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from benchmarks.result import Runs

ROOT = Path(__file__).parents[1]
SAMPLE_SECONDS = 0.01


class DifferentAnswers(Exception):
    """Two sides did not come to the same result, so their times say nothing."""


class SideFailed(Exception):
    """A side ended with an error; the message has the end of what it wrote."""


@dataclass(frozen=True)
class Side:
    """A command, timed as a whole, or one that tells its seconds itself (:func:`python_side`).

    ``answer`` says afterwards what a whole command came to, to be compared with the others; None is not compared.
    ``rounds`` is how often it runs at most: slow peers need not be run as often.
    """

    name: str
    command: Sequence[str]
    tells_seconds: bool = False
    cwd: Path = ROOT
    environment: Mapping[str, str] | None = None
    answer: Callable[[], object] = lambda: None
    rounds: int | None = None


@dataclass(frozen=True)
class Turn:
    """One run of a side."""

    seconds: float
    peak_mb: float
    answer: object


def python_side(name: str, target: str, *arguments: object, rounds: int | None = None) -> Side:
    """A function ``module:function`` in a fresh interpreter; see :mod:`benchmarks.side`."""
    command = [sys.executable, "-m", "benchmarks.side", target, *map(str, arguments)]
    return Side(name, command, tells_seconds=True, rounds=rounds)


def alternate(sides: Sequence[Side], rounds: int, tell: Callable[[str], None] = lambda _words: None) -> dict[str, Runs]:
    """Run the sides in turn, ``rounds`` times. Raises :class:`DifferentAnswers`, :class:`SideFailed`."""
    turns: dict[str, list[Turn]] = {side.name: [] for side in sides}
    for number in range(rounds):
        for side in sides:
            if side.rounds is None or number < side.rounds:
                tell(f"{side.name} ({number + 1}/{rounds})")
                turns[side.name].append(run(side))
    _check_answers(turns)
    return {
        name: Runs(tuple(turn.seconds for turn in each), max(turn.peak_mb for turn in each))
        for name, each in turns.items()
    }


def run(side: Side) -> Turn:
    """Run a side once. Raises :class:`SideFailed`."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            side.command, cwd=side.cwd, env=side.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=errors
        )
        peak = _watch(process)
        seconds = time.perf_counter() - start
        if process.returncode != 0:
            raise SideFailed(f"{side.name}: exit code {process.returncode}\n{_end_of(errors)}")
        if not side.tells_seconds:
            return Turn(seconds, peak, side.answer())
        told = json.loads(_end_of(output).splitlines()[-1])
        return Turn(told["seconds"], peak, told["answer"])


def _check_answers(turns: Mapping[str, Sequence[Turn]]) -> None:
    answers = {name: turn.answer for name, each in turns.items() for turn in each if turn.answer is not None}
    if len({json.dumps(answer, sort_keys=True) for answer in answers.values()}) > 1:
        raise DifferentAnswers(", ".join(f"{name}: {answer}" for name, answer in answers.items()))


def _end_of(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read()[-4000:].decode(errors="replace")


def _watch(process: subprocess.Popen[Any]) -> float:
    """The most memory of a process and its children until it ends, in MB.

    The kernel's own high-water mark of a child (``ru_maxrss``) begins at that of its parent, so it can not be used.
    """
    peak = 0.0
    while process.poll() is None:
        tree = _tree(process.pid)
        together = sum(_status(pid, "VmRSS") for pid in tree)
        peak = max(peak, together, _status(process.pid, "VmHWM"))
        time.sleep(SAMPLE_SECONDS)
    return peak


def _tree(pid: int) -> list[int]:
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        try:
            children = Path(f"/proc/{one}/task/{one}/children").read_text(encoding="ascii")
        except OSError:
            continue
        waiting.extend(map(int, children.split()))
    return found


def _status(pid: int, field: str) -> float:
    """A field of /proc/PID/status in MB; 0 where the process has gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith(f"{field}:")), 0.0)
