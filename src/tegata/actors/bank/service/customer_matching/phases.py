"""How far the work is: told to whoever watches, and measured."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, Protocol

Phase = Literal["opening", "checking", "reading", "counting", "matching", "writing"]
"""Opening customers (copying a table), checking lists, counting customers, reading entries, matching, and writing."""


class Progress(Protocol):
    """Whoever watches."""

    def begin(self, phase: Phase, total: int | None) -> None:
        """A phase begins; ``total`` rows, lists or entries, None where that is not known."""
        ...

    def advance(self, count: int) -> None:
        """So many more of them are done."""
        ...


class Silent:
    """Nobody watches."""

    def begin(self, phase: Phase, total: int | None) -> None:
        """Not told."""

    def advance(self, count: int) -> None:
        """Not told."""


class Phases:
    """Phases one after the other; ``seconds`` of each that has ended."""

    def __init__(self, watcher: Progress) -> None:
        self._watcher = watcher
        self.seconds: dict[Phase, float] = {}

    def told(self, count: int) -> None:
        """So many more are done."""
        self._watcher.advance(count)

    @contextmanager
    def phase(self, name: Phase, total: int | None = None) -> Iterator[None]:
        """A phase for the length of the block."""
        self._watcher.begin(name, total)
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0) + time.perf_counter() - began, 3)
