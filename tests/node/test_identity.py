"""The service key: the same secret gives the same key, and nothing private is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.node.identity import P256_ORDER, ServiceKey


@given(st.binary(min_size=32, max_size=32), st.sampled_from(["bank", "jlis"]))
def test_a_secret_gives_one_key_for_each_actor(secret: bytes, actor: str) -> None:
    key = ServiceKey.derive(secret, actor)
    assert ServiceKey.derive(secret, actor).thumbprint == key.thumbprint
    assert ServiceKey.derive(secret, actor + "-other").thumbprint != key.thumbprint


def test_the_published_set_has_the_public_half() -> None:
    key = ServiceKey.derive(bytes(32), "bank")
    (published,) = key.jwks()["keys"]
    assert set(published) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert published["kid"] == key.thumbprint


def test_the_order_is_that_of_p256() -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    ec.derive_private_key(P256_ORDER - 1, ec.SECP256R1())
    with pytest.raises(ValueError, match="Invalid EC key"):
        ec.derive_private_key(P256_ORDER, ec.SECP256R1())
