"""Fixtures for tests of the node."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tegata.node.node import Node
from tests.node.pair import Pair, spec
from tests.support import make_node


@pytest.fixture
def pair(database_url: str, tmp_path: Path) -> Iterator[Pair]:
    opened = Pair(database_url, tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def alpha(database_url: str, tmp_path: Path) -> Iterator[Node]:
    node = make_node(spec("alpha"), database_url, data_dir=tmp_path)
    yield node
    node.close()


@pytest.fixture
def sqlite_pair(tmp_path: Path) -> Iterator[Pair]:
    """For what does not touch the difference between databases."""
    opened = Pair("", tmp_path)
    yield opened
    opened.close()
