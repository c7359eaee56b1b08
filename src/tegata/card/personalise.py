"""What the municipality's counter does with a card: keys, certificates, PINs, texts, by the issuer's APDUs ([GAP])."""

from cryptography.hazmat.primitives.asymmetric import rsa

from tegata.card import contents, tlv
from tegata.card.apdu import Command
from tegata.card.client import encode_pin
from tegata.card.errors import CardContentRefused, CardError, NotAuthorised
from tegata.card.files import (
    BACK_FILE,
    CARD_NUMBER_FILE,
    CERTIFICATES,
    COMMON,
    FOUR_ATTRIBUTES_FILE,
    FRONT_FILE,
    INFORMATION_FILE,
    JPKI,
    KEYS,
    MY_NUMBER_FILE,
    PINS,
    RESIDENT_CODE_FILE,
    RESIDENT_REGISTER,
    SIGNATURE_FILE,
    TEXT,
    TEXT_CERTIFICATE_FILE,
    VISUAL,
    Application,
    CertificateName,
    KeyName,
    PinName,
)
from tegata.card.issuing import CHALLENGE_SIZE, GENERATE, READ_PUBLIC_KEY, issuer_response
from tegata.card.link import Link, Transmit
from tegata.card.signing import key_der
from tegata.card.status import Status
from tegata.japan.four_attributes import FourAttributes


class Personaliser:
    """The issuer's side of one connection. Call :meth:`authenticate` first; it holds until the card is reset.

    Every operation selects its application and file anew, so that a reader's commands between two of them do no harm.

    All operations raise :class:`CardError` for a status word they do not expect (6982: not authenticated).
    ``extended``: whether the way to the card carries extended APDUs; without, commands are chained.
    """

    def __init__(self, transmit: Transmit, issuer_key: bytes, *, extended: bool = True) -> None:
        self._link = Link(transmit, extended=extended)
        self._issuer_key = issuer_key

    def authenticate(self) -> None:
        """Prove the issuer key by the card's challenge; raises :class:`NotAuthorised`."""
        challenge = self._link.send(Command(0x00, 0x84, 0, 0, le=CHALLENGE_SIZE))
        response = issuer_response(self._issuer_key, challenge)
        sw = self._link.exchange(Command(0x00, 0x82, 0, 0, response))[1]
        if sw == Status.NOT_AUTHENTIC:
            raise NotAuthorised
        if sw != Status.OK:
            raise CardError(sw)

    def generate_key(self, which: KeyName) -> rsa.RSAPublicKey:
        """Have the card make a key pair (50 to 200 ms); the private key never leaves it."""
        return self._key_command(which, GENERATE)

    def public_key(self, which: KeyName) -> rsa.RSAPublicKey:
        """The public key of the pair that is on the card."""
        return self._key_command(which, READ_PUBLIC_KEY)

    def _key_command(self, which: KeyName, p1: int) -> rsa.RSAPublicKey:
        self._select(JPKI, KEYS[which])
        return read_public_key(self._link.send(Command(0x00, 0x47, p1, 0, le=self._link.largest_le)))

    def install_key(self, which: KeyName, private_key: rsa.RSAPrivateKey) -> None:
        """Put a key made elsewhere (RSA-2048): quick, for a population that draws its keys from a pool."""
        self._select(JPKI, KEYS[which])
        self._link.send_long(Command(0x80, 0xD8, 0, 0, key_der(private_key)))

    def write_certificate(self, which: CertificateName, der: bytes) -> None:
        """Write a certificate in place of the one before."""
        self._write(JPKI, CERTIFICATES[which], der)

    def erase_certificate(self, which: CertificateName) -> None:
        """Take a certificate off the card: its file is not found any more."""
        self._erase(JPKI, CERTIFICATES[which])

    def set_pin(self, which: PinName, pin: str) -> None:
        """Set a PIN, with all its tries; raises :class:`MalformedPin`."""
        application, identifier = PINS[which]
        encoded = encode_pin(which, pin)
        self._select(application, identifier)
        self._link.send(Command(0x00, 0x2C, 0x02, 0x80, encoded))

    def unblock(self, which: PinName, new_pin: str) -> None:
        """Give a blocked or forgotten PIN a new value and its tries; the same command as :meth:`set_pin`."""
        self.set_pin(which, new_pin)

    def write_text(self, four: FourAttributes, my_number: str, *, sign: contents.Sign | None = None) -> None:
        """Write the text files 0001 and 0002, and 0003 if someone signs them (else 0003 is taken off)."""
        number, attributes = contents.my_number_file(my_number), contents.four_attributes_file(four)
        self._write(TEXT, MY_NUMBER_FILE, number)
        self._write(TEXT, FOUR_ATTRIBUTES_FILE, attributes)
        if sign is None:
            self._erase(TEXT, SIGNATURE_FILE)
        else:
            self._write(TEXT, SIGNATURE_FILE, contents.text_signature_file(number, attributes, sign))

    def write_text_issuer(self, information: bytes, certificate: bytes) -> None:
        """Write who signs the text files: 0005 and 0004 of :class:`tegata.card.text_issuer.TextIssuer`."""
        self._write(TEXT, INFORMATION_FILE, information)
        self._write(TEXT, TEXT_CERTIFICATE_FILE, certificate)

    def write_visual(self, front: bytes, back: bytes | None = None) -> None:
        """Write the visual files as they are to be read: the front (FF20 …) and, if given, the back."""
        self._write(VISUAL, FRONT_FILE, front)
        if back is not None:
            self._write(VISUAL, BACK_FILE, back)

    def write_resident_code(self, resident_code: str) -> None:
        """Write the resident code (eleven digits) for the resident register's application."""
        self._write(RESIDENT_REGISTER, RESIDENT_CODE_FILE, contents.resident_code_file(resident_code))

    def write_card_number(self, card_number: str) -> None:
        """Write the card identification of the common application."""
        self._write(COMMON, CARD_NUMBER_FILE, contents.card_number_file(card_number))

    def _select(self, application: Application, identifier: int) -> None:
        self._link.select_application(application)
        self._link.select_file(identifier)

    def _write(self, application: Application, identifier: int, content: bytes) -> None:
        """The new content over the old, then off with what is left of the old: never a moment without the file."""
        self._select(application, identifier)
        for start in range(0, len(content), self._link.largest_data):
            part = content[start : start + self._link.largest_data]
            self._link.send(Command(0x00, 0xD6, start >> 8, start & 0xFF, part))
        self._erase_selected(len(content))

    def _erase(self, application: Application, identifier: int) -> None:
        self._select(application, identifier)
        self._erase_selected(0)

    def _erase_selected(self, offset: int) -> None:
        self._link.send(Command(0x00, 0x0E, offset >> 8, offset & 0xFF))


def read_public_key(encoded: bytes) -> rsa.RSAPublicKey:
    """The key of a 7F49 object; raises :class:`CardContentRefused`."""
    try:
        fields = dict(tlv.objects(dict(tlv.objects(encoded))[0x7F49]))
        return rsa.RSAPublicNumbers(int.from_bytes(fields[0x82]), int.from_bytes(fields[0x81])).public_key()
    except (ValueError, KeyError) as error:
        raise CardContentRefused("public key") from error
