"""A visitor of the start page of a whole network whose clock stands."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from tegata.network.home.state import Home, home_of
from tegata.node.web.app import create_app
from tests.node.web.clients import Visitor
from tests.whole import WholeNetwork


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
