"""Reading what a TLS front says of the client certificate that it saw (RFC 9440).

A header is only as good as whoever wrote it, so the front proves itself first:

1. one ``Tegata-Front-Secret``, equal to the secret of the settings   else tls-front-not-proved
2. at most one ``Client-Cert``; none means that none was presented     else client-certificate-missing, -malformed
3. it is a Byte Sequence of RFC 8941 (section 3.3.5), no parameters    else client-certificate-malformed
4. what is inside is one X.509 certificate in DER, nothing after it    else client-certificate-malformed

``Client-Cert-Chain`` is not read: the issuers are J-LIS's own.
"""

import base64
import binascii
import hmac
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding

from tegata.actors.portal.problems import CLIENT_CERTIFICATE_MALFORMED, CLIENT_CERTIFICATE_MISSING, FRONT_NOT_PROVED
from tegata.pki.certificates import CertificateRefused, load_certificate
from tegata.wire.problems import Refused

PROOF_HEADER: Final = "tegata-front-secret"
CERTIFICATE_HEADER: Final = "client-cert"
SHORTEST_SECRET: Final = 32


def check_proof(proofs: Sequence[str], secret: str) -> None:
    """Step 1: the values of the proof's header. Raises FRONT_NOT_PROVED."""
    if len(proofs) != 1 or not hmac.compare_digest(proofs[0].encode(), secret.encode()):
        raise Refused(FRONT_NOT_PROVED)


def certificate_of(values: Sequence[str]) -> bytes:
    """Steps 2 to 4: the certificate in DER, from the values of ``Client-Cert``.

    Raises CLIENT_CERTIFICATE_MISSING, CLIENT_CERTIFICATE_MALFORMED.
    """
    if not values:
        raise Refused(CLIENT_CERTIFICATE_MISSING)
    if len(values) > 1:
        raise Refused(CLIENT_CERTIFICATE_MALFORMED, {"cause": "twice"})
    der = _byte_sequence(values[0])
    try:
        certificate = load_certificate(der)
    except CertificateRefused as refused:
        raise Refused(CLIENT_CERTIFICATE_MALFORMED, {"cause": refused.code}) from refused
    if certificate.public_bytes(Encoding.DER) != der:
        raise Refused(CLIENT_CERTIFICATE_MALFORMED, {"cause": "not-der"})
    return der


def _byte_sequence(value: str) -> bytes:
    text = value.strip(" ")
    if len(text) < 2 or not (text.startswith(":") and text.endswith(":")):
        raise Refused(CLIENT_CERTIFICATE_MALFORMED, {"cause": "no-byte-sequence"})
    try:
        return base64.b64decode(text[1:-1], validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(CLIENT_CERTIFICATE_MALFORMED, {"cause": "no-base64"}) from error


def check_origin(origin: str) -> None:
    """The front's origin is https, a host and perhaps a port. ``ValueError`` for any other."""
    parts = urlsplit(origin)
    if parts.scheme != "https" or not parts.hostname or origin != f"https://{parts.netloc}" or "@" in parts.netloc:
        raise ValueError(f"tls_front.origin is https://HOST or https://HOST:PORT, not {origin}")
