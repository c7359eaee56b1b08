"""The card's applications and files, as a table: what there is, who may read it, which PIN guards it (FACTS, the card).

Marks: [V] verified on real cards or in two clients, [S] one source, [GAP] not published, chosen here.
"""

import re
from dataclasses import dataclass
from typing import Literal

PinName = Literal["auth", "sign", "text", "text-a", "text-b", "visual-a", "visual-b", "resident-register"]
"""auth, sign: JPKI. text: four digits of 券面事項入力補助. -a, -b: 照合番号A (My Number), 照合番号B (14 digits)."""
KeyName = Literal["auth", "sign"]
CertificateName = Literal["auth", "sign", "auth-ca", "sign-ca"]

FOUR_DIGITS = re.compile(rb"[0-9]{4}")
PASSWORD = re.compile(rb"[A-Z0-9]{6,16}")
MY_NUMBER = re.compile(rb"[0-9]{12}")
CHECK_NUMBER_B = re.compile(rb"[0-9]{14}")


@dataclass(frozen=True, slots=True)
class DataFile:
    """A transparent file. ``read``: any one of these PINs opens it; empty means free to read."""

    key: int
    read: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class PinFile:
    """A PIN and its tries. ``changeable``: whether the holder may change it (a check number is printed on the card)."""

    key: int
    tries: int
    form: re.Pattern[bytes]
    changeable: bool = True


@dataclass(frozen=True, slots=True)
class KeyFile:
    """An RSA-2048 private key; never readable. ``pin`` must be proven to use it."""

    key: int
    pin: int


File = DataFile | PinFile | KeyFile


@dataclass(frozen=True, slots=True)
class Application:
    """An application (AP, DF) and its elementary files by file identifier."""

    aid: bytes
    files: dict[int, File]


def _keys(application: int, *identifiers: int) -> frozenset[int]:
    return frozenset(application << 16 | identifier for identifier in identifiers)


def _data(application: int, identifier: int, *pins: int) -> tuple[int, File]:
    return identifier, DataFile(application << 16 | identifier, _keys(application, *pins))


def _pin(application: int, identifier: int, tries: int, form: re.Pattern[bytes]) -> tuple[int, File]:
    changeable = form in (FOUR_DIGITS, PASSWORD)
    return identifier, PinFile(application << 16 | identifier, tries, form, changeable)


def _key(application: int, identifier: int, pin: int) -> tuple[int, File]:
    return identifier, KeyFile(application << 16 | identifier, application << 16 | pin)


JPKI = Application(
    bytes.fromhex("D392F000260100000001"),  # [V]
    dict(
        (
            _data(1, 0x0001, 0x001B),  # sign certificate [V]
            _data(1, 0x0002),  # sign CA certificate [V]
            _data(1, 0x0006),  # token information [V]
            _data(1, 0x000A),  # auth certificate [V]
            _data(1, 0x000B),  # auth CA certificate [V]
            _key(1, 0x0017, 0x0018),  # auth key [V]
            _pin(1, 0x0018, 3, FOUR_DIGITS),  # auth PIN [V]
            _key(1, 0x001A, 0x001B),  # sign key [V]
            _pin(1, 0x001B, 5, PASSWORD),  # sign password [V]
        )
    ),
)
TEXT = Application(
    bytes.fromhex("D3921000310001010408"),  # [V]
    dict(
        (
            _data(2, 0x0001, 0x0011, 0x0014),  # My Number [V]; opened by check number A [S]
            _data(2, 0x0002, 0x0011, 0x0015),  # four attributes [V]; opened by check number B [S]
            _data(2, 0x0003, 0x0011, 0x0014, 0x0015),  # signature over both [V]; who opens it [GAP]
            _data(2, 0x0004),  # certificate of whoever signed 0003, free to read [S]
            _data(2, 0x0005),  # basic information [V], free to read [S]
            _pin(2, 0x0011, 3, FOUR_DIGITS),  # [V]
            _pin(2, 0x0014, 10, MY_NUMBER),  # check number A [V]; tries as in the visual application [GAP]
            _pin(2, 0x0015, 10, CHECK_NUMBER_B),  # check number B [V]; tries [GAP]
        )
    ),
)
VISUAL = Application(
    bytes.fromhex("D3921000310001010402"),  # [V]
    dict(
        (
            _data(3, 0x0002, 0x0012, 0x0013),  # front, with the face photo [V]; A opens front and back, B the front [S]
            _data(3, 0x0005, 0x0013),  # back: My Number [S]
            _pin(3, 0x0012, 10, CHECK_NUMBER_B),  # [V]
            _pin(3, 0x0013, 10, MY_NUMBER),  # [V]
        )
    ),
)
RESIDENT_REGISTER = Application(
    bytes.fromhex("D3921000310001010401"),  # [V]
    dict(
        (
            _data(4, 0x0001, 0x0011),  # resident code (住民票コード) [GAP]
            _pin(4, 0x0011, 3, FOUR_DIGITS),  # four digits, three tries [S]; the identifier is [GAP]
        )
    ),
)
COMMON = Application(
    bytes.fromhex("D3921000310001010100"),  # [V]
    dict((_data(5, 0x0001),)),  # card identification [S]
)

APPLICATIONS: dict[bytes, Application] = {
    application.aid: application for application in (JPKI, TEXT, VISUAL, RESIDENT_REGISTER, COMMON)
}
FILES: dict[int, File] = {
    file.key: file for application in APPLICATIONS.values() for file in application.files.values()
}

PINS: dict[PinName, tuple[Application, int]] = {
    "auth": (JPKI, 0x0018),
    "sign": (JPKI, 0x001B),
    "text": (TEXT, 0x0011),
    "text-a": (TEXT, 0x0014),
    "text-b": (TEXT, 0x0015),
    "visual-a": (VISUAL, 0x0013),
    "visual-b": (VISUAL, 0x0012),
    "resident-register": (RESIDENT_REGISTER, 0x0011),
}
KEYS: dict[KeyName, int] = {"auth": 0x0017, "sign": 0x001A}
CERTIFICATES: dict[CertificateName, int] = {"auth": 0x000A, "sign": 0x0001, "auth-ca": 0x000B, "sign-ca": 0x0002}

TOKEN_INFO = 0x0006
TOKEN_INFO_CONTENT = b"JPKIAPICCTOKEN2".ljust(160)
"""What a card (not a phone) writes there: 160 bytes, of which clients read 32 [V]."""
MY_NUMBER_FILE = 0x0001
FOUR_ATTRIBUTES_FILE = 0x0002
SIGNATURE_FILE = 0x0003
TEXT_CERTIFICATE_FILE = 0x0004
INFORMATION_FILE = 0x0005
FRONT_FILE = 0x0002
BACK_FILE = 0x0005
RESIDENT_CODE_FILE = 0x0001
CARD_NUMBER_FILE = 0x0001

LARGEST_FILE = 0x7FFF
"""READ and UPDATE BINARY have 15 bits for the offset."""


def pin_file(name: PinName) -> PinFile:
    """The file of a PIN."""
    application, identifier = PINS[name]
    file = application.files[identifier]
    assert isinstance(file, PinFile)
    return file
