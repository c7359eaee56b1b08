"""Work that many threads wait for at the same time."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Outcome = TypeVar("Outcome")


class Shared(Generic[Outcome]):
    """Work that one thread does at a time, for itself and for all who asked before it began."""

    def __init__(self, work: Callable[[], Outcome]) -> None:
        self._work = work
        self._turn = threading.Lock()
        self._begun = 0
        self._newest: tuple[int, Outcome] | None = None

    def after_now(self) -> Outcome:
        """What a run gives that begins now or later. Raises what the work raises, to whoever runs it."""
        wanted = self._begun + 1
        with self._turn:
            if self._newest is None or self._newest[0] < wanted:
                self._begun += 1
                self._newest = self._begun, self._work()
            return self._newest[1]
