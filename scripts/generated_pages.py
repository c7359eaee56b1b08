"""The pages of docs/ that are generated: ``make docs`` writes them anew."""

import sys
from collections.abc import Callable
from functools import partial

from scripts import folder_index, measured_page, problems_page, requirements_page
from scripts.rules import ROOT

ACTORS = """# The actors

One page each. An actor is a trust boundary: it has its own database, its own service identity and its own address, and
it speaks with the others by messages only ([the network](../network.md)). `make docs` writes this list.
"""

DECISIONS = """# Decisions

What was decided, on which grounds, and what follows: one page each, never rewritten. A later decision replaces an
earlier one and says so. `make docs` writes this list.
"""

PAGES: dict[str, Callable[[], str]] = {
    "docs/actors/README.md": partial(folder_index.render, "docs/actors", ACTORS),
    "docs/decisions/README.md": partial(folder_index.render, "docs/decisions", DECISIONS),
    "docs/measured.md": measured_page.render,
    "docs/problems.md": problems_page.render,
    "docs/requirements.md": requirements_page.render,
}
"""Path from the root → what renders its whole content. A test compares each with the file."""


def stale_pages() -> dict[str, str]:
    """The pages whose file is missing or differs from what would be written now: path → new content."""
    rendered = {path: render() for path, render in PAGES.items()}
    return {path: content for path, content in rendered.items() if _on_disk(path) != content}


def _on_disk(path: str) -> str | None:
    file = ROOT / path
    return file.read_text(encoding="utf-8") if file.exists() else None


def main(arguments: list[str]) -> int:
    """Writes the stale pages; with ``--check`` writes nothing, and returns 1 where there are some."""
    only_check = arguments == ["--check"]
    stale = stale_pages()
    for path, content in stale.items():
        if not only_check:
            (ROOT / path).write_text(content, encoding="utf-8")
        print(f"{'out of date, run `make docs`' if only_check else 'wrote'}: {path}")
    return 1 if only_check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
