"""What the benchmarks leave behind, and that those of CRLs and OCSP compare equal work."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import __main__ as command
from benchmarks import bench_crl, bench_ocsp
from benchmarks.comparison import Comparison, measure


def test_the_results_are_kept_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = SimpleNamespace(comparisons=lambda: [Comparison("足し算", lambda: 3, "sum", lambda: sum([1, 2]))])
    monkeypatch.setattr(command, "names", lambda: ["sum"])
    monkeypatch.setattr(command.importlib, "import_module", {"benchmarks.bench_sum": module}.__getitem__)
    assert command.main(["--rounds", "1"], tmp_path / "results") == 0
    (kept,) = json.loads((tmp_path / "results" / "latest.json").read_text(encoding="utf-8"))
    assert kept["work"] == "足し算"
    assert kept["ratio"] == kept["theirs"] / kept["ours"]
    assert "sum" in capsys.readouterr().out


def test_nothing_measured_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "names", list)
    assert command.main([], tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("comparisons", [bench_crl.comparisons, bench_ocsp.comparisons])
def test_both_sides_do_the_same_work(
    comparisons: Callable[[], list[Comparison]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Measuring refuses answers that differ; here at a size that takes no time."""
    for module, name in (
        (bench_crl, "ENTRIES"),
        (bench_crl, "CUSTOMERS"),
        (bench_ocsp, "ANSWERS"),
        (bench_ocsp, "PROCESSES"),
    ):
        monkeypatch.setattr(module, name, {"ENTRIES": 500, "CUSTOMERS": 3000}.get(name, 2))
    assert all(measure(each, rounds=1).ratio > 0 for each in comparisons())
