"""The runner of the benchmarks: sides run in turn in processes of their own, and only equal work is compared."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import __main__ as command
from benchmarks import kept
from benchmarks.plot import svg
from benchmarks.result import Case, Result, Runs, ratio
from benchmarks.sides import DifferentAnswers, Side, SideFailed, alternate, python_side, run
from scripts import measured_page

FOUND = Result(
    unit="s", size=5000, ours=0.5, peers={"sum": 2.0, "a <slow> one": 40.0}, peak_mb=80, peers_peak_mb={"sum": 120.0},
    cases={"mixed": Case(ours=0.75, peers={"sum": 3.0}), "floor": Case(ours=None, peers={"hash": 0.1})},
    notes=["Of numbers."],
)  # fmt: skip


def big(megabytes: str) -> Callable[[], int]:
    """Work that needs memory: called in a process of its own."""
    return lambda: len(bytearray(int(megabytes) * 10**6)) // 10**6


def answering(answer: str) -> Callable[[], str]:
    return lambda: answer


def writing(path: Path, text: str) -> Side:
    program = f"from pathlib import Path; Path({str(path)!r}).write_text({text!r})"
    return Side(text, [sys.executable, "-c", program], answer=path.read_text)


def fake(monkeypatch: pytest.MonkeyPatch, found: Result) -> list[tuple[int, int]]:
    """A benchmark ``sum`` instead of the real ones; returns the sizes and rounds that it is asked for."""
    asked: list[tuple[int, int]] = []

    def measured(size: int, rounds: int, tell: Callable[[str], None]) -> Result:
        tell("adding")
        asked.append((size, rounds))
        return found

    module = SimpleNamespace(UNIT="s", SIZE=7, MORE_IS_BETTER=False, run=measured)
    monkeypatch.setattr(command, "names", lambda: ["sum"])
    monkeypatch.setattr(command.importlib, "import_module", {"benchmarks.bench_sum": module}.__getitem__)
    return asked


def test_a_side_tells_its_seconds_and_its_memory_is_its_own() -> None:
    ballast = bytearray(300 * 10**6)
    turn = run(python_side("big", f"{__name__}:big", 60))
    assert turn.answer == 60
    assert 0 < turn.seconds < 5
    assert 60 < turn.peak_mb < len(ballast) / 10**6, "the memory of whoever starts it does not count"


def test_sides_take_turns_and_a_slow_one_fewer() -> None:
    told: list[str] = []
    sides = [python_side("a", f"{__name__}:answering", "x"), python_side("b", f"{__name__}:answering", "x", rounds=1)]
    runs = alternate(sides, 2, told.append)
    assert told == ["a (1/2)", "b (1/2)", "a (2/2)"]
    assert {name: len(each.turns) for name, each in runs.items()} == {"a": 2, "b": 1}


def test_different_answers_are_not_compared(tmp_path: Path) -> None:
    with pytest.raises(DifferentAnswers, match="one"):
        alternate([writing(tmp_path / "1", "one"), writing(tmp_path / "2", "two")], 1)


def test_a_side_that_fails_says_why() -> None:
    with pytest.raises(SideFailed, match="No module named 'nowhere'"):
        run(python_side("lost", "nowhere:work"))


def test_the_median_counts() -> None:
    assert Runs((3.0, 1.0, 9.0), 0).seconds == 3.0
    assert ratio(2, 8, more_is_better=False) == 4
    assert ratio(8, 2, more_is_better=True) == 4


def test_one_benchmark_gives_one_object(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked = fake(monkeypatch, FOUND)
    assert command.main(["sum", "--json", "--size", "9", "--rounds", "1"]) == 0
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert {name: told[name] for name in ("unit", "size", "ours", "peak_mb")} == {
        "unit": "s", "size": 5000, "ours": 0.5, "peak_mb": 80,
    }  # fmt: skip
    assert told["peers"] == FOUND.peers
    assert "adding" in printed.err
    assert asked == [(9, 1)]
    assert command.main(["--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sum"] == told
    assert asked[-1] == (7, 3)


def test_the_table_has_a_line_for_each_peer_and_case(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    fake(monkeypatch, FOUND)
    assert command.main(["sum"]) == 0
    printed = capsys.readouterr().out
    for words in ("sum", "a <slow> one", "mixed: sum", "floor: hash", "80.00", "Of numbers."):
        assert words in printed


def test_what_is_kept_stands_in_the_docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(monkeypatch, FOUND)
    assert command.main(["sum", "--json", "--keep"], keep_in=tmp_path) == 0
    (told,) = kept.load(tmp_path)
    assert told["command"] == ".venv/bin/python -m benchmarks sum --json --size 5000"
    assert "cores" in told["machine"]
    assert "a &lt;slow&gt; one" in (tmp_path / "sum.svg").read_text(encoding="utf-8")
    monkeypatch.setattr(kept.load, "__defaults__", (tmp_path,))
    page = measured_page.render()
    assert "| sum | 2 | 4 | 120 |" in page
    assert "| mixed | 0.75 | sum 3 |" in page


def test_figures_that_are_alike_can_be_drawn() -> None:
    assert "<circle" in svg("even", Result(unit="s", size=1, ours=1, peers={"peer": 1.0}, peak_mb=0))


@pytest.mark.parametrize("arguments", [["no-such-benchmark"], ["--rounds", "0"], ["--size", "-1"]])
def test_wrong_arguments_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        command.main(arguments)
    assert refused.value.code == 2
    assert "error" in capsys.readouterr().err


def test_every_benchmark_has_what_the_runner_asks_for() -> None:
    for name in command.names():
        module = command.module_of(name)
        assert module.UNIT
        assert module.SIZE > 0
        assert isinstance(module.MORE_IS_BETTER, bool)
        assert callable(module.run)
