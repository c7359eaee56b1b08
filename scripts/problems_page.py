"""docs/problems.md: every refusal's code, what it says, and what it advises, in both languages."""

import importlib
from pathlib import Path

from scripts.rules import ROOT
from tegata.wire.problems import REGISTRY, ProblemType

HEAD = """# Refusals

Written by `make docs` from the declarations in the code. Over HTTP a refusal is problem details (RFC 9457) whose `code`
is the one below; on a page it is the sentence, with the advice under it; in a log it is the code alone. A code never
changes its meaning.

| code | status | what happened | what to do | 何が起きたか | どうすればよいか |
|---|---|---|---|---|---|"""


def render() -> str:
    """The whole page as Markdown."""
    for module in modules_that_declare():
        importlib.import_module(module)
    return "\n".join([HEAD, *(_row(REGISTRY[code]) for code in sorted(REGISTRY)), ""])


def modules_that_declare(source: Path = ROOT / "src") -> list[str]:
    """The names of the modules with a ``problem(…)`` of their own; they register it when they are imported."""
    files = sorted(file for file in source.rglob("*.py") if " = problem(" in file.read_text(encoding="utf-8"))
    return [".".join(file.relative_to(source).with_suffix("").parts).removesuffix(".__init__") for file in files]


def _row(kind: ProblemType) -> str:
    cells = (kind.title.en, kind.advice.en, kind.title.ja, kind.advice.ja)
    return f"| `{kind.code}` | {kind.status} | {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
