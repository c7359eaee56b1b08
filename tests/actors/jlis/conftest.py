from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.actors.jlis.world import World, open_world


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    """A J-LIS on SQLite, then on PostgreSQL."""
    with open_world(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def quick_world(tmp_path: Path) -> Iterator[World]:
    """A J-LIS on SQLite, where the database is not the question."""
    with open_world("", tmp_path) as opened:
        yield opened
