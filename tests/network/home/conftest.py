"""A visitor of the start page of a whole network whose clock stands."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from tegata.network.home.state import Home, home_of
from tegata.node.web.app import create_app
from tests.node.web.clients import Visitor
from tests.whole import WholeNetwork


@pytest.fixture(scope="module")
def still(network_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeNetwork]:
    """A network for tests that leave it as it is; one for all of a module."""
    network = WholeNetwork(Path(shutil.copytree(network_template, tmp_path_factory.mktemp("still") / "data")))
    yield network
    network.close()


@pytest.fixture
def still_client(still: WholeNetwork) -> Iterator[TestClient[Any]]:
    before = still.now
    with TestClient(create_app(still["network"]), base_url=still.base_url, raise_server_exceptions=False) as opened:
        yield opened
    assert still.now == before


@pytest.fixture
def reader(still_client: TestClient[Any]) -> Visitor:
    """A visitor who changes nothing."""
    return Visitor(still_client)


@pytest.fixture
def client(whole: WholeNetwork) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(whole["network"]), base_url=whole.base_url, raise_server_exceptions=False) as opened:
        yield opened
    assert home_of(whole["network"]).works.wait(60), "a test leaves no work behind"


@pytest.fixture
def visitor(client: TestClient[Any]) -> Visitor:
    return Visitor(client)


@pytest.fixture
def home(whole: WholeNetwork) -> Home:
    return home_of(whole["network"])
