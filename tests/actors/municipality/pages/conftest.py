from collections.abc import Iterator

import pytest

from tests.actors.municipality.counter import Counter, counter_of
from tests.actors.municipality.world import CHIYODA, SHIBUYA, World, make_world, standing_world
from tests.fixtures.nodes import NetworkMaker


@pytest.fixture
def world(make_network: NetworkMaker) -> World:
    """For pages the database is not the question."""
    return make_world(make_network)


@pytest.fixture
def chiyoda(world: World) -> Iterator[Counter]:
    """A clerk at the counter of the family's municipality."""
    with counter_of(world, CHIYODA) as counter:
        yield counter


@pytest.fixture
def shibuya(world: World) -> Iterator[Counter]:
    """A clerk at the counter that people move to."""
    with counter_of(world, SHIBUYA) as counter:
        yield counter


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """For what is refused: nothing in it changes."""
    with standing_world(tmp_path_factory.mktemp("standing")) as world:
        yield world


@pytest.fixture(scope="module")
def desk(standing: World) -> Iterator[Counter]:
    """A clerk at the counter of the standing world."""
    with counter_of(standing, CHIYODA) as counter:
        yield counter
