"""What the tests of all actors share."""

from functools import cache
from itertools import count

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tegata.pki.keys import SoftwareSigner


@cache
def _pooled(number: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(autouse=True)
def _keys_of_a_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys take long to make: each test's authorities get different ones, every test the same."""
    numbers = count()
    monkeypatch.setattr(SoftwareSigner, "generate_rsa", lambda: SoftwareSigner(_pooled(next(numbers))))
