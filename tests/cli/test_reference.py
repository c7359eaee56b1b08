"""What the command says of itself."""

import json
from importlib import metadata

import pytest

from tegata.cli.language import language, t
from tegata.wire.problems import REGISTRY
from tests.cli.conftest import Run

COMMANDS = (
    "up",
    "serve",
    "story",
    "clock",
    "people",
    "export",
    "audit",
    "bank",
    "clients",
    "db",
    "jlis",
    "problems",
    "version",
)


def test_help_lists_every_command(run: Run) -> None:
    ran = run("--help")
    assert ran.code == 0
    for command in COMMANDS:
        assert f" {command} " in ran.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(run: Run, command: str) -> None:
    ran = run(command, "--help")
    assert ran.code == 0
    assert f"tegata {command}" in ran.out


@pytest.mark.parametrize(
    "arguments", [("nothing",), ("people", "nothing"), ("people", "list", "--nothing"), ("clock",)]
)
def test_wrong_use_is_told_and_is_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    ran = run(*arguments)
    assert ran.code == 2
    assert ran.err + ran.out


def test_version(run: Run) -> None:
    assert run("version").out.strip() == metadata.version("tegata")


def test_problems_lists_every_refusal(run: Run) -> None:
    listed = json.loads(run("problems", "--json").out)
    codes = [one["code"] for one in listed]
    assert codes == sorted(codes)
    assert set(codes) == REGISTRY.keys()
    assert {"network-not-running", "changed-not-yet-available", "port-taken"} <= set(codes)
    assert "port-taken" in run("problems").out


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "ja"}, "ja"),
        ({}, "en"),
    ],
)
def test_the_language_is_the_locales(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str) -> None:
    for name in ("LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert language() == expected
    assert t("手形", "pass") == {"ja": "手形", "en": "pass"}[expected]
