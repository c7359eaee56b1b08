"""Charts as SVG from the server: numbers become coordinates here, ``parts/things.html`` draws them with their table."""

import math
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from tegata.node.web.language import translate

WIDTH: Final = 720
HEIGHT: Final = 300
LEFT: Final = 64
TOP: Final = 24
BOTTOM: Final = 36
MAX_LABELS: Final = 12
MAX_VALUES: Final = 20
MAX_SERIES: Final = 4
Number = int | float


class Tick(msgspec.Struct, frozen=True):
    """A line of the grid."""

    value: Number
    y: float


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A place along the axis, and the bar on it if there is one."""

    label: str
    middle: float
    shows_label: bool
    value: Number = 0
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    shows_value: bool = False


class Line(msgspec.Struct, frozen=True):
    """One series: its points, and the path through them."""

    name: str
    points: list[tuple[float, float]]
    path: str


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """What the template draws."""

    ticks: list[Tick]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    label_y: int = HEIGHT - 10
    highest: str = ""
    bars: list[Slot] = []
    labels: list[Slot] = []
    lines: list[Line] = []
    columns: list[tuple[str, str]] = []
    table: list[list[Any]] = []


def scale_top(highest: Number) -> Number:
    """The round number (1, 2 or 5 times a power of ten, times at most 5) that the axis ends at."""
    step = tick_step(highest)
    return max(math.ceil(highest / step), 1) * step


def tick_step(highest: Number) -> Number:
    """The distance between lines of the grid, so that there are at most five; whole numbers only."""
    rough = max(highest / 5, 1)
    power: int = 10 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)


def _height_of(value: Number, top: Number) -> float:
    return round(max(value, 0) / top * (HEIGHT - TOP - BOTTOM), 1)


def _y(value: Number, top: Number) -> float:
    return round(HEIGHT - BOTTOM - _height_of(value, top), 1)


def _ticks(top: Number, step: Number) -> list[Tick]:
    return [Tick(step * index, _y(step * index, top)) for index in range(round(top / step) + 1)]


def _shows(index: int, count: int) -> bool:
    return index % math.ceil(count / MAX_LABELS) == 0


def bars(rows: Sequence[tuple[Any, Number]]) -> Chart:
    """A bar for each ``(label, value)``; values below zero are drawn as zero and stand in the table as they are."""
    highest = max((value for _, value in rows), default=0)
    top, step = scale_top(highest), tick_step(highest)
    slot = (WIDTH - LEFT) / max(len(rows), 1)
    width = round(min(slot * 0.7, 56), 1)
    drawn = [
        Slot(
            label=translate(label), value=value, middle=round(LEFT + slot * (index + 0.5), 1), width=width,
            x=round(LEFT + slot * (index + 0.5) - width / 2, 1), y=_y(value, top), height=_height_of(value, top),
            shows_label=_shows(index, len(rows)), shows_value=len(rows) <= MAX_VALUES,
        )
        for index, (label, value) in enumerate(rows)
    ]  # fmt: skip
    best = max(drawn, key=lambda bar: bar.value, default=None)
    return Chart(ticks=_ticks(top, step), bars=drawn, highest=f"{best.label} {best.value:,}" if best else "")


def rows_of(rows: Sequence[tuple[Any, Number]]) -> list[list[Any]]:
    """The rows of a bar chart's table."""
    return [[label, f"{value:,}"] for label, value in rows]


def lines(labels: Sequence[Any], series: Sequence[tuple[Any, Sequence[Number]]]) -> Chart:
    """A line for each ``(name, values)``, at most four, each as long as the labels (else ``ValueError``)."""
    if len(series) > MAX_SERIES or any(len(values) != len(labels) for _, values in series):
        raise ValueError("at most four series, each as long as the labels")
    highest = max((value for _, values in series for value in values), default=0)
    top, step = scale_top(highest), tick_step(highest)
    slot = (WIDTH - LEFT) / max(len(labels), 1)
    middles = [round(LEFT + slot * (index + 0.5), 1) for index in range(len(labels))]
    slots = [
        Slot(label=translate(label), middle=middle, shows_label=_shows(index, len(labels)))
        for index, (label, middle) in enumerate(zip(labels, middles, strict=True))
    ]
    drawn = [
        _line(translate(name), [(x, _y(value, top)) for x, value in zip(middles, values, strict=True)])
        for name, values in series
    ]
    table = [[label, *(f"{values[index]:,}" for _, values in series)] for index, label in enumerate(labels)]
    columns = [(translate(name), "number") for name, _ in series]
    return Chart(ticks=_ticks(top, step), labels=slots, lines=drawn, columns=columns, table=table)


def _line(name: str, points: list[tuple[float, float]]) -> Line:
    return Line(name, points, "M" + "L".join(f"{x} {y}" for x, y in points))
