"""The bank's world, on either database."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.actors.bank.world import Banked


@pytest.fixture
def banked(make_network: Callable[..., Any], database_url: str) -> "Banked":
    """On SQLite, then on PostgreSQL."""
    from tests.actors.bank.world import SPECS, Banked

    return Banked(make_network(SPECS, database_url))


@pytest.fixture
def quick_bank(make_network: Callable[..., Any]) -> "Banked":
    """On SQLite, where the database is not the question."""
    from tests.actors.bank.world import SPECS, Banked

    return Banked(make_network(SPECS))
