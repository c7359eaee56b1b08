"""The pages of docs/ that are generated: ``python -m scripts.generated_pages`` (or ``make docs``) writes them anew."""

from collections.abc import Callable
from functools import partial

from scripts import folder_index, requirements_page
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
    "docs/requirements.md": requirements_page.render,
}
"""Path from the root → what renders its whole content. A test compares each with the file."""


def write_pages() -> list[str]:
    """Writes the pages that are out of date; returns their paths."""
    changed = []
    for path, render in PAGES.items():
        content, file = render(), ROOT / path
        if not file.exists() or file.read_text(encoding="utf-8") != content:
            file.write_text(content, encoding="utf-8")
            changed.append(path)
    return changed


if __name__ == "__main__":
    print("\n".join(f"wrote {path}" for path in write_pages()) or "generated pages: all current")
