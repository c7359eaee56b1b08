"""The house keeps its order: sizes, docstrings, pages for actors, links that lead somewhere, nothing of one machine."""

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.rules import ROOT
from tests.fixtures.programs import need_program

MOST_LINES = 400

STRAYS = {
    "a path of one machine": re.compile(r"(?<![\w.}>])/(?:home|root|work|Users)/\w"),
    "the address of a package registry": re.compile(r"py(?:pi\.org|thonhosted)|registry\.npm|--(?:extra-)?index.url"),
    "work left open": re.compile(r"\b(?:TO[D]O|FIX[M]E|XX[X])\b"),
    "an unfinished merge": re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE),
}

BINARY = {".png", ".ico", ".der", ".woff2", ".pdf", ".parquet", ".gz"}


def tracked_files() -> list[Path]:
    git = need_program(shutil.which("git"), package="git")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def relative(paths: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in paths]


def test_no_file_is_longer_than_a_reader_likes() -> None:
    code = [path for path in tracked_files() if path.suffix in {".py", ".html", ".css", ".js"}]
    assert relative([path for path in code if len(path.read_text(encoding="utf-8").splitlines()) > MOST_LINES]) == []


def test_every_module_says_what_it_is() -> None:
    modules = [path for folder in ("src", "scripts") for path in (ROOT / folder).rglob("*.py")]
    assert modules
    assert relative([path for path in modules if not ast.get_docstring(ast.parse(path.read_bytes()))]) == []


@pytest.mark.parametrize("kind", STRAYS)
def test_nothing_stands_in_the_tree_that_should_not(kind: str) -> None:
    texts = [path for path in tracked_files() if path.suffix not in BINARY]
    assert relative([path for path in texts if STRAYS[kind].search(path.read_text(encoding="utf-8"))]) == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("a path of one machine", 'open("' + "/ho" + 'me/me/x")'),
        ("the address of a package registry", "https://py" + "pi.org/simple"),
        ("work left open", "# TO" + "DO: later"),
        ("an unfinished merge", "a\n" + "<" * 7 + " HEAD\n"),
    ],
)
def test_a_stray_would_be_seen(kind: str, text: str) -> None:
    assert STRAYS[kind].search(text)


def test_every_actor_has_a_page() -> None:
    actors = {path.parent.name for path in (ROOT / "src/tegata/actors").glob("*/__init__.py")}
    pages = {path.stem for path in (ROOT / "docs/actors").glob("*.md")} - {"README"}
    assert actors - pages == set(), "an actor without docs/actors/NAME.md"
    assert pages - actors == set(), "a page about an actor that does not exist"


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in tracked_files()
        if page.suffix == ".md"
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []
