"""A responder of several processes beside a J-LIS, which a test revokes at and whose clock it moves."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509

from tegata.actors.jlis import SPEC
from tegata.actors.jlis.service import authorities
from tegata.network.site import CLOCK_FILE
from tegata.node.clock import NetworkClock
from tests.actors.jlis.world import World
from tests.node.web.running import free_port
from tests.support import START, make_node

ROOT = Path(__file__).parents[2]


@dataclass
class Responding:
    """``world`` is the J-LIS, ``port`` where the other processes answer."""

    world: World
    port: int

    @property
    def root(self) -> x509.Certificate:
        """Of the signature certificates."""
        return authorities.roots(self.world.node, "sign")[0]

    @property
    def url(self) -> str:
        """Where they are asked."""
        return f"http://127.0.0.1:{self.port}/ocsp/sign"


@contextmanager
def a_world(directory: Path, **own: Any) -> Iterator[World]:
    """A J-LIS whose clock other processes share."""
    directory.mkdir(exist_ok=True)
    clock = NetworkClock(directory / CLOCK_FILE, start=START, frozen=True)
    node = make_node(SPEC, "", clock, data_dir=directory, actors={"jlis": own})
    try:
        yield World(node, clock)
    finally:
        node.close()


@contextmanager
def responding(
    world: World, directory: Path, count: int = 2, *, quiet_seconds: float = 1.5, **own: Any
) -> Iterator[Responding]:
    """A responder on the data of a J-LIS; ended at the end."""
    port = free_port()
    arguments = [directory, str(port), str(count), json.dumps(own), str(quiet_seconds)]
    command = [sys.executable, "-m", "tests.network.ocsp_server", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
            yield Responding(world, port)
            server.terminate()
            assert server.wait(30) == 0
        finally:
            server.kill()
