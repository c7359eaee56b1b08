import pytest

from tests.actors.municipality.world import World, make_world
from tests.fixtures.nodes import NetworkMaker


@pytest.fixture
def world(make_network: NetworkMaker, database_url: str) -> World:
    """The municipality, J-LIS and the drawer, on SQLite, then on PostgreSQL."""
    return make_world(make_network, database_url)


@pytest.fixture
def quick_world(make_network: NetworkMaker) -> World:
    """The same on SQLite, where the database is not the question."""
    return make_world(make_network)
