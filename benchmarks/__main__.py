"""The command ``python -m benchmarks [NAME …]``: runs the benchmarks, all or those named, and prints a table."""

import argparse
import importlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.comparison import Measured, measure

HERE = Path(__file__).parent


def names() -> list[str]:
    """The benchmarks that there are: ``crl`` for bench_crl.py."""
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def run(chosen: list[str], rounds: int) -> Iterator[Measured]:
    """Measures every comparison of the chosen benchmarks."""
    for name in chosen:
        module = importlib.import_module(f"benchmarks.bench_{name}")
        for comparison in module.comparisons():
            yield measure(comparison, rounds=rounds)


def table_of(results: list[Measured]) -> Table:
    """The results for a person."""
    table = Table("work", "peer", "Tegata (ms)", "peer (ms)", "times as fast")
    for result in results:
        ours, theirs = f"{result.ours * 1000:.2f}", f"{result.theirs * 1000:.2f}"
        table.add_row(result.work, result.peer, ours, theirs, f"{result.ratio:.2f}")
    return table


def as_json(results: list[Measured]) -> str:
    """The results for a program: one list, each with its ratio."""
    listed = [asdict(result) | {"ratio": result.ratio} for result in results]
    return json.dumps(listed, ensure_ascii=False, indent=2)


def save(results: list[Measured], folder: Path) -> None:
    """Keeps the results as ``latest.json`` in a folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "latest.json").write_text(as_json(results) + "\n", encoding="utf-8")


def main(arguments: list[str], keep_in: Path | None = None) -> int:
    """Returns the exit code: 1 where nothing was measured. The results are kept in the folder ``keep_in``, if given."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures Tegata beside its peers.")
    parser.add_argument("names", nargs="*", choices=[*names(), []], help="which benchmarks; all where none is named")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each side; the best counts")
    parser.add_argument("--json", action="store_true", help="print one JSON list and no table")
    options = parser.parse_args(arguments)
    results = list(run(options.names or names(), options.rounds))
    if options.json:
        print(as_json(results))
    else:
        Console().print(table_of(results) if results else "no benchmark was measured")
    if results and keep_in is not None:
        save(results, keep_in)
    return 0 if results else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], HERE / "results"))
