from collections.abc import Iterator
from itertools import count
from unittest.mock import patch

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tegata.actors.citizen.seed import key_pool
from tegata.actors.citizen.service import drawer
from tegata.actors.citizen.service.phones import shelf
from tests.actors.citizen.phones.bureau import Bureau
from tests.actors.municipality.world import World, standing_world


@pytest.fixture(scope="package")
def phone_keys() -> tuple[rsa.RSAPrivateKey, ...]:
    """Keys for elements: they take long to make. A pair is never of one key, and no phone has two in a row alike."""
    return key_pool(6)


@pytest.fixture(autouse=True)
def quick_keys(phone_keys: tuple[rsa.RSAPrivateKey, ...]) -> Iterator[None]:
    """Elements draw their keys from the pool; that they make fresh ones is proved in the card room."""
    turn = count()
    with patch("tegata.card.issuing.generate_key", lambda: phone_keys[next(turn) % len(phone_keys)]):
        yield


@pytest.fixture(scope="module")
def shared_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for the tests of a module."""
    with standing_world(tmp_path_factory.mktemp("phones")) as world:
        yield world


@pytest.fixture
def quick_world(shared_world: World) -> Iterator[World]:
    """The shared world; who got a phone in a test gives it away after it."""
    yield shared_world
    for phone in drawer.find(shared_world.citizen, "", media=("phone",))[0]:
        shelf.hand_over(shared_world.citizen, phone.card_id, "disposal")


@pytest.fixture
def bureau(quick_world: World) -> Bureau:
    """Who answers the phones of the quick world."""
    return Bureau(quick_world)
