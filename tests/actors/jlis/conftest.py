from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tegata.pki.keys import SoftwareSigner
from tests.actors.jlis.world import World, open_world


@cache
def _pooled(number: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(autouse=True)
def _keys_of_a_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys take long to make: each test's authorities get different ones, every test the same."""
    numbers = count()
    monkeypatch.setattr(SoftwareSigner, "generate_rsa", lambda: SoftwareSigner(_pooled(next(numbers))))


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
