"""Reading certificates that others made, and the ways in which one is refused."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from tegata.pki.refusals import Advice, Refused

MAXIMUM_SIZE = 64 * 1024
"""Bytes of DER; a card certificate has about 1,600."""

_LENGTHS = {NameOID.COUNTRY_NAME: (2, 2), NameOID.COMMON_NAME: (1, 64)}
"""Characters of names (RFC 5280 A.1); for the others of that list real certificates are known to go beyond."""

UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
"""What ``cryptography`` raises while it reads a part of a certificate that is broken or of an unknown kind."""

_ANOTHER = ("有効な電子証明書を使ってください。", "Use a valid certificate.")
_COUNTER = (
    "お住まいの市区町村の窓口で、電子証明書の発行を受けてください。",
    "Have a new certificate issued at the counter of your municipality.",
)
_LATER = ("しばらくしてから、もう一度お試しください。", "Try again later.")
_ISSUER = ("発行元に確認してください。", "Ask the issuer.")


class CertificateRefused(Refused):
    """A certificate is not accepted. Codes: the keys of :attr:`ADVICE`.

    ``revoked_at`` and ``reason`` (an RFC 5280 reason name) are given with ``revoked`` and ``on-hold``.
    """

    ADVICE: ClassVar[Mapping[str, Advice]] = {
        "malformed": Advice("電子証明書を読み取れません。", "The certificate can not be read.", *_ANOTHER),
        "unsupported": Advice(
            "この電子証明書の形式には対応していません。", "A feature of this certificate is not supported.", *_ISSUER
        ),
        "unknown-issuer": Advice(
            "信頼する認証局が発行した電子証明書ではありません。",
            "The certificate was not issued by a trusted authority.",
            *_ANOTHER,
        ),
        "issuer-not-valid": Advice(
            "発行した認証局の証明書が有効ではありません。",
            "The issuing authority's certificate is not valid.",
            *_ISSUER,
        ),
        "bad-signature": Advice(
            "電子証明書の署名が正しくありません。", "The signature on the certificate is wrong.", *_ISSUER
        ),
        "weak-algorithm": Advice(
            "電子証明書の暗号方式が弱く、使えません。", "The certificate uses a weak algorithm or key.", *_ANOTHER
        ),
        "not-yet-valid": Advice(
            "電子証明書の有効期間が始まっていません。", "The certificate is not valid yet.", *_LATER
        ),
        "expired": Advice("電子証明書の有効期間が終わっています。", "The certificate has expired.", *_COUNTER),
        "unknown-critical-extension": Advice(
            "電子証明書に解釈できない重要な項目があります。",
            "The certificate has a critical extension that is not understood.",
            *_ISSUER,
        ),
        "wrong-policy": Advice(
            "この用途の電子証明書ではありません。", "The certificate's policy is not the accepted one.", *_ANOTHER
        ),
        "wrong-key-usage": Advice(
            "この電子証明書は、この用途に使えません。", "The certificate is not for this use.", *_ANOTHER
        ),
        "path-invalid": Advice(
            "認証局までの経路が正しくありません。", "The path to a trusted authority is not valid.", *_ISSUER
        ),
        "revoked": Advice("電子証明書は失効しています。", "The certificate is revoked.", *_COUNTER),
        "on-hold": Advice(
            "電子証明書は一時的に使えなくなっています。",
            "The certificate is suspended.",
            "利用の再開を届け出てください。",
            "Ask for it to be released.",
        ),
        "revocation-unknown": Advice(
            "電子証明書の失効状態を確認できません。", "It can not be told whether the certificate is revoked.", *_LATER
        ),
        "unknown-serial": Advice(
            "認証局が発行した記録のない電子証明書です。", "The authority did not issue this certificate.", *_ISSUER
        ),
    }

    def __init__(
        self, code: str, detail: str = "", *, revoked_at: datetime | None = None, reason: str | None = None
    ) -> None:
        super().__init__(code, detail)
        self.revoked_at = revoked_at
        self.reason = reason


def load_certificate(data: bytes) -> x509.Certificate:
    """A certificate from DER or PEM; raises :class:`CertificateRefused` (``malformed``) for anything else.

    Strict where ``cryptography`` reads on demand or only warns: at most :data:`MAXIMUM_SIZE` bytes of DER, a positive
    serial number (RFC 5280 4.1.2.2), readable names with lengths in bounds, and a signature of whole octets.
    """
    if len(data) > 2 * MAXIMUM_SIZE:
        raise CertificateRefused("malformed", f"{len(data)} bytes")
    try:
        certificate = _load(data)
        check_form(certificate)
    except (*UNREADABLE, x509.InvalidVersion, Warning) as error:
        raise CertificateRefused("malformed", str(error)) from error
    return certificate


def _load(data: bytes) -> x509.Certificate:
    if data.lstrip().startswith(b"-----BEGIN"):
        return x509.load_pem_x509_certificate(data)
    return x509.load_der_x509_certificate(data)


def check_form(certificate: x509.Certificate) -> None:
    """Raise one of :data:`UNREADABLE` or a ``Warning`` where the form is not as :func:`load_certificate` wants it."""
    der = certificate.public_bytes(serialization.Encoding.DER)
    if len(der) > MAXIMUM_SIZE or certificate.not_valid_before_utc > certificate.not_valid_after_utc:
        raise ValueError("size or validity out of bounds")
    if certificate.serial_number <= 0:
        raise ValueError("the serial number is not positive")
    # The octet before the signature's own counts unused bits; any but 0 would give one signature several encodings.
    if der[-len(certificate.signature) - 1] != 0:
        raise ValueError("the signature is not of whole octets")
    for attribute in (*certificate.subject, *certificate.issuer):
        lowest, highest = _LENGTHS.get(attribute.oid, (0, MAXIMUM_SIZE))
        if not lowest <= len(attribute.value) <= highest:
            raise ValueError(f"{attribute.oid.dotted_string} has {len(attribute.value)} characters")
