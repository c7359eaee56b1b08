"""A folder with customers and lists."""

from pathlib import Path

import pytest

from tests.actors.bank.service.customer_matching.world import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Its list has the serials 7, 128 and a wide one."""
    return Folder(tmp_path)
