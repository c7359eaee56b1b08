"""The command ``python -m benchmarks [NAME …]``: runs the benchmarks, all or those named, and prints a table."""

import argparse
import importlib
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks import kept
from benchmarks.result import Result, as_json, ratio, shown

HERE = Path(__file__).parent


def names() -> list[str]:
    """The benchmarks that there are: ``crl-write`` for bench_crl_write.py."""
    return sorted(path.stem.removeprefix("bench_").replace("_", "-") for path in HERE.glob("bench_*.py"))


def module_of(name: str) -> Any:
    """The module of a benchmark."""
    return importlib.import_module(f"benchmarks.bench_{name.replace('-', '_')}")


def table_of(name: str, result: Result) -> Table:
    """A result for a person: a line for each peer, and one for each case. It fits on a terminal of 80 columns."""
    better = bool(module_of(name).MORE_IS_BETTER)
    table = Table(
        title=f"{name}: {result.size:,}, in {result.unit}", title_justify="left",
        caption=escape("\n".join(result.notes)), caption_justify="left", expand=True,
    )  # fmt: skip
    table.add_column("beside Tegata", overflow="fold", ratio=1)
    for heading in ("Tegata", "theirs", "times", "MB", "theirs"):
        table.add_column(heading, justify="right", no_wrap=True)
    for peer, theirs in result.peers.items():
        _line(table, result, peer, result.ours, theirs, better=better, memory=result.peers_peak_mb.get(peer, 0.0))
    for case, figures in result.cases.items():
        if not figures.peers:
            _line(table, result, case, figures.ours, None, better=better)
        for peer, theirs in figures.peers.items():
            _line(table, result, f"{case}: {peer}", figures.ours, theirs, better=better)
    return table


def _line(
    table: Table,
    result: Result,
    peer: str,
    ours: float | None,
    theirs: float | None,
    *,
    better: bool,
    memory: float = 0.0,
) -> None:
    times = f"{ratio(ours, theirs, more_is_better=better):.2f}" if ours and theirs else ""
    figures = ["" if figure is None else shown(figure) for figure in (ours, theirs)]
    sizes = ["" if not megabytes else f"{megabytes:,.0f}" for megabytes in (result.peak_mb, memory)]
    table.add_row(peer, *figures, times, *sizes)


def main(arguments: list[str], *, keep_in: Path = kept.FOLDER) -> int:
    """Returns the exit code: 1 where nothing was measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures Tegata beside its peers.")
    parser.add_argument("names", nargs="*", choices=[*names(), []], help="which benchmarks; all where none is named")
    parser.add_argument("--size", type=int, help="how many things; each benchmark has its own default")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each side; the median counts (3)")
    parser.add_argument("--json", action="store_true", help="print JSON (one object for one benchmark) and no table")
    parser.add_argument("--keep", action="store_true", help="keep results and plots for the docs")
    options = parser.parse_args(arguments)
    if options.rounds < 1 or (options.size is not None and options.size < 1):
        parser.error("--rounds and --size are at least 1")
    console = Console(stderr=True)
    results = {name: _measure(name, options.size, options.rounds, console) for name in options.names or names()}
    _print(results, as_one=len(options.names) == 1, json_wanted=options.json)
    if options.keep:
        for name, result in results.items():
            kept.keep(name, result, more_is_better=bool(module_of(name).MORE_IS_BETTER), folder=keep_in)
    return 0 if results else 1


def _measure(name: str, size: int | None, rounds: int, console: Console) -> Result:
    module = module_of(name)
    run: Callable[[int, int, Callable[[str], None]], Result] = module.run
    return run(size or module.SIZE, rounds, lambda words: console.print(f"{name}: {words}", highlight=False))


def _print(results: dict[str, Result], *, as_one: bool, json_wanted: bool) -> None:
    if not json_wanted:
        Console().print(*(table_of(name, result) for name, result in results.items()), sep="\n")
    elif as_one:
        print(as_json(next(iter(results.values()))))
    else:
        print(json.dumps({name: asdict(result) for name, result in results.items()}, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
