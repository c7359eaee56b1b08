"""One piece of work done by Tegata and by a peer, measured side by side."""

import time
from collections.abc import Callable
from dataclasses import dataclass


class DifferentAnswers(Exception):
    """Tegata and its peer did not come to the same result, so their times say nothing."""


@dataclass(frozen=True)
class Comparison:
    """``ours`` and ``theirs`` do the same work and return equal results; ``work`` names it with its size."""

    work: str
    ours: Callable[[], object]
    peer: str
    theirs: Callable[[], object]


@dataclass(frozen=True)
class Measured:
    """The best time of each side in seconds."""

    work: str
    peer: str
    ours: float
    theirs: float

    @property
    def ratio(self) -> float:
        """How many times as fast as the peer Tegata was; below 1 it was slower."""
        return self.theirs / self.ours


def measure(comparison: Comparison, *, rounds: int, clock: Callable[[], float] = time.perf_counter) -> Measured:
    """The best of ``rounds`` turns, taken in alternation so that a busy machine hurts both sides alike.

    Raises:
        DifferentAnswers: the two results are not equal.
    """
    if comparison.ours() != comparison.theirs():
        raise DifferentAnswers(f"{comparison.work}: Tegata and {comparison.peer} differ")
    turns = [(_seconds(comparison.ours, clock), _seconds(comparison.theirs, clock)) for _ in range(rounds)]
    ours, theirs = zip(*turns, strict=True)
    return Measured(comparison.work, comparison.peer, min(ours), min(theirs))


def _seconds(work: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    work()
    return clock() - start
