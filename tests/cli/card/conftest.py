"""Cards of a small network on a virtual reader: what they hold is in the network's data directory."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tegata.actors.citizen.service import insertion
from tegata.actors.citizen.service.insertion import Inserted
from tegata.cli.site import acting
from tegata.network.population import Person, generate
from tegata.network.site import Site
from tegata.node.clock import NetworkClock
from tegata.node.node import Node
from tests.fixtures.pcsc import VirtualReader
from tests.support import START

SECONDS = 60
Program: TypeAlias = "Callable[..., subprocess.CompletedProcess[str]]"


@dataclass(frozen=True)
class Drawer:
    """The citizen's drawer of a network, and who lives there."""

    data: Path
    node: Node
    people: list[Person]

    @contextmanager
    def inserted(self, reader: VirtualReader, person: Person, **switches: Any) -> Iterator[Inserted]:
        """A person's card lies on the reader."""
        chosen = insertion.choose(self.node, person.person_id)
        with insertion.laid_out(self.node, chosen, switches) as card, reader.holding(card):
            yield card


@pytest.fixture(scope="module")
def drawer(network_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drawer]:
    """A network that stands, for the tests of a module: each takes people of its own."""
    data = Path(shutil.copytree(network_template, tmp_path_factory.mktemp("cards") / "data"))
    site = Site(data)
    NetworkClock(site.clock_file, start=START, frozen=True)
    record = site.ready()
    people = list(generate(record.seed, record.people, on=record.on))
    with acting(data, None, "citizen") as node:
        yield Drawer(data, node, people)


@pytest.fixture(scope="module")
def signers(drawer: Drawer) -> Iterator[Person]:
    """People whose cards can sign, one after the other."""
    return (person for person in drawer.people if person.has_sign_certificate)


@pytest.fixture
def program() -> Program:
    """Runs a program of the system and gives what it said, in English."""

    def run_it(*arguments: object, given: str | None = None, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        ran = subprocess.run(
            [str(argument) for argument in arguments], input=given, capture_output=True, text=True, timeout=SECONDS,
            check=False,
        )  # fmt: skip
        assert code is None or ran.returncode == code, ran
        return ran

    return run_it
