"""A card with everything on it, and short ways to speak to it."""

from datetime import UTC, date, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tegata.card import DEFAULT, Behaviour, Card, Front, Personaliser
from tegata.card.files import PinName
from tegata.card.visual_contents import back_file, front_file
from tegata.japan.four_attributes import FourAttributes

ISSUER_KEY = bytes(range(32))
FOUR = FourAttributes(
    name="山田　花子", address="東京都千代田区霞が関１丁目２番３号", birth_date="1980-02-17", gender="female"
)
MY_NUMBER = "123456789018"
RESIDENT_CODE = "12345678901"
CARD_NUMBER = "TEGATA00000001"
PHOTO = bytes.fromhex("FF4FFF51") + b"photo"
"""Enough for a reader of the file; nobody decodes it."""
FRONT = front_file(Front.of(FOUR, date(2033, 2, 17), "1234", PHOTO))
BACK = back_file(MY_NUMBER)
PINS: dict[PinName, str] = {
    "auth": "1234",
    "sign": "ABC123",
    "text": "5678",
    "text-a": MY_NUMBER,
    "text-b": "55021720331234",
    "visual-a": MY_NUMBER,
    "visual-b": "55021720331234",
    "resident-register": "9012",
}

JPKI_AID = "D392F000260100000001"
TEXT_AID = "D3921000310001010408"
VISUAL_AID = "D3921000310001010402"
REGISTER_AID = "D3921000310001010401"
COMMON_AID = "D3921000310001010100"


def self_signed(key: rsa.RSAPrivateKey, name: str) -> bytes:
    """A certificate (DER) for the key, with nothing of a profile: the card does not look into it."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime(2023, 1, 1, tzinfo=UTC)).not_valid_after(
        datetime(2033, 1, 1, tzinfo=UTC)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


class Keys:
    """Two key pairs and their certificates, made once for all tests."""

    def __init__(self) -> None:
        self.auth, self.sign = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
        self.auth_certificate = self_signed(self.auth, "auth")
        self.sign_certificate = self_signed(self.sign, "sign")


def personalised(keys: Keys, behaviour: Behaviour = DEFAULT) -> Card:
    """A card as the counter hands it over, after a reset."""
    card = Card.blank(ISSUER_KEY, behaviour=behaviour)
    counter = Personaliser(card.transmit, ISSUER_KEY, extended=behaviour.extended_length)
    counter.authenticate()
    counter.install_key("auth", keys.auth)
    counter.install_key("sign", keys.sign)
    counter.write_certificate("auth", keys.auth_certificate)
    counter.write_certificate("sign", keys.sign_certificate)
    counter.write_certificate("auth-ca", keys.auth_certificate)
    counter.write_certificate("sign-ca", keys.sign_certificate)
    for which, pin in PINS.items():
        counter.set_pin(which, pin)
    counter.write_text(FOUR, MY_NUMBER, sign=lambda data: data.ljust(256, b"s"))
    counter.write_text_issuer(b"\xff\x40\x03abc", b"\x7f\x21\x03abc")
    counter.write_visual(FRONT, BACK)
    counter.write_resident_code(RESIDENT_CODE)
    counter.write_card_number(CARD_NUMBER)
    card.reset()
    return card


def ask(card: Card, apdu: str) -> str:
    """The response to a command, both in hexadecimal (blanks in the command are allowed)."""
    return card.transmit(bytes.fromhex(apdu)).hex().upper()


def select(card: Card, aid: str, file: str | None = None) -> None:
    """Select an application, and a file of it."""
    assert ask(card, f"00A4040C 0A {aid}") == "9000"
    if file is not None:
        assert ask(card, f"00A4020C 02 {file}") == "9000"


def verify(card: Card, file: str, pin: str) -> str:
    """Select a PIN file of the selected application and verify."""
    assert ask(card, f"00A4020C 02 {file}") == "9000"
    return ask(card, f"00200080 {len(pin):02X} {pin.encode().hex()}")


def authenticate(card: Card, key: bytes = ISSUER_KEY) -> None:
    """Open the issuer's session."""
    Personaliser(card.transmit, key).authenticate()
