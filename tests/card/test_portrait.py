from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tegata.card import CardContentRefused
from tegata.card import portrait as module
from tegata.card.portrait import MARK, SIZE, Face, as_png, draw_face, face_of, portrait
from tegata.japan.four_attributes import Gender


def picture(photo: bytes) -> Image.Image:
    return Image.open(BytesIO(photo), formats=("JPEG2000",))


def test_a_photo_is_jpeg_2000_of_some_kilobytes() -> None:
    photo = portrait("P000001", age=43, gender="female")
    assert picture(photo).size == SIZE
    assert 3000 < len(photo) < 12_000


def test_the_same_person_has_the_same_photo_and_others_have_their_own() -> None:
    photos = {portrait(f"P{number:06}", age=30, gender="male") for number in range(100)}
    assert len(photos) == 100
    assert portrait("P000001", age=30, gender="male") in photos


@settings(max_examples=30)
@given(
    seed=st.text(max_size=20), age=st.none() | st.integers(0, 120), gender=st.sampled_from(["male", "female", "other"])
)
def test_everybody_can_be_drawn(seed: str, age: int | None, gender: Gender) -> None:
    image = draw_face(face_of(seed, age, gender))
    assert image.size == SIZE
    assert len(image.getcolors(SIZE[0] * SIZE[1]) or []) > 20


def features(face: Face) -> tuple[object, ...]:
    return face.ground, face.skin, face.eye_gap, face.brow, face.smile


def test_a_person_keeps_their_face_when_they_grow_old() -> None:
    young, old = face_of("P000001", 20, "female"), face_of("P000001", 80, "female")
    assert features(young) == features(old)
    assert (young.lines, old.lines) == (False, True)
    assert young != old


def test_age_and_gender_are_seen() -> None:
    faces = [face_of(str(seed), 80, "male") for seed in range(60)]
    assert any(face.style == "bald" for face in faces)
    assert any(face.beard for face in faces)
    assert sum(face.hair in module.GREYS for face in faces) > 30
    children = [face_of(str(seed), 8, "male") for seed in range(60)]
    assert not any(face.beard or face.lines or face.hair in module.GREYS for face in children)
    assert not any(face_of(str(seed), 40, "female").beard for seed in range(60))
    assert {face_of(str(seed), 40, "other").style for seed in range(60)} == {"short", "parted", "bob"}


def test_the_photo_says_that_it_is_a_test() -> None:
    """The foot of two different faces is the same: the word, light on dark."""
    band = (0, SIZE[1] - 26, *SIZE)
    one, other = (draw_face(face_of(seed, 40, "male")).crop(band).convert("L") for seed in ("a", "b"))
    assert one.tobytes() == other.tobytes()
    assert one.getextrema()[1] == 255
    assert one.histogram()[255] > 100
    assert MARK == "TEGATA TEST"


def test_a_browser_gets_the_photo_as_png() -> None:
    png = Image.open(BytesIO(as_png(portrait("P000001", age=43, gender="male"))))
    assert (png.format, png.size) == ("PNG", SIZE)


def large() -> bytes:
    encoded = BytesIO()
    Image.new("L", (2001, 8)).save(encoded, "JPEG2000")
    return encoded.getvalue()


def png() -> bytes:
    encoded = BytesIO()
    Image.new("L", (8, 8)).save(encoded, "PNG")
    return encoded.getvalue()


@pytest.mark.parametrize(
    "photo",
    [b"", b"\0" * 100, b"\xff\x4f\xff\x51", portrait("a", age=1, gender="male")[:700], large(), png()],
    ids=["empty", "zeros", "a marker only", "cut short", "large", "another format"],
)
def test_what_is_no_photo_is_refused(photo: bytes) -> None:
    with pytest.raises(CardContentRefused):
        as_png(photo)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_broken_photo_is_shown_or_refused(data: st.DataObject) -> None:
    photo = bytearray(portrait("a", age=30, gender="male"))
    for at in data.draw(st.lists(st.integers(0, 400), max_size=8)):
        photo[at] = data.draw(st.integers(0, 255))
    with suppress(CardContentRefused):
        assert as_png(bytes(photo)).startswith(b"\x89PNG")


@pytest.mark.parametrize("side", [0x0000FFFF, 0x00003FFF, 0x7FFFFFFF])
def test_a_photo_that_says_it_is_huge_is_refused(side: int) -> None:
    photo = portrait("a", age=30, gender="male")
    at = photo.index(b"ihdr") + 4
    huge = photo[:at] + side.to_bytes(4) * 2 + photo[at + 8 :]
    with pytest.raises(CardContentRefused):
        as_png(huge)
