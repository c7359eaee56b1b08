"""The operator's world."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.actors.platform.world import Operated


@pytest.fixture
def operated(request: pytest.FixtureRequest, make_network: Callable[..., Any]) -> "Operated":
    """The world on SQLite, or on the database that ``on_both`` names."""
    from tests.actors.platform.world import SETTINGS, SPECS, Operated

    database = getattr(request, "param", "sqlite")
    url = "" if database == "sqlite" else request.getfixturevalue("postgres_database")
    return Operated(make_network(SPECS, url, actors={"platform": SETTINGS}))
