from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.card import CardContentRefused, Front, tlv
from tegata.card.visual_contents import back_file, front_file, read_back, read_front
from tegata.japan.dates import is_birth_date
from tests.card.support import FOUR, MY_NUMBER, PHOTO
from tests.card.test_contents import people

FRONT = Front.of(FOUR, date(2033, 2, 17), "0042", PHOTO)


@given(four=people, expires=st.dates(date(2016, 1, 1), date(2099, 12, 31)), code=st.from_regex(r"\A[0-9]{4}\Z"))
def test_a_front_comes_back(four: object, expires: date, code: str) -> None:
    front = Front.of(four, expires, code, PHOTO)  # type: ignore[arg-type]
    try:
        assert read_front(front_file(front)) == front
    except CardContentRefused:
        assert not is_birth_date(front.birth_date)


def test_the_front_has_the_tags_of_the_real_card_in_their_order() -> None:
    ((tag, value),) = tlv.objects(front_file(FRONT))
    assert tag == 0xFF20
    assert [tag for tag, _ in tlv.objects(value)] == list(range(0xDF21, 0xDF2B))
    places = tlv.fields(value)[0xDF21]
    tags = [tlv.header(value[int.from_bytes(places[at : at + 2]) :])[0] for at in range(0, 18, 2)]
    assert tags == list(range(0xDF22, 0xDF2B))


def test_a_photo_of_any_size_that_fits_the_file_comes_back() -> None:
    for size in (0, 100, 250, 300, 30_000):
        front = Front.of(FOUR, date(2033, 2, 17), "0042", PHOTO + bytes(size))
        assert read_front(front_file(front)) == front


def test_a_back_comes_back_with_the_tags_of_the_real_card() -> None:
    content = back_file(MY_NUMBER)
    assert read_back(content) == MY_NUMBER
    ((tag, value),) = tlv.objects(content)
    assert (tag, [tag for tag, _ in tlv.objects(value)]) == (0xFF40, [0xDF41, 0xDF42, 0xDF43])


def test_padding_after_the_object_is_not_read() -> None:
    assert read_front(front_file(FRONT) + b"\xff" * 40) == FRONT
    assert read_back(back_file(MY_NUMBER) + b"\xff" * 40) == MY_NUMBER


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (0xDF22, b"1980021"),
        (0xDF22, b"19801317"),
        (0xDF22, b"20230230"),
        (0xDF22, "１９８００２１７".encode()),
        (0xDF23, b"3"),
        (0xDF25, b"\xff\xfe"),
        (0xDF27, b""),
        (0xDF27, b"\x89PNG\r\n\x1a\n"),
        (0xDF29, b"20330230"),
        (0xDF29, b"2033021"),
        (0xDF29, "²0330217".encode()),
        (0xDF2A, b"12a4"),
        (0xDF2A, b"12345"),
    ],
)
def test_a_front_with_a_broken_field_is_refused(tag: int, value: bytes) -> None:
    ((_, content),) = tlv.objects(front_file(FRONT))
    fields = tlv.fields(content) | {tag: value}
    with pytest.raises(CardContentRefused, match="front"):
        read_front(tlv.encode(0xFF20, b"".join(tlv.encode(*field) for field in fields.items())))


@pytest.mark.parametrize("missing", [0xDF22, 0xDF23, 0xDF25, 0xDF26, 0xDF27, 0xDF29, 0xDF2A])
def test_a_front_with_a_missing_field_is_refused(missing: int) -> None:
    ((_, content),) = tlv.objects(front_file(FRONT))
    kept = [field for field in tlv.objects(content) if field[0] != missing]
    with pytest.raises(CardContentRefused):
        read_front(tlv.encode(0xFF20, b"".join(tlv.encode(*field) for field in kept)))


def test_a_field_that_comes_twice_is_refused() -> None:
    """Two readers may not see two names on one card."""
    ((_, content),) = tlv.objects(front_file(FRONT))
    with pytest.raises(CardContentRefused):
        read_front(tlv.encode(0xFF20, content + tlv.encode(0xDF25, b"another name")))
    with pytest.raises(CardContentRefused):
        read_back(tlv.encode(0xFF40, 2 * tlv.encode(0xDF41, MY_NUMBER.encode())))


@pytest.mark.parametrize("number", [b"12345678901", b"1234567890123", "１２３４５６７８９０１８".encode(), b""])
def test_a_back_without_a_number_is_refused(number: bytes) -> None:
    with pytest.raises(CardContentRefused):
        read_back(tlv.encode(0xFF40, tlv.encode(0xDF41, number)))


@given(data=st.binary(max_size=120), at=st.integers(0, 200), with_what=st.binary(max_size=6))
def test_any_bytes_are_read_or_refused(data: bytes, at: int, with_what: bytes) -> None:
    whole = front_file(FRONT)
    for content in (data, tlv.encode(0xFF20, data), tlv.encode(0xFF40, data), whole[:at], splice(whole, at, with_what)):
        for read in (read_front, read_back):
            try:
                assert read(content)
            except CardContentRefused as refused:
                assert refused.reason  # noqa: PT017


def splice(content: bytes, at: int, with_what: bytes) -> bytes:
    return content[:at] + with_what + content[at + len(with_what) :]
