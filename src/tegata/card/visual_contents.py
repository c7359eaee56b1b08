"""What stands in the files of the visual application (券面事項確認), and how it is read back.

The front is FF20 {DF21 offsets, DF22 birth date, DF23 gender, DF24 public key, DF25 name, DF26 address, DF27 photo,
DF28 signature, DF29 expiry, DF2A security code}, in this order; the back is FF40 {DF41 My Number, DF42 public key, DF43
signature}: so two clients read real cards [S].

[GAP]: on a real card name, address, security code and My Number are pictures (PNG). Here they are text in UTF-8, which
needs no font and can be searched. DF24, DF28, DF42 and DF43 are there and empty: they belong to a proof (internal
authentication) that this card can not give. Dates are YYYYMMDD.
"""

import re
from dataclasses import dataclass
from datetime import date

from tegata.card import contents, tlv
from tegata.card.errors import CardContentRefused
from tegata.japan.dates import is_birth_date
from tegata.japan.four_attributes import BirthDate, FourAttributes, Gender

FRONT, BACK = 0xFF20, 0xFF40
BIRTH_DATE, GENDER, PUBLIC_KEY, NAME, ADDRESS = 0xDF22, 0xDF23, 0xDF24, 0xDF25, 0xDF26
PHOTO, SIGNATURE, EXPIRY, SECURITY_CODE = 0xDF27, 0xDF28, 0xDF29, 0xDF2A
MY_NUMBER, BACK_PUBLIC_KEY, BACK_SIGNATURE = 0xDF41, 0xDF42, 0xDF43

_JPEG_2000 = (b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")
"""How a JP2 file begins, and a bare codestream (ISO/IEC 15444-1 I.5.1, A.4.1)."""
_DATE = re.compile(r"[0-9]{8}")
_SECURITY_CODE = re.compile(r"[0-9]{4}")
_MY_NUMBER = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True)
class Front:
    """What is printed on the front of a card; ``photo`` is JPEG 2000, ``security_code`` four digits."""

    name: str
    address: str
    birth_date: BirthDate
    gender: Gender
    expires_on: date
    security_code: str
    photo: bytes

    @classmethod
    def of(cls, four: FourAttributes, expires_on: date, security_code: str, photo: bytes) -> "Front":
        """The front of a person's card."""
        return cls(four.name, four.address, four.birth_date, four.gender, expires_on, security_code, photo)


def front_file(front: Front) -> bytes:
    """The file of a front; some 7 KB with a photo of :mod:`tegata.card.portrait`."""
    return tlv.encode(
        FRONT,
        contents.with_offsets(
            (BIRTH_DATE, front.birth_date.replace("-", "").encode()),
            (GENDER, contents.GENDER_CODES[front.gender]),
            (PUBLIC_KEY, b""),
            (NAME, front.name.encode()),
            (ADDRESS, front.address.encode()),
            (PHOTO, front.photo),
            (SIGNATURE, b""),
            (EXPIRY, f"{front.expires_on:%Y%m%d}".encode()),
            (SECURITY_CODE, front.security_code.encode()),
        ),
    )


def read_front(content: bytes) -> Front:
    """The front of a file; raises :class:`CardContentRefused`."""
    try:
        fields = tlv.fields(contents.only(content, FRONT))
        return Front(
            name=fields[NAME].decode(),
            address=fields[ADDRESS].decode(),
            birth_date=_birth_date(fields[BIRTH_DATE]),
            gender=contents.GENDERS[fields[GENDER]],
            expires_on=_expiry(fields[EXPIRY]),
            security_code=_digits(fields[SECURITY_CODE], _SECURITY_CODE),
            photo=_photo(fields[PHOTO]),
        )
    except (ValueError, KeyError) as error:
        raise CardContentRefused("front") from error


def back_file(my_number: str) -> bytes:
    """The file of a back, with the twelve digits."""
    return tlv.encode(
        BACK,
        tlv.encode(MY_NUMBER, my_number.encode("ascii"))
        + tlv.encode(BACK_PUBLIC_KEY, b"")
        + tlv.encode(BACK_SIGNATURE, b""),
    )


def read_back(content: bytes) -> str:
    """The My Number of a back; raises :class:`CardContentRefused`."""
    try:
        return _digits(tlv.fields(contents.only(content, BACK))[MY_NUMBER], _MY_NUMBER)
    except (ValueError, KeyError) as error:
        raise CardContentRefused("back") from error


def _digits(value: bytes, form: re.Pattern[str]) -> str:
    text = value.decode("ascii")
    if form.fullmatch(text) is None:
        raise ValueError("not digits of this length")
    return text


def _birth_date(value: bytes) -> BirthDate:
    text = _digits(value, _DATE)
    birth_date = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    if not is_birth_date(birth_date):
        raise ValueError("no birth date")
    return birth_date


def _expiry(value: bytes) -> date:
    text = _digits(value, _DATE)
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def _photo(value: bytes) -> bytes:
    if not value.startswith(_JPEG_2000):
        raise ValueError("not JPEG 2000")
    return value
