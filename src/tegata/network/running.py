"""A network opened with its start page: all actors of a data directory, or one of them by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from tegata.network import accounts, crldp
from tegata.network.actors import spec_of, specs
from tegata.network.assembly import Network
from tegata.network.home import SPEC as HOME
from tegata.network.home.state import STATE_KEY, Home
from tegata.network.journal import Journal
from tegata.network.site import Record, Site
from tegata.node.clock import NetworkClock
from tegata.node.node import Node
from tegata.node.settings import Settings, load_settings
from tegata.node.transport import LocalApps


def settings_of(site: Site, file: Path | None = None, *, base_url: str | None = None) -> Settings:
    """Settings of a network: those of the file and the environment, its directory, and where it is reached.

    Raises ``SettingsError``.
    """
    settings = msgspec.structs.replace(load_settings(file), data_dir=site.directory)
    record = site.record
    url = base_url or (record.base_url if record is not None else settings.public_base_url)
    peers = {HOME.name: url, **settings.peers}
    return msgspec.structs.replace(settings, public_base_url=url, peers=peers)


def clock_of(site: Site) -> NetworkClock:
    """The clock of a network that stands."""
    return NetworkClock(site.clock_file)


def open_all(settings: Settings, clock: NetworkClock) -> Network:
    """All actors in this process, with the start page at ``/``. Raises ``Refused`` (actor-runs-elsewhere)."""
    journal = Journal()
    network = Network([*specs(), HOME], settings, clock, home=HOME.name, observers=(journal,))
    network.nodes[HOME.name].state[STATE_KEY] = Home(network, journal)
    network.closing.append(journal.close)
    for node in network.nodes.values():
        node.state["clock-page"] = f"{network.nodes[HOME.name].base_url}/clock"
    return network


def open_one(name: str, settings: Settings, clock: NetworkClock) -> Network:
    """One actor by itself; the settings say where the others are.

    It stands at ``/``, or below its name where its own address has a path. Raises ``Refused``: unknown-actor,
    actor-runs-elsewhere.
    """
    has_path = urlsplit(settings.base_url_of(name)).path.strip("/")
    return Network([spec_of(name)], settings, clock, home="" if has_path else name)


def show_accounts(network: Network, record: Record) -> None:
    """Let the login pages of a demonstration name the accounts that set-up made."""
    if network.settings.demonstration:
        for name, shown in accounts.demonstration(record).items():
            if name in network.nodes:
                network.nodes[name].state["demonstration-accounts"] = [account.shown for account in shown]


def moved(site: Site, record: Record, network: Network) -> None:
    """Note that a network is reached elsewhere than when it was made: who works beside it finds it there."""
    url = network.settings.public_base_url
    if record.base_url != url:
        crldp.write(network)
        site.write(msgspec.structs.replace(record, base_url=url))


@contextmanager
def reading(name: str, settings: Settings, clock: NetworkClock) -> Iterator[Node]:
    """One actor's records, to be read beside a network that may be running. Raises ``Refused`` (unknown-actor)."""
    node = Node(spec_of(name), settings, clock, LocalApps())
    try:
        yield node
    finally:
        node.close()


@contextmanager
def acting(name: str, settings: Settings, clock: NetworkClock) -> Iterator[Node]:
    """One actor, opened to do something beside a network that may be running. Raises ``Refused`` (unknown-actor)."""
    node = Node.open(spec_of(name), settings, clock=clock)
    try:
        yield node
    finally:
        node.close()
