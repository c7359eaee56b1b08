"""The command in this process, on a copy of a small network's data."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pytest

from tegata.network.site import Site
from tegata.node.clock import NetworkClock
from tests.support import START


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


Run: TypeAlias = Callable[..., Ran]


@pytest.fixture
def data(network_template: Path, tmp_path: Path) -> Path:
    """A network that stands, its clock at ten of an ordinary Monday."""
    directory = Path(shutil.copytree(network_template, tmp_path / "data"))
    NetworkClock(Site(directory).clock_file, start=START, frozen=True)
    return directory


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs ``tegata`` with arguments, in English."""
    from tegata.cli import main

    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")

    def run_it(*arguments: object) -> Ran:
        monkeypatch.setattr("sys.argv", ["tegata", *(str(argument) for argument in arguments)])
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfdbinary.readouterr()
        return Ran(int(ended.value.code or 0), out.decode(), err.decode())

    return run_it
