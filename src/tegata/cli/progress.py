"""How far a long work is: a bar on a terminal, plain lines else."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tegata.cli.language import t
from tegata.wire.text import Text

if TYPE_CHECKING:
    from rich.console import Console

EVERY_SECONDS = 10.0
"""How often a plain line says how far a work is."""


class Bars:
    """Phases of a work, as :class:`~tegata.network.phases.Phases`, on the console."""

    def __init__(self, console: "Console") -> None:
        self._console = console

    @contextmanager
    def phase(self, title: Text, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """A phase: a bar with rate and time left, or a turning mark where the number of things is not known."""
        shown = self._bar if self._console.is_terminal else self._lines
        with shown(t(title), total) as done:
            yield done

    @contextmanager
    def _bar(self, title: str, total: int | None) -> Iterator[Callable[[int], None]]:
        from rich.progress import (  # noqa: PLC0415
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        left = TextColumn(t("残り", "left"))
        numbers = (
            [BarColumn(bar_width=24), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), left]
            if total is not None
            else [SpinnerColumn()]
        )
        remaining = [TimeRemainingColumn()] if total is not None else []
        columns = [TextColumn("{task.description}"), *numbers, *remaining, TimeElapsedColumn()]
        with Progress(*columns, console=self._console) as progress:
            task = progress.add_task(title, total=total, rate="")
            pace = _Pace(total)

            def done(count: int) -> None:
                pace.add(count)
                progress.update(task, advance=count, rate=f"{pace.rate:,.0f}/s")

            yield done
            progress.update(task, total=total or 1, completed=total or 1)

    @contextmanager
    def _lines(self, title: str, total: int | None) -> Iterator[Callable[[int], None]]:
        pace = _Pace(total)
        told = time.monotonic()

        def done(count: int) -> None:
            nonlocal told
            pace.add(count)
            if time.monotonic() - told >= EVERY_SECONDS:
                told = time.monotonic()
                self._print(f"{title}: {pace.words}")

        yield done
        self._print(f"{title}: {pace.count:,} ({pace.seconds:.1f} s)" if total else f"{title} ({pace.seconds:.1f} s)")

    def _print(self, words: str) -> None:
        self._console.print(words, highlight=False, soft_wrap=True)


class _Pace:
    """How many things were done since when."""

    def __init__(self, total: int | None) -> None:
        self.count, self._total, self._begun = 0, total, time.monotonic()

    def add(self, count: int) -> None:
        """Some more are done."""
        self.count += count

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return max(1e-9, time.monotonic() - self._begun)

    @property
    def rate(self) -> float:
        """Things a second."""
        return self.count / self.seconds

    @property
    def words(self) -> str:
        """What was done, of how many, how fast, and how long it still takes."""
        if self._total is None or not self.count:
            return f"{self.count:,}"
        left = (self._total - self.count) / self.rate
        return t(
            f"{self.count:,}/{self._total:,}、毎秒 {self.rate:,.0f}、残り {left:.0f} 秒",
            f"{self.count:,}/{self._total:,}, {self.rate:,.0f} a second, {left:.0f} s left",
        )
