"""The generated pages of docs/ are current, and the check that says so can fail."""

import subprocess
import sys
from pathlib import Path

import pytest

from scripts import folder_index, generated_pages, problems_page
from scripts.rules import ROOT


def test_the_pages_are_current() -> None:
    """In an interpreter of its own: what other tests declare here must not count."""
    command = [sys.executable, "-m", "scripts.generated_pages", "--check"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, ""), result.stderr


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three pages: one current, one old, one not written yet."""
    monkeypatch.setattr(generated_pages, "ROOT", tmp_path)
    monkeypatch.setattr(generated_pages, "PAGES", {f"{name}.md": lambda: "一" for name in ("current", "new", "old")})
    (tmp_path / "current.md").write_text("一", encoding="utf-8")
    (tmp_path / "old.md").write_text("二", encoding="utf-8")
    return tmp_path


def test_the_check_names_stale_pages_and_writes_nothing(pages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generated_pages.main(["--check"]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert [line.rpartition(" ")[2] for line in shown] == ["new.md", "old.md"]
    assert (pages / "old.md").read_text(encoding="utf-8") == "二"


def test_stale_pages_are_written(pages: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generated_pages.main([]) == 0
    assert capsys.readouterr().out.splitlines() == ["wrote: new.md", "wrote: old.md"]
    assert {file.read_text(encoding="utf-8") for file in pages.iterdir()} == {"一"}
    assert generated_pages.main(["--check"]) == 0


def test_a_folder_is_listed_by_heading_and_first_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_index, "ROOT", tmp_path)
    (tmp_path / "b.md").write_text("# The bank\n\nIt keeps\ncustomers. And more.\n\n## Pages\n", encoding="utf-8")
    (tmp_path / "a.md").write_text("# Only a heading", encoding="utf-8")
    (tmp_path / "README.md").write_text("# Old list", encoding="utf-8")
    listed = folder_index.render(".", "# Head\n")
    assert listed == "# Head\n\n- [Only a heading](a.md)\n- [The bank](b.md): It keeps customers.\n"


def test_an_empty_folder_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_index, "ROOT", tmp_path)
    assert folder_index.render(".", "# Head\n") == "# Head\n\nNo page yet.\n"


def test_modules_that_declare_refusals_are_found(tmp_path: Path) -> None:
    for name, text in {
        "tegata/wire/__init__.py": "X = problem(",
        "tegata/wire/calls.py": "Y = problem(",
        "tegata/wire/other.py": "raise Refused(X)",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert problems_page.modules_that_declare(tmp_path) == ["tegata.wire", "tegata.wire.calls"]


def test_the_page_of_refusals_has_a_row_for_each_with_both_languages() -> None:
    rows = [line for line in problems_page.render().splitlines() if line.startswith("| `")]
    assert len(rows) > 10
    assert all(row.count(" | ") == 5 and "|  |" not in row for row in rows)
