"""Who vouches for the text files, and how a reader checks it: the files 0004 and 0005 of the text application.

0004 is a certificate 7F21 {5F4E {issuer, subject, public key}, 5F37 signature} of 568 bytes, 0005 the basic information
FF40 {DF41 4 bytes, DF42 the 16 bytes of a key id} in 256 bytes, padded with FF: so two clients read them [S].

[GAP], ours: issuer and subject are key ids, both of the one key with which the municipality signs what it writes, so
that the certificate is signed by itself; a key id is the beginning of the SHA-256 of the public key; the public key is
{82 exponent, 81 modulus}; DF41 says ``TGT`` and a version. Whom to trust is for the reader: by itself the chain 0005 →
0004 → 0003 → 0001, 0002 proves that the files belong together, and not who wrote them.
"""

from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tegata.card import contents, tlv
from tegata.card.errors import CardContentRefused

INFORMATION, APPLICATION_VERSION, KEY_ID = 0xFF40, 0xDF41, 0xDF42
CERTIFICATE, BODY, SIGNATURE = 0x7F21, 0x5F4E, 0x5F37
EXPONENT, MODULUS = 0x82, 0x81
VERSION = b"TGT\x01"
KEY_ID_SIZE = 16
INFORMATION_SIZE = 256
_PADDING = b"\xff"


def key_id_of(public_key: rsa.RSAPublicKey) -> bytes:
    """16 bytes by which a signing key is named."""
    return sha256(_encoded(public_key)).digest()[:KEY_ID_SIZE]


def _encoded(public_key: rsa.RSAPublicKey) -> bytes:
    numbers = public_key.public_numbers()
    exponent = numbers.e.to_bytes((numbers.e.bit_length() + 7) // 8)
    return tlv.encode(EXPONENT, exponent) + tlv.encode(MODULUS, numbers.n.to_bytes(public_key.key_size // 8))


class TextIssuer:
    """Whoever signs text files: makes the two files that say so once, and signs each person's."""

    def __init__(self, public_key: rsa.RSAPublicKey, sign: contents.Sign) -> None:
        self.sign = sign
        key_id = key_id_of(public_key)
        body = key_id + key_id + _encoded(public_key)
        self.certificate = tlv.encode(CERTIFICATE, tlv.encode(BODY, body) + tlv.encode(SIGNATURE, sign(body)))
        fields = tlv.encode(APPLICATION_VERSION, VERSION) + tlv.encode(KEY_ID, key_id)
        self.information = tlv.encode(INFORMATION, fields).ljust(INFORMATION_SIZE, _PADDING)


@dataclass(frozen=True, slots=True)
class Information:
    """What the basic information says."""

    version: bytes
    key_id: bytes


def read_information(content: bytes) -> Information:
    """The basic information of a file; raises :class:`CardContentRefused`."""
    try:
        fields = tlv.fields(contents.only(content, INFORMATION))
        found = Information(fields[APPLICATION_VERSION], fields[KEY_ID])
    except (ValueError, KeyError) as error:
        raise CardContentRefused("basic information") from error
    if len(found.version) != len(VERSION) or len(found.key_id) != KEY_ID_SIZE:
        raise CardContentRefused("basic information")
    return found


def read_certificate(content: bytes) -> rsa.RSAPublicKey:
    """The signing key of a certificate that is signed by itself; raises :class:`CardContentRefused`."""
    try:
        fields = tlv.fields(contents.only(content, CERTIFICATE))
        body, signature = fields[BODY], fields[SIGNATURE]
        numbers = tlv.fields(body[2 * KEY_ID_SIZE :])
        modulus, exponent = int.from_bytes(numbers[MODULUS]), int.from_bytes(numbers[EXPONENT])
        key = rsa.RSAPublicNumbers(exponent, modulus).public_key()
        key.verify(signature, body, padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, KeyError, InvalidSignature) as error:
        raise CardContentRefused("certificate of the text files") from error
    if body[: 2 * KEY_ID_SIZE] != 2 * key_id_of(key):
        raise CardContentRefused("certificate of the text files")
    return key


def check(signature: contents.TextSignature, key: rsa.RSAPublicKey, my_number: bytes, attributes: bytes) -> None:
    """That a key signed these two files.

    Raises:
        CardContentRefused: a digest or the signature is another.
    """
    if signature.signed != sha256(my_number).digest() + sha256(attributes).digest():
        raise CardContentRefused("text files: another content was signed")
    try:
        key.verify(signature.signature, signature.signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise CardContentRefused("text files: not signed by this key") from error
