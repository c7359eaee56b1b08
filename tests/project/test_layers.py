"""The import contracts of pyproject.toml hold, and each of them can fail."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.rules import ROOT

ROOMS = ("cli", "network", "actors", "actors/bank", "actors/jlis", "node", "wire", "pki", "card", "japan")


def lint(folder: Path, source: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo", "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """An empty house with every room, under the project's own contracts."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for room in (".", *ROOMS):
        (tmp_path / "tegata" / room).mkdir(exist_ok=True)
        (tmp_path / "tegata" / room / "__init__.py").touch()
    return tmp_path


def test_the_contracts_hold() -> None:
    result = lint(ROOT, ROOT / "src")
    assert result.returncode == 0, result.stdout


def test_an_empty_house_breaks_nothing(house: Path) -> None:
    assert lint(house, house).returncode == 0


@pytest.mark.parametrize(
    ("room", "imported", "broken"),
    [
        ("japan", "tegata.pki", "Layers"),
        ("pki", "tegata.card", "Layers"),
        ("card", "tegata.pki", "Layers"),
        ("wire", "tegata.node", "Layers"),
        ("node", "tegata.actors.bank", "Layers"),
        ("actors/jlis", "tegata.network", "Layers"),
        ("network", "tegata.cli", "Layers"),
        ("actors/jlis", "tegata.actors.bank", "An actor is a trust boundary"),
        ("pki", "sqlalchemy", "japan, pki and card stand on no database"),
        ("card", "httpx", "japan, pki and card stand on no database"),
    ],
)
def test_a_forbidden_import_is_found(house: Path, room: str, imported: str, broken: str) -> None:
    (house / "tegata" / room / "__init__.py").write_text(f"import {imported}\n", encoding="utf-8")
    result = lint(house, house)
    assert result.returncode == 1
    assert [line for line in result.stdout.splitlines() if line.startswith(broken) and line.endswith("BROKEN")]


def test_a_room_without_a_layer_is_found(house: Path) -> None:
    (house / "tegata" / "attic").mkdir()
    (house / "tegata" / "attic" / "__init__.py").touch()
    result = lint(house, house)
    assert result.returncode == 1
    assert "attic" in result.stdout
