import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.card import CardContentRefused, tlv
from tegata.card.contents import (
    four_attributes_file,
    my_number_file,
    read_card_number,
    read_four_attributes,
    read_my_number,
    read_resident_code,
    read_text_signature,
    text_signature_file,
)
from tegata.japan.four_attributes import FourAttributes
from tests.card.support import FOUR, MY_NUMBER

people = st.builds(
    FourAttributes,
    name=st.text(st.characters(codec="utf-8"), max_size=120),
    address=st.text(st.characters(codec="utf-8"), max_size=200),
    birth_date=st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", fullmatch=True),
    gender=st.sampled_from(["male", "female", "other"]),
)


@given(people)
def test_four_attributes_come_back(four: FourAttributes) -> None:
    assert read_four_attributes(four_attributes_file(four)) == four


@given(people)
def test_the_offsets_point_at_the_objects(four: FourAttributes) -> None:
    ((_, value),) = tlv.objects(four_attributes_file(four))
    places = dict(tlv.objects(value))[0xDF21]
    tags = [tlv.header(value[int.from_bytes(places[at : at + 2]) :])[0] for at in range(0, 8, 2)]
    assert tags == [0xDF22, 0xDF23, 0xDF24, 0xDF25]


def test_the_files_have_the_tags_of_the_real_card() -> None:
    assert my_number_file(MY_NUMBER) == bytes.fromhex("FF100C") + MY_NUMBER.encode()
    content = four_attributes_file(FOUR)
    assert content[:2] == b"\xff\x20"
    assert content.endswith(bytes.fromhex("DF2408") + b"19800217" + bytes.fromhex("DF2501") + b"2")
    assert "山田　花子".encode() in content


def test_unknown_parts_of_a_birth_date_stay_unknown() -> None:
    four = FourAttributes(name="甲", address="乙", birth_date="1930-00-00", gender="male")
    assert b"19300000" in four_attributes_file(four)
    assert read_four_attributes(four_attributes_file(four)) == four


def test_the_signature_file_is_as_long_as_the_real_one() -> None:
    seen: list[bytes] = []

    def sign(data: bytes) -> bytes:
        seen.append(data)
        return bytes(256)

    content = text_signature_file(b"number", b"attributes", sign)
    assert len(content) == 336
    assert read_text_signature(content).signed == seen[0]
    assert len(seen[0]) == 64


@pytest.mark.parametrize(
    "read", [read_my_number, read_four_attributes, read_text_signature, read_resident_code, read_card_number]
)
@given(data=st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(read: object, data: bytes) -> None:
    assert callable(read)
    for content in (data, b"\xff\x20" + bytes((len(data),)) + data, b"\xff\x10" + bytes((len(data),)) + data):
        try:
            value = read(content)
        except CardContentRefused:
            continue
        assert value


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (0xDF22, b"\xff\xfe"),
        (0xDF24, "１９８００２１７".encode()),
        (0xDF25, b"3"),
        (0xDF25, b""),
    ],
)
def test_four_attributes_with_a_broken_field_are_refused(tag: int, value: bytes) -> None:
    ((_, content),) = tlv.objects(four_attributes_file(FOUR))
    fields = dict(tlv.objects(content)) | {tag: value}
    with pytest.raises(CardContentRefused, match="four attributes"):
        read_four_attributes(tlv.encode(0xFF20, b"".join(tlv.encode(*field) for field in fields.items())))


def test_four_attributes_with_a_missing_field_are_refused() -> None:
    with pytest.raises(CardContentRefused):
        read_four_attributes(tlv.encode(0xFF20, tlv.encode(0xDF22, b"name")))
