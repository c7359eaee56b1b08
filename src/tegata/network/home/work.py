"""What takes longer than a page may: a leap of the clock, a story. One at a time, seen while it runs."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import msgspec

from tegata.network.conversation import BUSY
from tegata.wire.problems import ProblemDetails, Refused, problem
from tegata.wire.text import Text

KEPT = 50

WORK_FAILED = problem(
    "work-failed", 500,
    ja="途中で止まりました。", en="It stopped on the way.",
    do_ja="ネットワークの記録 (ログ) を確かめてください。", do_en="Look into the log of the network.",
)  # fmt: skip

State = Literal["running", "done", "failed"]


class Work(msgspec.Struct, kw_only=True):
    """One piece of work. ``result`` is what it gave, ``refusal`` why it could not; ``says`` how far it is."""

    number: int
    kind: str
    title: Text
    started_at: datetime
    state: State = "running"
    says: Text | None = None
    result: Any = None
    refusal: ProblemDetails | None = None


class Works:
    """Runs work in the background. Safe between threads."""

    def __init__(self, log_failure: Callable[[Exception], None]) -> None:
        self._log_failure = log_failure
        self._lock = threading.Lock()
        self._all: dict[int, Work] = {}
        self._thread: threading.Thread | None = None
        self._number = 0

    def start(self, kind: str, title: Text, at: datetime, run: Callable[[Work], Any]) -> Work:
        """Begin; ``run`` gets the work to tell how far it is. Raises ``Refused`` (network-busy)."""
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                raise Refused(BUSY)
            self._number += 1
            work = self._all[self._number] = Work(number=self._number, kind=kind, title=title, started_at=at)
            self._all.pop(self._number - KEPT, None)
            self._thread = threading.Thread(target=self._run, args=(work, run), name=f"work {kind}", daemon=True)
            self._thread.start()
        return work

    def find(self, number: int) -> Work | None:
        """A piece of work by its number; None where it is not, or no longer, known."""
        return self._all.get(number)

    def running(self) -> Work | None:
        """What runs now."""
        newest = self._all.get(self._number)
        return newest if newest is not None and newest.state == "running" else None

    def newest(self) -> Work | None:
        """What runs now, or ran last."""
        return self._all.get(self._number)

    def of_kind(self, kind: str) -> list[Work]:
        """What ran, the newest first."""
        return [work for _, work in sorted(self._all.items(), reverse=True) if work.kind == kind]

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end of what runs; whether it has ended."""
        thread = self._thread
        if thread is None:
            return True
        thread.join(seconds)
        return not thread.is_alive()

    def _run(self, work: Work, run: Callable[[Work], Any]) -> None:
        try:
            work.result = run(work)
        except Exception as error:  # noqa: BLE001  # told to whoever started it
            refused = error if isinstance(error, Refused) else Refused(WORK_FAILED, {"cause": type(error).__name__})
            if refused is not error:
                self._log_failure(error)
            work.refusal, work.state = refused.to_details(), "failed"
        else:
            work.state = "done"
