"""A network that stands, opened for a command."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tegata.network.site import Record
    from tegata.node.node import Node


@contextmanager
def reading(data: Path, settings: Path | None, actor: str) -> "Iterator[tuple[Node, Record]]":
    """An actor's records, and what the network was made of. Raises ``Refused`` (no-network-here, unknown-actor)."""
    from tegata.network import running  # noqa: PLC0415
    from tegata.network.site import Site  # noqa: PLC0415

    site = Site(data)
    record = site.ready()
    with running.reading(actor, running.settings_of(site, settings), running.clock_of(site)) as node:
        yield node, record


@contextmanager
def acting(data: Path, settings: Path | None, actor: str) -> "Iterator[Node]":
    """An actor, opened to do something. Raises ``Refused`` (no-network-here, unknown-actor)."""
    from tegata.network import running  # noqa: PLC0415
    from tegata.network.site import Site  # noqa: PLC0415

    site = Site(data)
    site.ready()
    with running.acting(actor, running.settings_of(site, settings), running.clock_of(site)) as node:
        yield node
