"""The phases of a matching as lines of the standard error: how many, how fast."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tegata.cli.language import t
from tegata.wire.text import Text

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from tegata.actors.bank.service.customer_matching.phases import Phase

TITLES: "dict[Phase, Text]" = {
    "opening": Text("顧客を開く", "customers opened"),
    "checking": Text("失効リストの検証", "lists checked"),
    "counting": Text("顧客を数える", "customers counted"),
    "reading": Text("失効リストの読取り", "entries read"),
    "matching": Text("突合", "matched"),
    "writing": Text("書き出し", "rows written"),
}


class Bar:
    """A line a phase; a phase that has ended shows its count, its time and its speed."""

    def __init__(self, bars: "Bars") -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def begin(self, phase: "Phase", total: int | None) -> None:
        """The phase before has ended."""
        self.end()
        self._task = self._bars.add_task(t(TITLES[phase]), total=total, rate="")

    def advance(self, count: int) -> None:
        """So many more are done."""
        if self._task is not None:
            self._bars.update(self._task, advance=count)
            task = self._bars.tasks[self._task]
            self._bars.update(self._task, rate=f"{task.completed / max(task.elapsed or 0, 1e-3):,.0f}/s")

    def end(self) -> None:
        """The running phase has ended."""
        if self._task is not None:
            done = self._bars.tasks[self._task].completed
            self._bars.update(self._task, total=max(done, 1), completed=max(done, 1))
            self._bars.stop_task(self._task)


@contextmanager
def watching() -> Iterator[Bar]:
    """Bars on the standard error, for as long as the block lasts."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24),
        TextColumn("{task.completed:,.0f}"), TextColumn("{task.fields[rate]}"), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as bars:
        bar = Bar(bars)
        yield bar
        bar.end()
