from collections.abc import Iterator

import pytest

from tegata.node.identity_tables import AttemptRow
from tests.actors.portal.service_at import Served, open_served
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


@pytest.fixture(scope="module")
def served_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A portal on loopback, for the tests of a module."""
    with open_served(tmp_path_factory.mktemp("oidc")) as opened:
        yield opened


@pytest.fixture
def served(served_portal: Served, monkeypatch: pytest.MonkeyPatch) -> Served:
    """The same for one test, which sees neither the session nor the failed logins of another."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    served_portal.visitor.client.cookies.clear()
    with served_portal.world.node.database.begin() as tx:
        tx.session.query(AttemptRow).delete()
    return served_portal
