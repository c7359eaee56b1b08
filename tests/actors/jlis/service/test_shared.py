"""A look that many threads wait for."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tegata.actors.jlis.service.ocsp.shared import Shared

PATIENCE_SECONDS = 10


def test_who_asks_while_it_runs_gets_what_the_next_run_gives() -> None:
    begun, may_end, runs = threading.Semaphore(0), threading.Semaphore(0), []

    def work() -> int:
        runs.append(len(runs))
        begun.release()
        assert may_end.acquire(timeout=PATIENCE_SECONDS)
        return runs[-1]

    shared = Shared(work)
    with ThreadPoolExecutor(9) as threads:
        first = threads.submit(shared.after_now)
        assert begun.acquire(timeout=PATIENCE_SECONDS)
        asked = threading.Barrier(9)

        def ask() -> int:
            asked.wait(PATIENCE_SECONDS)
            return shared.after_now()

        later = [threads.submit(ask) for _ in range(8)]
        asked.wait(PATIENCE_SECONDS)
        may_end.release()
        assert first.result(PATIENCE_SECONDS) == 0
        for _ in later:  # one run is enough, but for whoever asked only after it had begun
            may_end.release()
        said = [one.result(PATIENCE_SECONDS) for one in later]
    assert 0 not in said
    assert shared.after_now() == len(runs) - 1 > max(said)


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
