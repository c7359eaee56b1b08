"""A responder, what it knows, and questions for it."""

from datetime import timedelta
from functools import cache

from cryptography import x509

from tegata.pki.crl import Reason, RevokedEntries
from tegata.pki.ocsp import Responder, SerialRuns, Snapshot, build_request
from tests.pki.support import AT, authority, key, sign_certificate

NOW = AT + timedelta(minutes=5)
UNTIL = AT + timedelta(minutes=15)
GOOD, HELD, REVOKED, NEVER_ISSUED = 1001, 1002, 1003, 1004
SNAPSHOT = Snapshot(
    SerialRuns.of([(GOOD, REVOKED)]),
    RevokedEntries.from_rows([(HELD, AT, Reason.CERTIFICATE_HOLD), (REVOKED, AT, Reason.UNSPECIFIED)]),
)


@cache
def responder_certificate(generation: int = 1) -> x509.Certificate:
    """The delegated responder of a generation; both use one key."""
    holder = key("responder").public_key()
    return authority("sign", generation).issue_ocsp_responder(9, holder, AT, AT + timedelta(days=30))


@cache
def responder(generation: int = 1) -> Responder:
    """Answers for one generation of the sign authority."""
    return Responder(authority("sign", generation), responder_certificate(generation), key("responder"))


@cache
def certificate(serial: int = GOOD, generation: int = 1) -> x509.Certificate:
    """A holder's certificate of a generation."""
    return sign_certificate(serial, generation=generation)


def issuer(generation: int = 1) -> x509.Certificate:
    """The root of a generation."""
    return authority("sign", generation).certificate


def ask(serial: int = GOOD, nonce: bytes | None = None) -> bytes:
    """A request for one certificate of the first generation."""
    return build_request(certificate(serial), issuer(), nonce)


def answer(request: bytes, by: Responder | None = None) -> bytes:
    """What a responder answers at :data:`NOW`."""
    return (by or responder()).answer(request, SNAPSHOT, now=NOW, this_update=AT, next_update=UNTIL)
