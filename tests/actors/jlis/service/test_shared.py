"""A look that many threads wait for."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tegata.actors.jlis.service.ocsp.shared import Shared

PATIENCE_SECONDS = 10


class Turn:
    """A lock that tells of each who wants it."""

    def __init__(self) -> None:
        self.wanted = threading.Semaphore(0)
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self.wanted.release()
        assert self._lock.acquire(timeout=PATIENCE_SECONDS)

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_one_run_serves_all_who_asked_before_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    """But the one that ran when they asked may not have seen what they ask about."""
    begun, may_end = threading.Event(), threading.Event()
    runs: list[int] = []

    def work() -> int:
        runs.append(len(runs))
        begun.set()
        assert may_end.wait(PATIENCE_SECONDS)
        return runs[-1]

    shared, turn = Shared(work), Turn()
    monkeypatch.setattr(shared, "_turn", turn)
    with ThreadPoolExecutor(9) as threads:
        first = threads.submit(shared.after_now)
        assert begun.wait(PATIENCE_SECONDS)
        later = [threads.submit(shared.after_now) for _ in range(8)]
        for _ in range(9):
            assert turn.wanted.acquire(timeout=PATIENCE_SECONDS)
        may_end.set()
        assert first.result(PATIENCE_SECONDS) == 0
        assert [one.result(PATIENCE_SECONDS) for one in later] == [1] * 8
    assert shared.after_now() == 2


def test_after_a_failure_the_next_one_tries() -> None:
    outcomes = iter([OSError("no database"), True])

    def work() -> bool:
        outcome = next(outcomes)
        if isinstance(outcome, OSError):
            raise outcome
        return outcome

    shared = Shared(work)
    with pytest.raises(OSError, match="no database"):
        shared.after_now()
    assert shared.after_now()
