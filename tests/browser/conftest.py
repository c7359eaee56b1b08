"""Whole networks behind a port, for a browser."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest

from tests.fixtures.whole_network import served
from tests.whole import WholeNetwork

ResultT = TypeVar("ResultT")


def apart(work: Callable[[], ResultT]) -> ResultT:
    """Do something with a network in a thread of its own: Playwright's event loop counts as running in this one."""
    with ThreadPoolExecutor(1) as elsewhere:
        return elsewhere.submit(work).result()


@pytest.fixture(scope="module")
def whole(network_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeNetwork]:
    """A network at ten o'clock of an ordinary Monday; the tests of a module share it."""
    network = served(network_template, Path(tmp_path_factory.mktemp("browser")) / "data")
    yield apart(network.__enter__)
    apart(lambda: network.__exit__(None, None, None))
