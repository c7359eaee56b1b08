"""What the README tells a newcomer to type exists, and its two languages tell the same."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from scripts.rules import ROOT
from tegata.cli.app import app


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))


def commands_in(name: str) -> set[str]:
    """``make x`` and ``tegata x`` in the code of a page: the word of the command and the one after it."""
    code = "\n".join(re.findall(r"```.*?```|`[^`]+`", text_of(name), re.DOTALL))
    return {" ".join(found) for found in re.findall(r"\b(make|tegata) ([a-z]+)", code)}


@pytest.mark.parametrize("page", ["README.md", "README.ja.md"])
def test_make_commands_of_the_readme_exist(page: str) -> None:
    targets = {command.split()[1] for command in commands_in(page) if command.startswith("make ")}
    assert {"up", "test"} <= targets
    assert targets - make_targets() == set()


def known_commands() -> set[str]:
    """``tegata x`` for each command, and ``tegata x y`` for those of groups."""
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    found = set()
    for name, command in root.commands.items():
        found |= {f"tegata {name}"} | {f"tegata {name} {below}" for below in getattr(command, "commands", ())}
    return found


@pytest.mark.parametrize("page", ["README.md", "README.ja.md", "docs/cli.md"])
def test_tegata_commands_of_the_pages_exist(page: str) -> None:
    code = "\n".join(re.findall(r"```.*?```|`[^`]+`", text_of(page), re.DOTALL))
    named = set(re.findall(r"\btegata ([a-z]+)(?: ([a-z][a-z-]*))?", code))
    known = known_commands()
    groups = {command.split()[1] for command in known if len(command.split()) == 3}
    wanted = {f"tegata {name} {below}" if name in groups and below else f"tegata {name}" for name, below in named}
    assert wanted
    assert wanted - known == set()


def test_the_page_of_the_command_names_every_command() -> None:
    page = text_of("docs/cli.md")
    leaves = {
        command for command in known_commands() if not any(one.startswith(f"{command} ") for one in known_commands())
    }
    assert {command for command in leaves if f"`{command}" not in page} == set()


def test_both_readmes_name_the_same_commands() -> None:
    assert commands_in("README.md") == commands_in("README.ja.md")


def test_help_lists_every_target() -> None:
    shown = subprocess.run(["make", "-s", "-C", ROOT], check=True, capture_output=True, text=True).stdout
    assert set(re.findall(r"^  make ([a-z]+)", shown, re.MULTILINE)) == make_targets()


def test_continuous_integration_is_make_test() -> None:
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert re.search(r"^exec make .*\btest\b", text_of(".ci/run"), re.MULTILINE)


def run_system_packages(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the script with a PATH that holds only what the folder does, as a user who may install nothing."""
    (folder / "id").write_text("#!/bin/sh\necho 1000\n", encoding="utf-8")
    (folder / "id").chmod(0o755)
    return subprocess.run(
        ["/bin/bash", ROOT / "scripts/system-packages"],
        env={"PATH": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_missing_programs_are_named_with_the_command_that_installs_them(tmp_path: Path) -> None:
    result = run_system_packages(tmp_path)
    assert result.returncode == 0
    assert re.search(r"sudo apt-get install .*\bchromium\b", result.stderr)


def test_missing_programs_are_a_failure_in_continuous_integration(tmp_path: Path) -> None:
    assert run_system_packages(tmp_path, CI="true").returncode == 1


def test_pinned_files_hold_versions_and_hashes_only() -> None:
    for file in (ROOT / "requirements").glob("*.txt"):
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
        packages = [line for line in lines if line and not line.startswith(("#", "--hash=sha256:"))]
        assert packages, file.name
        assert [line for line in packages if not re.fullmatch(r"[\w.-]+==[\w.!+-]+( ; .+)? \\", line)] == [], file.name


def test_pinned_files_agree_with_one_another() -> None:
    versions: dict[str, set[str]] = {}
    for file in (ROOT / "requirements").glob("*.txt"):
        for name, version in re.findall(r"^([\w.-]+)==([\w.!+-]+)", file.read_text(encoding="utf-8"), re.MULTILINE):
            versions.setdefault(name, set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_everything_that_the_project_asks_for_is_pinned() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    for file, wanted in {"base": project["dependencies"], **project["optional-dependencies"]}.items():
        pinned = {
            name.lower() for name in re.findall(r"^([\w.-]+)==", text_of(f"requirements/{file}.txt"), re.MULTILINE)
        }
        names = {re.split(r"[\[<>=]", entry)[0].lower().replace("_", "-") for entry in wanted}
        assert names - pinned == set(), f"run `make lock`: requirements/{file}.txt"


def test_every_program_that_a_test_drives_is_installed_by_the_project() -> None:
    asked = {
        package
        for path in (ROOT / "tests").rglob("*.py")
        for package in re.findall(r'need_program\(.*package="([a-z0-9-]+)"', path.read_text(encoding="utf-8"))
    }
    script = (ROOT / "scripts/system-packages").read_text(encoding="utf-8")
    assert (
        {"chromium", "postgresql", "softhsm2"} <= asked <= set(re.findall(r"^    needs (\S+) ", script, re.MULTILINE))
    )
