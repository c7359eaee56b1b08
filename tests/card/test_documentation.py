"""docs/card.md says of files, commands, status words and switches what the code has."""

import re
from pathlib import Path

import pytest

from tegata.card import Behaviour
from tegata.card.card import ATR, COMMANDS
from tegata.card.files import APPLICATIONS
from tegata.card.status import Status

PAGE = (Path(__file__).parents[2] / "docs" / "card.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table rows below a heading."""
    section = re.split(r"^#+ ", PAGE.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|") and not line.startswith("|---")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_every_file_is_documented_and_no_other() -> None:
    documented: dict[str, set[int]] = {}
    aid = ""
    for cells in rows("Applications and files"):
        aid = re.sub(r"[`\[\]V ]", "", cells[0]) or aid
        documented.setdefault(aid, set()).add(int(cells[2], 16))
    assert documented == {aid.hex().upper(): set(application.files) for aid, application in APPLICATIONS.items()}


def test_every_command_is_documented_and_no_other() -> None:
    documented = {tuple(cells[1].strip("`").split()[:2]) for cells in rows("Commands")}
    assert documented == {(f"{entry.cla:02X}", f"{ins:02X}") for ins, entry in COMMANDS.items()}


def test_every_status_word_is_documented_and_no_other() -> None:
    documented = {word for cells in rows("Status words") for word in cells[0].split(", ")}
    assert documented == {f"{status:04X}" for status in Status} | {"61xx", "63Cx", "6Cxx"}


@pytest.mark.parametrize("name", Behaviour.__struct_fields__)
def test_every_switch_is_documented_with_its_default(name: str) -> None:
    defaults = {cells[0].strip("`"): cells[1].split("`")[1] for cells in rows("Switches")}
    default = getattr(Behaviour(), name)
    assert defaults[name] == (f"0x{default:04X}" if type(default) is int else str(default))


def test_the_atr_is_documented() -> None:
    assert ATR.hex(" ").upper() in PAGE
