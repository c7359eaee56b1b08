"""The runner of the benchmarks: it compares equal work only, and reports the best turn of each side."""

import json
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from benchmarks import __main__ as command
from benchmarks.comparison import Comparison, DifferentAnswers, Measured, measure


def clock_of(*durations: float) -> Iterator[float]:
    now = 0.0
    for duration in durations:
        yield now
        now += duration
        yield now


def test_the_best_turn_of_each_side_counts() -> None:
    ticks = clock_of(3, 8, 2, 9, 4, 6)
    measured = measure(Comparison("work", lambda: 1, "peer", lambda: 1), rounds=3, clock=lambda: next(ticks))
    assert measured == Measured("work", "peer", ours=2, theirs=6)
    assert measured.ratio == 3


def test_different_answers_are_not_compared() -> None:
    with pytest.raises(DifferentAnswers, match="sort 10: Tegata and qsort differ"):
        measure(Comparison("sort 10", lambda: [1, 2], "qsort", lambda: [2, 1]), rounds=1)


def test_the_command_prints_what_it_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = SimpleNamespace(comparisons=lambda: [Comparison("足し算", lambda: 3, "sum", lambda: sum([1, 2]))])
    monkeypatch.setattr(command, "names", lambda: ["sum"])
    monkeypatch.setattr(command.importlib, "import_module", {"benchmarks.bench_sum": module}.__getitem__)
    assert command.main(["--json", "--rounds", "1"]) == 0
    (result,) = json.loads(capsys.readouterr().out)
    assert (result["work"], result["peer"]) == ("足し算", "sum")
    assert result["ratio"] > 0
    assert command.main(["sum", "--rounds", "1"]) == 0
    assert "足し算" in capsys.readouterr().out


def test_measuring_nothing_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "names", list)
    assert command.main([]) == 1


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["no-such-benchmark"])
    assert "no-such-benchmark" in capsys.readouterr().err
