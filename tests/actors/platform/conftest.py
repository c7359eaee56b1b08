"""The operator's world, on either database."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.actors.platform.world import Operated


@pytest.fixture
def operated(make_network: Callable[..., Any], database_url: str) -> "Operated":
    from tests.actors.platform.world import SETTINGS, SPECS, Operated

    return Operated(make_network(SPECS, database_url, actors={"platform": SETTINGS}))
