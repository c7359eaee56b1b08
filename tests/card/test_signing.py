import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from hypothesis import given
from hypothesis import strategies as st

from tegata.card.signing import (
    SHA256_PREFIX,
    WITH_NULL,
    WITHOUT_NULL,
    check_key,
    generate_key,
    is_digest_info,
    key_der,
    load_key,
    sign_digest_info,
)
from tegata.card.status import Refused
from tests.card.support import Keys


def test_the_prefixes_are_those_of_rfc_8017() -> None:
    assert {prefix.hex().upper() for prefix in WITH_NULL} == {
        "3021300906052B0E03021A05000414",
        "3031300D060960864801650304020105000420",
        "3041300D060960864801650304020205000430",
        "3051300D060960864801650304020305000440",
    }
    assert SHA256_PREFIX.hex().upper() == "3031300D060960864801650304020105000420"


@given(st.sampled_from(sorted(WITH_NULL | WITHOUT_NULL)), st.data())
def test_a_digest_info_is_known_by_prefix_and_size(prefix: bytes, data: st.DataObject) -> None:
    size = (WITH_NULL | WITHOUT_NULL)[prefix]
    digest = data.draw(st.binary(min_size=size, max_size=size))
    assert is_digest_info(prefix + digest, without_null=True)
    assert is_digest_info(prefix + digest, without_null=False) == (prefix in WITH_NULL)
    assert not is_digest_info(prefix + digest + b"\0", without_null=True)
    assert not is_digest_info(prefix + digest[:-1], without_null=True)
    assert not is_digest_info(digest, without_null=True)


def test_a_signature_is_the_one_that_the_library_makes(keys: Keys) -> None:
    signature = sign_digest_info(keys.auth, SHA256_PREFIX + hashlib.sha256(b"data").digest())
    assert signature == keys.auth.sign(b"data", padding.PKCS1v15(), hashes.SHA256())


def test_a_digest_info_that_does_not_fit_is_refused(keys: Keys) -> None:
    with pytest.raises(Refused, match="6F00"):
        sign_digest_info(keys.auth, bytes(250))


def test_a_generated_key_passes_the_check_and_comes_back() -> None:
    key = generate_key()
    check_key(key_der(key))
    assert load_key(key_der(key)).private_numbers() == key.private_numbers()


@given(st.binary(max_size=200))
def test_no_bytes_but_a_key_pass_the_check(data: bytes) -> None:
    with pytest.raises(Refused, match="6A80"):
        check_key(data)


@given(st.data())
def test_a_key_with_a_changed_byte_is_refused(keys: Keys, data: st.DataObject) -> None:
    der = bytearray(key_der(keys.auth))
    der[data.draw(st.integers(0, len(der) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Refused, match="6A80"):
        check_key(bytes(der))
