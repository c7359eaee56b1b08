from collections.abc import Iterator
from itertools import count
from unittest.mock import patch

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from litestar.testing import TestClient

from tegata.actors.citizen.seed import key_pool
from tegata.actors.citizen.service import drawer, phones
from tegata.actors.citizen.service.phones import shelf
from tegata.node.node import Node
from tegata.node.web.app import ActorApp, create_app
from tests.actors.citizen.phones.bureau import Bureau
from tests.actors.citizen.phones.hand import Hand
from tests.actors.citizen.phones.site import PHONE_PASSWORD, PHONE_PIN
from tests.actors.municipality.world import PASSWORD, World, standing_world


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


@pytest.fixture
def node(quick_world: World) -> Node:
    return quick_world.citizen


@pytest.fixture(scope="module")
def shared_app(shared_world: World) -> ActorApp:
    """The drawer's application; it keeps nothing between requests."""
    return create_app(shared_world.citizen)


@pytest.fixture
def hand(quick_world: World, shared_app: ActorApp) -> Iterator[Hand]:
    with TestClient(shared_app) as client:
        yield Hand(client)


@pytest.fixture
def empty(node: Node, bureau: Bureau) -> str:
    return phones.get(node, "P000002", "tegata-one")


@pytest.fixture
def phone(node: Node, empty: str) -> str:
    phones.apply(node, "P000002", empty, card_password=PASSWORD, password=PHONE_PASSWORD, pin=PHONE_PIN)
    return empty
