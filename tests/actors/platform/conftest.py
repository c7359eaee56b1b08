"""The operator's world."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.actors.platform.world import Operated


@pytest.fixture
def make_operated(make_network: Callable[..., Any]) -> "Callable[[str], Operated]":
    """Makes the world on a database."""
    from tests.actors.platform.world import SETTINGS, SPECS, Operated

    return lambda database_url: Operated(make_network(SPECS, database_url, actors={"platform": SETTINGS}))


@pytest.fixture
def operated(make_operated: "Callable[[str], Operated]") -> "Operated":
    """The world on SQLite."""
    return make_operated("")
