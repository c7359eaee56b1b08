"""What a benchmark has found: a figure of ours, and one of each peer that did the same work in the same run."""

import json
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Case:
    """Another kind of the same work: figures in the unit of the whole. ``ours`` None where only peers have it."""

    ours: float | None
    peers: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Result:
    """Medians in ``unit`` for ``size`` things. ``peak_mb`` is the most memory of our side, MB of 10^6 bytes; 0 where
    it was not looked at. ``cases`` are by name; ``notes`` say what a reader must know to compare.
    """

    unit: str
    size: int
    ours: float
    peers: dict[str, float]
    peak_mb: float
    peers_peak_mb: dict[str, float] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of_seconds(
        cls,
        size: int,
        ours: "Runs",
        peers: dict[str, "Runs"],
        *,
        cases: dict[str, Case] | None = None,
        notes: list[str] | None = None,
    ) -> "Result":
        """The result of sides that were run for the seconds that they take."""
        return cls(
            unit="s", size=size, ours=ours.seconds, peers={name: runs.seconds for name, runs in peers.items()},
            peak_mb=ours.peak_mb, peers_peak_mb={name: runs.peak_mb for name, runs in peers.items()},
            cases=cases or {}, notes=notes or [],
        )  # fmt: skip


@dataclass(frozen=True)
class Runs:
    """The turns of one side: the seconds of each, and the most memory of any, in MB of 10^6 bytes."""

    turns: tuple[float, ...]
    peak_mb: float

    @property
    def seconds(self) -> float:
        """The median turn."""
        return median(self.turns)


def ratio(ours: float, theirs: float, *, more_is_better: bool) -> float:
    """How many times as good as a peer Tegata was; below 1 it was worse."""
    return ours / theirs if more_is_better else theirs / ours


def shown(figure: float) -> str:
    """A figure for a person: three digits, or all before the point."""
    return f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:.3g}"


def as_json(result: Result | dict[str, Any]) -> str:
    """A result for a program: one object."""
    value = asdict(result) if isinstance(result, Result) else result
    return json.dumps(value, ensure_ascii=False, indent=2)
