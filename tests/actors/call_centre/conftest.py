from collections.abc import Iterator

import pytest

from tests.actors.call_centre.world import SPECS, Screen, World
from tests.fixtures.nodes import NetworkMaker


@pytest.fixture
def world(make_network: NetworkMaker, database_url: str) -> World:
    """The call centre and its J-LIS on SQLite, then on PostgreSQL."""
    return World(make_network(SPECS, database_url))


@pytest.fixture
def quick_world(make_network: NetworkMaker) -> World:
    """The same on SQLite, where the database is not the question."""
    return World(make_network(SPECS, ""))


@pytest.fixture
def sato(quick_world: World) -> Iterator[Screen]:
    """An operator at the screen of the quick world."""
    with quick_world.browser("sato") as screen:
        yield screen
