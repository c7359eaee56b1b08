import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.node.sealing import SealBroken, Sealer, derive_key, fingerprint

KEY = bytes(range(32))


@given(st.binary(max_size=500))
def test_what_is_sealed_opens_and_shows_nothing(plain: bytes) -> None:
    sealed = Sealer(KEY).seal(plain)
    assert Sealer(KEY).open(sealed) == plain
    assert len(plain) < 8 or plain not in sealed


def test_the_same_value_is_sealed_differently_each_time() -> None:
    assert Sealer(KEY).seal(b"123456789018") != Sealer(KEY).seal(b"123456789018")


@given(st.binary(min_size=1, max_size=40), st.data())
def test_any_altered_byte_is_noticed(plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(Sealer(KEY).seal(plain))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        Sealer(KEY).open(bytes(sealed))


@pytest.mark.parametrize("length", [0, 1, 12, 13, 28])
def test_a_cut_off_value_is_noticed(length: int) -> None:
    with pytest.raises(SealBroken):
        Sealer(KEY).open(Sealer(KEY).seal(b"abc")[:length])


def test_another_key_does_not_open() -> None:
    with pytest.raises(SealBroken):
        Sealer(bytes(32)).open(Sealer(KEY).seal(b"abc"))


def test_keys_differ_by_purpose_and_parts_do_not_run_together() -> None:
    keys = {
        derive_key(KEY, "a", "bc"),
        derive_key(KEY, "ab", "c"),
        derive_key(KEY, "abc"),
        derive_key(bytes(32), "abc"),
    }
    assert len(keys) == 4
    assert derive_key(KEY, "a", "bc") == derive_key(KEY, "a", "bc")


def test_a_fingerprint_finds_without_telling() -> None:
    assert fingerprint(KEY, "123456789018") == fingerprint(KEY, "123456789018")
    assert fingerprint(KEY, "123456789018") != fingerprint(bytes(32), "123456789018")
