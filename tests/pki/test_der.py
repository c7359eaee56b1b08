"""DER within bounds: what is written comes back, and lengths that lie are caught."""

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from tegata.pki import der
from tegata.pki.der import DerError, Reader


@given(st.integers(-(1 << 159), (1 << 159) - 1))
def test_integers_are_those_of_asn1crypto(value: int) -> None:
    assert der.integer(value) == core.Integer(value).dump()
    assert Reader(der.integer(value)).integer() == value


@given(st.one_of(st.integers(0, 300), st.sampled_from([0xFFFF, 0x10000, 0xFFFFFF])))
def test_lengths_are_those_of_asn1crypto(length: int) -> None:
    content = bytes(length)
    encoded = der.encode(der.OCTET_STRING, content)
    assert encoded == core.OctetString(content).dump()
    assert Reader(encoded).content(der.OCTET_STRING) == content


@given(st.binary(max_size=40))
def test_any_bytes_are_read_within_their_bounds(data: bytes) -> None:
    reader = Reader(data)
    try:
        element = reader.read(data[0] if data else der.SEQUENCE)
    except DerError:
        return
    assert 0 == element.start < element.body <= element.end <= len(data)


@pytest.mark.parametrize(
    ("data", "truncated"),
    [
        (b"", True),
        (b"\x30", True),
        (b"\x30\x01", True),
        (b"\x30\x81", True),
        (b"\x30\x82\x01", True),
        (b"\x30\x84\xff\xff\xff\xff", True),
        (b"\x31\x00", False),
        (b"\x30\x80\x00\x00", False),
        (b"\x30\x81\x7f" + bytes(127), False),
        (b"\x30\x82\x00\x80" + bytes(128), False),
        (b"\x30\x85\x01\x00\x00\x00\x00", False),
    ],
)
def test_elements_that_are_not_der(data: bytes, truncated: bool) -> None:
    with pytest.raises(DerError) as error:
        Reader(data).read(der.SEQUENCE)
    assert error.value.truncated is truncated


def test_an_element_can_not_leave_what_holds_it() -> None:
    """The length inside says more than the length outside: a lie, not a cut."""
    inside = Reader(b"\x30\x03\x04\x05ab" + b"more").enter(der.SEQUENCE)
    with pytest.raises(DerError) as error:
        inside.read(der.OCTET_STRING)
    assert not error.value.truncated


@pytest.mark.parametrize("data", [b"\x02\x00", b"\x02\x02\x00\x7f", b"\x02\x02\xff\x80", b"\x02\x15" + b"\x01" * 21])
def test_integers_that_are_not_der(data: bytes) -> None:
    with pytest.raises(DerError):
        Reader(data).integer()


def test_booleans() -> None:
    assert Reader(b"\x01\x01\xff").boolean()
    assert not Reader(b"\x02\x01\x00").boolean()
    for wrong in (b"\x01\x01\x00", b"\x01\x01\x01", b"\x01\x02\xff\xff"):
        with pytest.raises(DerError):
            Reader(wrong).boolean()


def test_what_is_left_over_is_an_error() -> None:
    reader = Reader(b"\x05\x00\x00")
    reader.read(der.NULL)
    with pytest.raises(DerError, match="1 bytes too many"):
        reader.finish()
