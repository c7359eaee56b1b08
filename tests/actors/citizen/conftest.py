from collections.abc import Iterator

import pytest

from tests.actors.citizen.desk import Asker, Reader, reader_of
from tests.actors.municipality.world import World, make_world, standing_world
from tests.fixtures.nodes import NetworkMaker


@pytest.fixture
def world(make_network: NetworkMaker, database_url: str) -> World:
    """The drawer with municipality and J-LIS, on SQLite, then on PostgreSQL."""
    return make_world(make_network, database_url)


@pytest.fixture
def quick_world(make_network: NetworkMaker) -> World:
    """The same on SQLite, where the database is not the question."""
    return make_world(make_network)


@pytest.fixture
def asker(quick_world: World) -> Asker:
    """Who asks for signatures."""
    return Asker(quick_world)


@pytest.fixture
def reader(quick_world: World) -> Iterator[Reader]:
    """A browser at the reader."""
    with reader_of(quick_world) as client:
        yield Reader(client)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """For what is refused: no card changes in it."""
    with standing_world(tmp_path_factory.mktemp("standing")) as world:
        yield world


@pytest.fixture(scope="module")
def asking(standing: World) -> Asker:
    """Who asks in the standing world."""
    return Asker(standing)


@pytest.fixture(scope="module")
def kiosk(standing: World) -> Iterator[Reader]:
    """A browser at the reader of the standing world."""
    with reader_of(standing) as client:
        yield Reader(client)
