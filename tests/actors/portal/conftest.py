from collections.abc import Iterator

import pytest

from tests.actors.portal.world import SPECS, Portal, Visitor
from tests.fixtures.nodes import NetworkMaker


@pytest.fixture
def world(make_network: NetworkMaker, database_url: str) -> Portal:
    """Portal and J-LIS on SQLite, then on PostgreSQL."""
    return Portal(make_network(SPECS, database_url))


@pytest.fixture
def quick_world(make_network: NetworkMaker) -> Portal:
    """The same on SQLite, where the database is not the question."""
    return Portal(make_network(SPECS, ""))


@pytest.fixture
def visitor(quick_world: Portal) -> Iterator[Visitor]:
    """A browser at the quick world's portal."""
    with quick_world.browser() as opened:
        yield opened
