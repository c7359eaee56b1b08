"""The face photo of a synthetic person: drawn from a seed, never a picture of anybody (decision 0013).

A drawing of circles and curves in front of a plain ground, with TEGATA TEST across its foot. The same seed, age and
gender give the same picture; the face stays a person's own while hair and lines follow the age. That the photo on a
card is JPEG 2000 is known; its size is [GAP], and so are its colours: grey, which takes a third of the time to encode.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

from tegata.card.errors import CardContentRefused
from tegata.japan.four_attributes import Gender

SIZE = (160, 200)
"""Width and height in pixels."""
LARGEST_SIDE = 2000
"""A photo with a longer side is refused before it is decoded."""
MARK = "TEGATA TEST"
CHILD_UNTIL, GREY_FROM, LINES_FROM = 15, 60, 55
ADULT = 20
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_SCALE = 2
"""Drawn larger and reduced, for smooth edges."""
_BAND = 26

Colour = tuple[int, int, int]
Hair = Literal["short", "parted", "bald", "bob", "long", "bun"]

GROUNDS: Sequence[Colour] = ((214, 229, 241), (226, 236, 220), (240, 230, 214), (232, 226, 240), (222, 236, 236))
SKINS: Sequence[Colour] = ((250, 224, 200), (244, 210, 182), (236, 196, 162), (222, 178, 142), (190, 142, 108))
HAIRS: Sequence[Colour] = ((34, 30, 32), (52, 40, 36), (78, 54, 40), (104, 72, 48), (24, 26, 40))
GREYS: Sequence[Colour] = ((150, 150, 152), (190, 190, 192), (222, 222, 222))
CLOTHES: Sequence[Colour] = ((44, 62, 96), (70, 84, 78), (120, 60, 66), (88, 74, 112), (60, 110, 120), (150, 120, 70))
INK: Colour = (58, 44, 42)
LIPS: Colour = (176, 84, 84)


@dataclass(frozen=True, slots=True)
class Face:
    """What a face is drawn from. Lengths are in pixels of the larger drawing."""

    ground: Colour
    skin: Colour
    hair: Colour
    clothes: Colour
    style: Hair
    width: int
    height: int
    eye_gap: int
    eye_size: int
    brow: int
    smile: int
    glasses: bool
    beard: bool
    lines: bool


def face_of(seed: str, age: int | None, gender: Gender) -> Face:
    """The features that a seed gives. Each is drawn whether it is used or not, so that one does not move the others."""
    draws = random.Random(f"tegata face {seed}")  # noqa: S311 - a drawing, not a secret
    ground, skin, dark, clothes = (draws.choice(each) for each in (GROUNDS, SKINS, HAIRS, CLOTHES))
    grey, turn, styles = draws.choice(GREYS), draws.random(), draws.random()
    width, height = draws.randint(120, 142), draws.randint(160, 184)
    eye_gap, eye_size, brow, smile = (draws.randint(*span) for span in ((28, 36), (6, 9), (-5, 1), (8, 20)))
    wears, shaves = draws.random(), draws.random()
    years = ADULT if age is None else age
    return Face(
        ground=ground, skin=skin, hair=grey if years >= GREY_FROM and turn < 0.8 else dark, clothes=clothes,
        style=_style(styles, years, gender), width=width + (8 if years < CHILD_UNTIL else 0),
        height=height - (20 if years < CHILD_UNTIL else 0), eye_gap=eye_gap,
        eye_size=eye_size + (3 if years < CHILD_UNTIL else 0), brow=brow, smile=smile,
        glasses=wears < (0.15 if years < CHILD_UNTIL else 0.35 if years < GREY_FROM else 0.55),
        beard=gender == "male" and years >= ADULT and shaves < 0.18, lines=years >= LINES_FROM,
    )  # fmt: skip


def _style(draw: float, years: int, gender: Gender) -> Hair:
    styles: Sequence[Hair] = ("short", "parted", "short", "parted", "bob")
    if gender == "male":
        styles = ("short", "parted", "short", "parted", "bald" if years >= LINES_FROM else "short")
    elif gender == "female":
        styles = ("bob", "long", "bun", "bob", "parted") if years < GREY_FROM else ("bob", "bun", "short")
    return styles[int(draw * len(styles))]


def portrait(seed: str, *, age: int | None, gender: Gender) -> bytes:
    """The photo of a person as JPEG 2000 (a JP2 file of 5 to 8 KB); ``age`` in years, None where it is unknown."""
    encoded = BytesIO()
    draw_face(face_of(seed, age, gender)).convert("L").save(encoded, "JPEG2000", num_resolutions=3)
    return encoded.getvalue()


def as_png(photo: bytes) -> bytes:
    """A card's photo as PNG, which every browser shows; raises :class:`CardContentRefused` for what is no photo."""
    try:
        with Image.open(BytesIO(photo), formats=("JPEG2000",)) as image:
            if max(image.size) > LARGEST_SIDE:
                raise CardContentRefused("photo: too large")
            encoded = BytesIO()
            image.convert("RGB").save(encoded, "PNG")
    except (*_BOMBS, OSError, ValueError, SyntaxError) as error:
        raise CardContentRefused("photo") from error
    return encoded.getvalue()


def draw_face(face: Face) -> Image.Image:
    """The picture, in :data:`SIZE`."""
    width, height = SIZE[0] * _SCALE, SIZE[1] * _SCALE
    image = Image.new("RGB", (width, height), face.ground)
    draw = ImageDraw.Draw(image)
    middle, top = width // 2, 78
    head = (middle - face.width // 2, top, middle + face.width // 2, top + face.height)
    _draw_hair_behind(draw, face, head)
    _draw_body(draw, face, middle, head[3])
    _draw_head(draw, face, head)
    _draw_hair(draw, face, head)
    _draw_features(draw, face, middle, top + face.height * 52 // 100)
    small = image.reduce(_SCALE)
    small.paste(INK, (0, SIZE[1] - _BAND, *SIZE))
    small.paste((255, 255, 255), (0, SIZE[1] - _BAND), _mark())
    return small


Box = tuple[int, int, int, int]


def _draw_body(draw: ImageDraw.ImageDraw, face: Face, middle: int, chin: int) -> None:
    draw.rectangle((middle - 26, chin - 30, middle + 26, chin + 34), fill=_darker(face.skin))
    draw.ellipse((middle - 128, chin + 12, middle + 128, chin + 260), fill=face.clothes)
    draw.polygon([(middle - 34, chin + 12), (middle + 34, chin + 12), (middle, chin + 62)], fill=_darker(face.skin))
    draw.line([(middle - 36, chin + 12), (middle, chin + 64), (middle + 36, chin + 12)], fill=(245, 245, 245), width=9)


def _draw_head(draw: ImageDraw.ImageDraw, face: Face, head: Box) -> None:
    left, top, right, bottom = head
    ear = top + face.height // 2
    for side in (left, right):
        draw.ellipse((side - 12, ear - 16, side + 12, ear + 18), fill=_darker(face.skin))
    draw.ellipse(head, fill=face.skin)
    if face.beard:
        draw.chord((left + 4, top + 20, right - 4, bottom), 25, 155, fill=_mixed(face.hair, face.skin))


def _draw_hair_behind(draw: ImageDraw.ImageDraw, face: Face, head: Box) -> None:
    left, top, right, bottom = head
    if face.style in ("bob", "long"):
        down = bottom - 24 if face.style == "bob" else bottom + 70
        draw.rounded_rectangle((left - 22, top - 12, right + 22, down), radius=70, fill=face.hair)
    if face.style == "bun":
        middle = (left + right) // 2
        draw.ellipse((middle - 34, top - 56, middle + 34, top + 8), fill=face.hair)


def _draw_hair(draw: ImageDraw.ImageDraw, face: Face, head: Box) -> None:
    left, top, right, _ = head
    crown = (left - 8, top - 16, right + 8, top + face.height)
    if face.style == "bald":
        draw.arc(crown, 165, 200, fill=face.hair, width=16)
        draw.arc(crown, 340, 375, fill=face.hair, width=16)
    elif face.style == "parted":
        draw.chord(crown, 190, 318, fill=face.hair)
        draw.chord(crown, 300, 358, fill=face.hair)
    else:
        side = 20 if face.style == "short" else 12
        draw.chord(crown, 180 + side, 360 - side, fill=face.hair)


def _draw_features(draw: ImageDraw.ImageDraw, face: Face, middle: int, eyes: int) -> None:
    size = face.eye_size
    for side in (-1, 1):
        x = middle + side * face.eye_gap
        draw.ellipse((x - size, eyes - size, x + size, eyes + size), fill=INK)
        draw.ellipse((x - 1, eyes - size + 1, x + 4, eyes - size + 6), fill=(255, 255, 255))
        draw.line([(x - 15, eyes - 22 + side * face.brow), (x + 15, eyes - 22 - side * face.brow)], fill=INK, width=5)
        draw.ellipse((x - 17, eyes + 24, x + 17, eyes + 42), fill=_mixed((232, 120, 110), face.skin))
        if face.lines:
            draw.arc((x - 18, eyes + 4, x + 18, eyes + 22), 30, 150, fill=_darker(face.skin), width=3)
        if face.glasses:
            draw.ellipse((x - 24, eyes - 22, x + 24, eyes + 24), outline=INK, width=4)
    if face.glasses:
        draw.line([(middle - face.eye_gap + 24, eyes), (middle + face.eye_gap - 24, eyes)], fill=INK, width=4)
    draw.arc((middle - 9, eyes + 8, middle + 9, eyes + 36), 20, 140, fill=_darker(face.skin, 60), width=4)
    draw.arc((middle - 26, eyes + 44 - face.smile, middle + 26, eyes + 52 + face.smile), 20, 160, fill=LIPS, width=6)


@cache
def _mark() -> Image.Image:
    """The word across the foot, as a mask; made once."""
    mask = Image.new("L", (SIZE[0], _BAND), 0)
    ImageDraw.Draw(mask).text((SIZE[0] // 2, _BAND // 2), MARK, fill=255, font=ImageFont.load_default(17), anchor="mm")
    return mask


def _darker(colour: Colour, by: int = 22) -> Colour:
    return max(0, colour[0] - by), max(0, colour[1] - by), max(0, colour[2] - by)


def _mixed(colour: Colour, other: Colour) -> Colour:
    red, green, blue = ((one + 2 * two) // 3 for one, two in zip(colour, other, strict=True))
    return red, green, blue
