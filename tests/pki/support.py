"""Authorities, holders and forgeries for the tests of this room. Keys are made once a process: they are the cost."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from tegata.japan.dates import JST
from tegata.japan.four_attributes import FourAttributes
from tegata.japan.municipalities import municipality
from tegata.pki.authority import Authority, AuthorityUrls
from tegata.pki.keys import SoftwareSigner
from tegata.pki.profiles import PROFILES, Medium, Usage

AT = datetime(2023, 9, 25, 9, 0, tzinfo=JST)
"""When the tests' certificates are issued."""

LATER = AT + timedelta(days=30)
URLS = AuthorityUrls(ocsp="http://127.0.0.1:8000/ocsp")
CHIYODA = municipality("131016")
TARO = FourAttributes(
    name="手形　太郎", address="東京都千代田区丸の内１丁目１番１号", birth_date="1980-02-17", gender="male"
)

Extensions = list[tuple[x509.ExtensionType, bool]]


@cache
def key(name: str) -> SoftwareSigner:
    """An RSA key a name."""
    return SoftwareSigner.generate_rsa()


@cache
def authority(usage: Usage = "sign", generation: int = 1) -> Authority:
    """A root a usage and generation; each generation is four years younger."""
    at = AT.replace(year=2015 + 4 * generation)
    return Authority.create(usage, key(f"{usage} {generation}"), at=at, urls=URLS, generation=generation)


def sign_certificate(
    serial: int = 1001, *, four: FourAttributes = TARO, generation: int = 1, medium: Medium = "card"
) -> x509.Certificate:
    """Taro's signature certificate."""
    end = AT.replace(year=2028)
    return authority("sign", generation).issue_sign(
        serial, key("holder").public_key(), four, CHIYODA, AT, end, f"2309CHIYODA0001{PROFILES.suffix(medium)}", medium
    )


def auth_certificate(serial: int = 2001, medium: Medium = "card") -> x509.Certificate:
    """Taro's authentication certificate."""
    end = AT.replace(year=2028)
    return authority("auth").issue_auth(
        serial, key("holder").public_key(), CHIYODA, AT, end, f"2309CHIYODA0001{PROFILES.suffix(medium)}", medium
    )


def reissue(
    certificate: x509.Certificate,
    signer: SoftwareSigner,
    *,
    change: Callable[[Extensions], Iterable[tuple[x509.ExtensionType, bool]]] = lambda extensions: extensions,
    algorithm: hashes.HashAlgorithm | None = None,
) -> x509.Certificate:
    """The same certificate with changed extensions, signed anew: what a careless or hostile authority might issue."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(certificate.subject)
        .issuer_name(certificate.issuer)
        .public_key(certificate.public_key())
        .serial_number(certificate.serial_number)
        .not_valid_before(certificate.not_valid_before_utc)
        .not_valid_after(certificate.not_valid_after_utc)
    )
    for extension, critical in change([(each.value, each.critical) for each in certificate.extensions]):
        builder = builder.add_extension(extension, critical)
    return builder.sign(signer.private_key, algorithm or hashes.SHA256())


def replaced(*new: tuple[x509.ExtensionType, bool]) -> Callable[[Extensions], Extensions]:
    """A change that puts ``new`` in the place of what has the same type, or at the end."""

    def change(extensions: Extensions) -> Extensions:
        types = [extension.oid for extension, _ in new]
        return [each for each in extensions if each[0].oid not in types] + list(new)

    return change


def without(oid: x509.ObjectIdentifier) -> Callable[[Extensions], Extensions]:
    """A change that leaves one extension out."""
    return lambda extensions: [each for each in extensions if each[0].oid != oid]


def der_of(certificate: x509.Certificate) -> bytes:
    """The certificate in DER."""
    return certificate.public_bytes(Encoding.DER)


def with_byte_flipped(data: bytes, index: int) -> bytes:
    """The data with all bits of one byte inverted."""
    changed = bytearray(data)
    changed[index] ^= 0xFF
    return bytes(changed)
