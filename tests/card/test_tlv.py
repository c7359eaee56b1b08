import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.card import tlv

tags = st.sampled_from([0x6F, 0x81, 0x84, 0x7F49, 0xFF10, 0xFF20, 0xDF21])


@given(st.lists(st.tuples(tags, st.binary(max_size=700)), max_size=5))
def test_objects_come_back_as_they_went_in(fields: list[tuple[int, bytes]]) -> None:
    assert list(tlv.objects(b"".join(tlv.encode(*field) for field in fields))) == fields


@pytest.mark.parametrize(
    ("size", "length"), [(0, "00"), (127, "7F"), (128, "8180"), (255, "81FF"), (256, "820100"), (65535, "82FFFF")]
)
def test_lengths_have_their_shortest_form(size: int, length: str) -> None:
    assert tlv.encode(0xDF22, bytes(size))[: 2 + len(length) // 2].hex().upper() == "DF22" + length


@pytest.mark.parametrize("data", ["", "FF", "FF20", "FF2005AA", "FF2080", "FF2083000001AA", "FF208201", "30"])
def test_cut_or_odd_objects_are_refused(data: str) -> None:
    with pytest.raises(tlv.MalformedTlv):
        dict(tlv.objects(bytes.fromhex(data))) or tlv.header(bytes.fromhex(data))


@given(st.binary(max_size=60))
def test_any_bytes_are_objects_or_malformed(data: bytes) -> None:
    try:
        found = list(tlv.objects(data))
    except tlv.MalformedTlv:
        return
    assert sum(len(value) for _, value in found) <= len(data)
