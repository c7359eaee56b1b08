"""Files, access rules, switches and command forms of the card, as docs/card.md has them: the tables of the oracle.

Nothing of the card is imported; an image is read here by its documented format.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

DIGITS_4, PASSWORD = re.compile(rb"[0-9]{4}"), re.compile(rb"[A-Z0-9]{6,16}")
DIGITS_12, DIGITS_14 = re.compile(rb"[0-9]{12}"), re.compile(rb"[0-9]{14}")
MOST = 0x7FFF
"""Bytes of a file, and of a chain."""


@dataclass(frozen=True)
class Data:
    """A file that is read; ``pins``: any of these files' PINs opens it, none means free."""

    pins: tuple[int, ...] = ()


@dataclass(frozen=True)
class Pin:
    """A PIN file."""

    tries: int
    form: re.Pattern[bytes]
    changeable: bool = True


@dataclass(frozen=True)
class Key:
    """A key file, used with a PIN."""

    pin: int


File = Data | Pin | Key
Applications = Mapping[bytes, Mapping[int, File]]
Place = tuple[bytes, int]
"""A file: AID and identifier."""

JPKI = bytes.fromhex("D392F000260100000001")
TEXT = bytes.fromhex("D3921000310001010408")
VISUAL = bytes.fromhex("D3921000310001010402")
REGISTER = bytes.fromhex("D3921000310001010401")
COMMON = bytes.fromhex("D3921000310001010100")
CARD: Applications = {
    JPKI: {
        0x01: Data((0x1B,)), 0x02: Data(), 0x06: Data(), 0x0A: Data(), 0x0B: Data(),
        0x17: Key(0x18), 0x18: Pin(3, DIGITS_4), 0x1A: Key(0x1B), 0x1B: Pin(5, PASSWORD),
    },
    TEXT: {
        0x01: Data((0x11, 0x14)), 0x02: Data((0x11, 0x15)), 0x03: Data((0x11, 0x14, 0x15)), 0x04: Data(), 0x05: Data(),
        0x11: Pin(3, DIGITS_4), 0x14: Pin(10, DIGITS_12, changeable=False), 0x15: Pin(10, DIGITS_14, changeable=False),
    },
    VISUAL: {
        0x02: Data((0x12, 0x13)), 0x05: Data((0x13,)),
        0x12: Pin(10, DIGITS_14, changeable=False), 0x13: Pin(10, DIGITS_12, changeable=False),
    },
    REGISTER: {0x01: Data((0x11,)), 0x11: Pin(3, DIGITS_4)},
    COMMON: {0x01: Data()},
}  # fmt: skip
"""The files of a card as docs/card.md lists them."""
PHONE: Applications = {JPKI: {**CARD[JPKI], 0x0A: Data((0x18,))}}
"""A phone has JPKI alone, and its auth certificate is read after the PIN only."""
KINDS: Mapping[str, Applications] = {"card": CARD, "phone": PHONE}
"""The kinds of card that there are, and their files."""
ORDER = (JPKI, TEXT, VISUAL, REGISTER, COMMON)
"""In an image a file's key is the place of its application here, from 1, then its identifier (16 bits)."""

DIGEST_INFOS: dict[bytes, tuple[int, bool]] = {
    bytes.fromhex(prefix): (size, null)
    for prefix, size, null in (
        ("3021300906052b0e03021a05000414", 20, True),
        ("301f300706052b0e03021a0414", 20, False),
        ("3031300d060960864801650304020105000420", 32, True),
        ("302f300b06096086480165030402010420", 32, False),
        ("3041300d060960864801650304020205000430", 48, True),
        ("303f300b06096086480165030402020430", 48, False),
        ("3051300d060960864801650304020305000440", 64, True),
        ("304f300b06096086480165030402030440", 64, False),
    )
}
"""The beginnings of what is signed (RFC 8017 §9.2), the size of the digest after it, and whether NULL is in it."""

CLASSES = {0x2A: 0x80, 0xD8: 0x80}
"""Of the instructions that are not of class 00."""
PARAMETERS = {0x20: 0x0080, 0x24: 0x0180, 0x2A: 0x0080, 0x2C: 0x0280, 0x82: 0, 0x84: 0, 0xC0: 0, 0xD8: 0}
CHAINED = {0xD6, 0xD8}


@dataclass(frozen=True)
class Switches:
    """The card's switches, as docs/card.md names them."""

    pins_survive_reselect: bool = False
    blocked_status: int = 0x6984
    status_of_proven_pin: str = "tries"
    digest_info_without_null: bool = True
    end_of_file: str = "ok"
    status_of_blocked_pin: str = "tries"
    extended_length: bool = True


OTHERWISE: Mapping[str, object] = {
    "pins_survive_reselect": True, "blocked_status": 0x6983, "status_of_proven_pin": "ok",
    "digest_info_without_null": False, "end_of_file": "warning", "status_of_blocked_pin": "blocked",
    "extended_length": False,
}  # fmt: skip
"""The other setting of each switch."""


@dataclass
class Contents:
    """What survives without power. ``keys`` are DER, ``pins`` value and tries."""

    data: dict[Place, bytes]
    pins: dict[Place, tuple[bytes, int]]
    keys: dict[Place, bytes]

    @classmethod
    def of_image(cls, image: bytes) -> "Contents":
        """The contents of a dump; the format is read here, not by the card."""
        _, _, data, pins, keys, *_ = msgspec.msgpack.decode(image[4:], strict=False)
        return cls(
            {_place(key): value for key, value in data.items()},
            {_place(key): (value, tries) for key, (value, tries) in pins.items()},
            {_place(key): value for key, value in keys.items()},
        )

    def copy(self) -> "Contents":
        """The same, to be changed apart."""
        return Contents(dict(self.data), dict(self.pins), dict(self.keys))


def key_of(place: Place) -> int:
    """The key of a file in an image."""
    return (ORDER.index(place[0]) + 1) << 16 | place[1]


def _place(key: int) -> Place:
    return ORDER[(key >> 16) - 1], key & 0xFFFF


class No(Exception):
    """The model's refusal, with the status word that the card has to answer."""

    def __init__(self, sw: int) -> None:
        super().__init__(f"{sw:04X}")
        self.sw = sw


@dataclass(frozen=True)
class Apdu:
    """A command as ISO/IEC 7816-4 §5.2 reads it."""

    cla: int
    ins: int
    p: int
    data: bytes
    le: int | None


def read_apdu(raw: bytes) -> Apdu:
    """Read a command; :class:`No` 6700 where the lengths do not add up."""
    if len(raw) < 4:
        raise No(0x6700)
    head, body = raw[:4], raw[4:]
    cla, ins, p = head[0], head[1], head[2] << 8 | head[3]
    if len(body) <= 1:
        return Apdu(cla, ins, p, b"", (body[0] or 256) if body else None)
    short = body[0] != 0
    if not short and len(body) == 3:
        return Apdu(cla, ins, p, b"", int.from_bytes(body[1:]) or 65536)
    at = 1 if short else 3
    size = body[0] if short else int.from_bytes(body[1:3])
    rest = body[at + size :]
    if size == 0 or len(body) < at + size or len(rest) not in ((0, 1) if short else (0, 2)):
        raise No(0x6700)
    le = (int.from_bytes(rest) or (256 if short else 65536)) if rest else None
    return Apdu(cla, ins, p, body[at : at + size], le)
