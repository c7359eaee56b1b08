from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient

from tegata.node.clock import ManualClock
from tegata.node.identity import service_key
from tegata.node.node import Node
from tegata.node.oauth import register_client
from tegata.node.staff import add_staff
from tegata.node.web.app import ActorApp, create_app
from tests.node.web.clients import ApiClient, Visitor
from tests.node.web.sample import SPEC
from tests.support import START, make_node


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def node_database() -> str:
    """SQLite in the data directory; modules whose subject is in the database take both."""
    return ""


@pytest.fixture
def node(node_database: str, tmp_path: Path, clock: ManualClock) -> Iterator[Node]:
    made = make_node(SPEC, node_database, clock, data_dir=tmp_path / "node")
    with made.database.begin() as tx:
        register_client(tx, "desk", service_key(made).public_jwk, {"notes:read", "notes:write"})
        add_staff(
            tx, made, login="suzuki", name="鈴木", password="correct horse", roles=frozenset({"clerk"}), scope="13101"
        )
        add_staff(tx, made, login="sato", name="佐藤", password="battery staple", roles=frozenset({"clerk", "chief"}))
    yield made
    made.close()


@pytest.fixture
def app(node: Node) -> ActorApp:
    return create_app(node)


@pytest.fixture
def client(app: ActorApp) -> Iterator[TestClient[ActorApp]]:
    with TestClient(app) as made:
        yield made


@pytest.fixture
def api(client: TestClient[ActorApp], node: Node) -> ApiClient:
    return ApiClient(client, node)


@pytest.fixture
def visitor(client: TestClient[ActorApp]) -> Visitor:
    return Visitor(client)
