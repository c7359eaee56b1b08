"""The drawer behind a port, at both of its addresses, for a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from tegata.actors.citizen.service import phones
from tegata.network.assembly import Mounts
from tegata.node.node import Node
from tegata.node.web.app import create_app
from tests.actors.citizen.desk import Asker
from tests.actors.citizen.phones.bureau import Bureau
from tests.actors.municipality.world import PASSWORD, SPECS, World, _next_authority_key
from tests.node.web.running import free_port, running
from tests.support import TestNetwork

PHONE_PASSWORD, PHONE_PIN = "PHONE77", "2580"


@dataclass
class Site:
    """``base`` is the drawer's own address, ``app`` the one of phones."""

    world: World
    bureau: Bureau
    asker: Asker
    base: str
    app: str

    @property
    def node(self) -> Node:
        """The drawer."""
        return self.world.citizen

    def phone(self, model: str = "tegata-one", *, certificates: bool = True) -> str:
        """Hanako has one more phone, with certificates on it."""
        phone_id = phones.get(self.node, "P000002", model)
        if certificates:
            outcome = phones.apply(
                self.node, "P000002", phone_id, card_password=PASSWORD, password=PHONE_PASSWORD, pin=PHONE_PIN
            )
            assert outcome.state == "done"
        return phone_id


@contextmanager
def site(data_dir: Path) -> Iterator[Site]:
    """Serve one."""
    port = free_port()
    with patch("tegata.pki.keys.SoftwareSigner.generate_rsa", _next_authority_key):
        network = TestNetwork(SPECS, "", data_dir, public_base_url=f"http://127.0.0.1:{port}")
    try:
        world = World(network)
        bureau, asker = Bureau(world), Asker(world, "bank")
        with running(Mounts({"citizen": create_app(world.citizen)}, None), port) as base:
            yield Site(world, bureau, asker, f"{base}/citizen", f"http://localhost:{port}/citizen")
    finally:
        network.close()
