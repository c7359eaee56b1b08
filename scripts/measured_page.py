"""docs/measured.md: the results that the benchmarks have kept in docs/measured/, each with its machine and command."""

from typing import Any

from benchmarks import kept
from benchmarks.result import ratio, shown

HEAD = """# Measured

What `make bench ARGS=--keep` found, side by side with each peer in one run; medians. Ratios say more than seconds:
another machine has other seconds. `make docs` writes this page from `docs/measured/*.json`. What follows from it for a
whole country is in [scale.md](scale.md).
"""


def render() -> str:
    """The whole page."""
    sections = [_section(result) for result in kept.load()]
    return "\n".join([HEAD, *(sections or ["Nothing is measured yet.", ""])])


def _section(result: dict[str, Any]) -> str:
    name = result["name"]
    lines = [
        f"## {name}",
        "",
        f"![{name}: a dot for each side](measured/{name}.svg)",
        "",
        f"| side | {result['unit']} | Tegata is … times as good | MB at most |",
        "|---|--:|--:|--:|",
        f"| **Tegata** | **{shown(result['ours'])}** | | {_megabytes(result['peak_mb'])} |",
        *(_peer(result, peer, figure) for peer, figure in result["peers"].items()),
        *_cases(result),
        "",
        *(f"- {note}" for note in result["notes"]),
        f"- {result['size']:,}; `{result['command']}`",
        f"- {result['machine']}",
        "",
    ]
    return "\n".join(lines)


def _peer(result: dict[str, Any], peer: str, figure: float) -> str:
    times = ratio(result["ours"], figure, more_is_better=result["more_is_better"])
    return f"| {peer} | {shown(figure)} | {shown(times)} | {_megabytes(result['peers_peak_mb'].get(peer, 0))} |"


def _cases(result: dict[str, Any]) -> list[str]:
    if not result["cases"]:
        return []
    lines = ["", f"| case | Tegata, {result['unit']} | peers, {result['unit']} |", "|---|--:|---|"]
    for case, figures in result["cases"].items():
        ours = "" if figures["ours"] is None else shown(figures["ours"])
        peers = "; ".join(f"{peer} {shown(figure)}" for peer, figure in figures["peers"].items())
        lines.append(f"| {case} | {ours} | {peers} |")
    return lines


def _megabytes(figure: float) -> str:
    return f"{figure:,.0f}" if figure else ""
