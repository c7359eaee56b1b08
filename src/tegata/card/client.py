"""What a reader's software does with a card: certificates, signatures, attributes, PINs."""

from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa

from tegata.card import contents, text_issuer, tlv, visual_contents
from tegata.card.apdu import Command
from tegata.card.errors import CardContentRefused, CardError, MalformedPin, PinBlocked, WrongPin
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
    TOKEN_INFO,
    VISUAL,
    Application,
    CertificateName,
    KeyName,
    PinName,
    pin_file,
)
from tegata.card.link import Link, Transmit
from tegata.card.signing import SHA256_PREFIX
from tegata.card.status import Status
from tegata.japan.four_attributes import FourAttributes

BLOCKED = {Status.BLOCKED, Status.BLOCKED_AS_REFERENCE_UNUSABLE}
TOKEN_INFO_READ = 32
LONGEST_HEADER = 7
"""Bytes that hold the tag and length of any file's object."""


def encode_pin(which: PinName, pin: str) -> bytes:
    """The PIN as the card takes it; raises :class:`MalformedPin` before a try is spent on what can not be right."""
    if not pin.isascii() or pin_file(which).form.fullmatch(pin.encode()) is None:
        raise MalformedPin
    return pin.encode()


class CardClient:
    """A reader's software over one connection; every operation selects anew. Not for two threads at once.

    All operations raise :class:`CardError` for a status word they do not expect, and those with a PIN also
    :class:`WrongPin`, :class:`PinBlocked` and :class:`MalformedPin`.
    """

    def __init__(self, transmit: Transmit, *, extended: bool = False) -> None:
        self._link = Link(transmit, extended=extended)

    def has(self, application: Application) -> bool:
        """Whether the card has an application."""
        try:
            self._link.select_application(application)
        except CardError as error:
            if error.sw == Status.FILE_NOT_FOUND:
                return False
            raise
        return True

    def token_info(self) -> str:
        """What the token says it is: ``JPKIAPICCTOKEN2`` for a card."""
        self._link.select_application(JPKI)
        self._link.select_file(TOKEN_INFO)
        return self._link.read(0, TOKEN_INFO_READ).decode("ascii", "replace").rstrip()

    def card_number(self) -> str:
        """The card identification of the common application."""
        return contents.read_card_number(self._read_file(COMMON, CARD_NUMBER_FILE))

    def read_certificate(self, which: CertificateName, pin: str | None = None) -> x509.Certificate:
        """A certificate of the card; the sign certificate needs the sign password.

        Raises:
            CardContentRefused: the file holds no certificate.
        """
        self._link.select_application(JPKI)
        if pin is not None:
            self._verify(_guard(which), pin)
        self._link.select_file(CERTIFICATES[which])
        try:
            return x509.load_der_x509_certificate(self._read_selected())
        except ValueError as error:
            raise CardContentRefused(f"{which} certificate") from error

    def verify_pin(self, which: PinName, pin: str) -> None:
        """Prove a PIN; it stays proven until another operation."""
        self._link.select_application(PINS[which][0])
        self._verify(which, pin)

    def pin_tries(self, which: PinName) -> int:
        """How many tries a PIN has left; none is used. A card that answers 9000 has the PIN proven: all of them."""
        application, identifier = PINS[which]
        self._link.select_application(application)
        self._link.select_file(identifier)
        sw = self._link.exchange(Command(0x00, 0x20, 0x00, 0x80))[1]
        if sw in BLOCKED:
            return 0
        if sw == Status.OK:
            return pin_file(which).tries
        if sw & 0xFFF0 != 0x63C0:
            raise CardError(sw)
        return sw & 0x0F

    def sign(self, which: KeyName, pin: str, data: bytes) -> bytes:
        """RSA PKCS#1 v1.5 with SHA-256 over ``data``, by the key on the card: 256 bytes."""
        return self.sign_digest_info(which, pin, SHA256_PREFIX + sha256(data).digest())

    def sign_digest_info(self, which: KeyName, pin: str, digest_info: bytes) -> bytes:
        """RSA PKCS#1 v1.5 over a DigestInfo (DER) that the caller made."""
        self._link.select_application(JPKI)
        self._verify(which, pin)
        self._link.select_file(KEYS[which])
        return self._link.send(Command(0x80, 0x2A, 0x00, 0x80, digest_info, le=256))

    def change_pin(self, which: PinName, old: str, new: str) -> None:
        """Change a PIN: the old one is verified first."""
        encoded = encode_pin(which, new)
        self._link.select_application(PINS[which][0])
        self._verify(which, old)
        self._link.send(Command(0x00, 0x24, 0x01, 0x80, encoded))

    def my_number(self, pin: str, which: PinName = "text") -> str:
        """My Number (twelve digits), with the text PIN or check number A."""
        return contents.read_my_number(self._read_protected(TEXT, MY_NUMBER_FILE, which, pin))

    def text_attributes(self, pin: str, which: PinName = "text") -> FourAttributes:
        """The four attributes as the card has them, with the text PIN or check number B."""
        return contents.read_four_attributes(self._read_protected(TEXT, FOUR_ATTRIBUTES_FILE, which, pin))

    def text_signature(self, pin: str, which: PinName = "text") -> contents.TextSignature:
        """Digests of the two text files and the signature over them."""
        return contents.read_text_signature(self._read_protected(TEXT, SIGNATURE_FILE, which, pin))

    def text_information(self) -> text_issuer.Information:
        """The basic information of the text application, with the id of the key that signs; free to read."""
        return text_issuer.read_information(self._read_file(TEXT, INFORMATION_FILE))

    def check_text(self, pin: str) -> rsa.RSAPublicKey:
        """Check the signature over the text files, with the text PIN; the key that signed them.

        Raises:
            CardContentRefused: the files are not those that were signed, or the key is not the one of the information.
        """
        number, attributes = (
            self._read_protected(TEXT, file, "text", pin) for file in (MY_NUMBER_FILE, FOUR_ATTRIBUTES_FILE)
        )
        signature = self.text_signature(pin)
        key = text_issuer.read_certificate(self._read_file(TEXT, TEXT_CERTIFICATE_FILE))
        if text_issuer.key_id_of(key) != self.text_information().key_id:
            raise CardContentRefused("text files: the key is not the one that is named")
        text_issuer.check(signature, key, number, attributes)
        return key

    def front(self, number: str, which: PinName = "visual-b") -> visual_contents.Front:
        """What is printed on the front, the face photo with it, with check number B or A."""
        return visual_contents.read_front(self._read_protected(VISUAL, FRONT_FILE, which, number))

    def back(self, my_number: str) -> str:
        """The My Number on the back, with check number A, which is the same."""
        return visual_contents.read_back(self._read_protected(VISUAL, BACK_FILE, "visual-a", my_number))

    def resident_code(self, pin: str) -> str:
        """The resident code (eleven digits), with the resident register PIN."""
        content = self._read_protected(RESIDENT_REGISTER, RESIDENT_CODE_FILE, "resident-register", pin)
        return contents.read_resident_code(content)

    def _verify(self, which: PinName, pin: str) -> None:
        encoded = encode_pin(which, pin)
        self._link.select_file(PINS[which][1])
        sw = self._link.exchange(Command(0x00, 0x20, 0x00, 0x80, encoded))[1]
        if sw in BLOCKED:
            raise PinBlocked
        if sw & 0xFFF0 == 0x63C0:
            raise WrongPin(sw & 0x0F)
        if sw != Status.OK:
            raise CardError(sw)

    def _read_protected(self, application: Application, identifier: int, which: PinName, pin: str) -> bytes:
        if PINS[which][0] is not application:
            raise MalformedPin
        self._link.select_application(application)
        self._verify(which, pin)
        self._link.select_file(identifier)
        return self._read_selected()

    def _read_file(self, application: Application, identifier: int) -> bytes:
        self._link.select_application(application)
        self._link.select_file(identifier)
        return self._read_selected()

    def _read_selected(self) -> bytes:
        """The one object that the selected file holds: its header first, then as much as that says."""
        head = self._link.read(0, LONGEST_HEADER)
        try:
            _, start, size = tlv.header(head)
        except tlv.MalformedTlv as error:
            raise CardContentRefused("malformed file") from error
        end = start + size
        return head[:end] + self._link.read(len(head), end - len(head))


def _guard(which: CertificateName) -> PinName:
    return "sign" if which.startswith("sign") else "auth"
