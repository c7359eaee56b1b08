"""What stands in the text and visual files, and how it is read back (FACTS: FF10, FF20, FF30)."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from tegata.card import tlv
from tegata.card.errors import CardContentRefused
from tegata.japan.four_attributes import FourAttributes, Gender

NUMBER = 0xFF10
FOUR_ATTRIBUTES = 0xFF20
TEXT_SIGNATURE = 0xFF30
OFFSETS, NAME, ADDRESS, BIRTH_DATE, GENDER = 0xDF21, 0xDF22, 0xDF23, 0xDF24, 0xDF25
MY_NUMBER_DIGEST, ATTRIBUTES_DIGEST, SIGNATURE = 0xDF31, 0xDF32, 0xDF33

GENDER_CODES: dict[Gender, bytes] = {"male": b"1", "female": b"2", "other": b"9"}
"""ISO/IEC 5218; 9 is "not applicable"."""
GENDERS: dict[bytes, Gender] = {code: gender for gender, code in GENDER_CODES.items()}

Sign = Callable[[bytes], bytes]
"""RSA PKCS#1 v1.5 with SHA-256 over the given bytes, by whoever vouches for the files."""


def my_number_file(my_number: str) -> bytes:
    """FF10 with the twelve digits: 15 bytes."""
    return tlv.encode(NUMBER, my_number.encode("ascii"))


def read_my_number(content: bytes) -> str:
    """The twelve digits of an FF10 file; raises :class:`CardContentRefused`."""
    value = only(content, NUMBER)
    if len(value) != 12 or not value.isdigit():
        raise CardContentRefused("My Number")
    return value.decode("ascii")


def four_attributes_file(four: FourAttributes) -> bytes:
    """FF20 {DF21 offsets, DF22 name, DF23 address, DF24 YYYYMMDD, DF25 gender}; text in UTF-8.

    DF21 holds the place of each of the four objects, 2 bytes each, from the beginning of FF20's value. [GAP]: from
    where the real card counts.
    """
    return tlv.encode(
        FOUR_ATTRIBUTES,
        with_offsets(
            (NAME, four.name.encode()),
            (ADDRESS, four.address.encode()),
            (BIRTH_DATE, four.birth_date.replace("-", "").encode()),
            (GENDER, GENDER_CODES[four.gender]),
        ),
    )


def with_offsets(*fields: tuple[int, bytes]) -> bytes:
    """DF21 with the offsets of the fields, and the fields."""
    encoded = [tlv.encode(tag, value) for tag, value in fields]
    place, places = len(tlv.encode(OFFSETS, bytes(2 * len(encoded)))), b""
    for field in encoded:
        places += place.to_bytes(2)
        place += len(field)
    return tlv.encode(OFFSETS, places) + b"".join(encoded)


def read_four_attributes(content: bytes) -> FourAttributes:
    """The four attributes of an FF20 file; raises :class:`CardContentRefused`."""
    try:
        fields = tlv.fields(only(content, FOUR_ATTRIBUTES))
        birth = fields[BIRTH_DATE].decode("ascii")
        return FourAttributes(
            name=fields[NAME].decode(),
            address=fields[ADDRESS].decode(),
            birth_date=f"{birth[:4]}-{birth[4:6]}-{birth[6:]}",
            gender=GENDERS[fields[GENDER]],
        )
    except (ValueError, KeyError) as error:
        raise CardContentRefused("four attributes") from error


@dataclass(frozen=True, slots=True)
class TextSignature:
    """FF30: SHA-256 of the My Number file and of the four attributes file, and a signature over both digests."""

    my_number_digest: bytes
    attributes_digest: bytes
    signature: bytes

    @property
    def signed(self) -> bytes:
        """What is signed: the two digests one after the other. [GAP]: what the real card's signature covers."""
        return self.my_number_digest + self.attributes_digest


def text_signature_file(my_number: bytes, four_attributes: bytes, sign: Sign) -> bytes:
    """FF30 {DF31, DF32, DF33} over the two files: 336 bytes with an RSA-2048 signature."""
    digests = sha256(my_number).digest(), sha256(four_attributes).digest()
    return tlv.encode(
        TEXT_SIGNATURE,
        tlv.encode(MY_NUMBER_DIGEST, digests[0])
        + tlv.encode(ATTRIBUTES_DIGEST, digests[1])
        + tlv.encode(SIGNATURE, sign(digests[0] + digests[1])),
    )


def read_text_signature(content: bytes) -> TextSignature:
    """The digests and the signature of an FF30 file; raises :class:`CardContentRefused`."""
    try:
        fields = tlv.fields(only(content, TEXT_SIGNATURE))
        return TextSignature(fields[MY_NUMBER_DIGEST], fields[ATTRIBUTES_DIGEST], fields[SIGNATURE])
    except (ValueError, KeyError) as error:
        raise CardContentRefused("signature of the text files") from error


def resident_code_file(resident_code: str) -> bytes:
    """FF10 with the eleven digits of the resident code ([GAP]: the real file's form)."""
    return tlv.encode(NUMBER, resident_code.encode("ascii"))


def read_resident_code(content: bytes) -> str:
    """The eleven digits of a resident code file; raises :class:`CardContentRefused`."""
    value = only(content, NUMBER)
    if len(value) != 11 or not value.isdigit():
        raise CardContentRefused("resident code")
    return value.decode("ascii")


def card_number_file(card_number: str) -> bytes:
    """FF10 with the card's number in ASCII ([GAP]: the real file's form)."""
    return tlv.encode(NUMBER, card_number.encode("ascii"))


def read_card_number(content: bytes) -> str:
    """The number of a card number file; raises :class:`CardContentRefused`."""
    value = only(content, NUMBER)
    if not value or not value.isascii():
        raise CardContentRefused("card number")
    return value.decode("ascii")


def only(content: bytes, tag: int) -> bytes:
    """The value of the object that a file begins with (what follows it is padding); raises CardContentRefused."""
    try:
        found, start, size = tlv.header(content)
    except tlv.MalformedTlv as error:
        raise CardContentRefused("malformed file") from error
    if found != tag or len(content) < start + size:
        raise CardContentRefused("unexpected file")
    return content[start : start + size]
