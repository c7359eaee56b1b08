"""Answers: accepted by OpenSSL and by the library, in every state."""

import subprocess
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from hypothesis import given
from hypothesis import strategies as st

from tegata.pki import der
from tegata.pki.keys import SoftwareSigner
from tegata.pki.ocsp import (
    MALFORMED_REQUEST,
    TRY_LATER,
    UNAUTHORIZED,
    HashName,
    Responder,
    build_request,
    cert_id,
    parse_request,
)
from tests.pki.ocsp_support import (
    GOOD,
    HELD,
    NEVER_ISSUED,
    NOW,
    REVOKED,
    SNAPSHOT,
    UNTIL,
    answer,
    ask,
    certificate,
    issuer,
    responder,
    responder_certificate,
)
from tests.pki.support import AT, auth_certificate, authority, key

WIDE = 1 << 100


def _parsed(request: bytes, by: Responder | None = None) -> ocsp.OCSPResponse:
    return ocsp.load_der_ocsp_response(answer(request, by))


def _status_of(request: bytes, by: Responder | None = None) -> ocsp.OCSPResponseStatus:
    return _parsed(request, by).response_status


@pytest.mark.rule("FI-05")
@pytest.mark.parametrize(
    ("serial", "status", "reason"),
    [
        (GOOD, ocsp.OCSPCertStatus.GOOD, None),
        (HELD, ocsp.OCSPCertStatus.REVOKED, x509.ReasonFlags.certificate_hold),
        (REVOKED, ocsp.OCSPCertStatus.REVOKED, None),
        (NEVER_ISSUED, ocsp.OCSPCertStatus.UNKNOWN, None),
    ],
)
def test_the_state_of_one_certificate(
    serial: int, status: ocsp.OCSPCertStatus, reason: x509.ReasonFlags | None
) -> None:
    response = _parsed(ask(serial))
    assert (response.certificate_status, response.revocation_reason) == (status, reason)
    assert response.revocation_time_utc == (AT.astimezone(UTC) if status is ocsp.OCSPCertStatus.REVOKED else None)
    assert (response.serial_number, response.this_update_utc) == (serial, AT.astimezone(UTC))
    assert (response.produced_at_utc, response.next_update_utc) == (NOW.astimezone(UTC), UNTIL.astimezone(UTC))
    assert response.certificates == [responder_certificate()]
    assert list(response.extensions) == []


def test_several_certificates_in_one_answer() -> None:
    serials = [REVOKED, GOOD, NEVER_ISSUED]
    response = _parsed(build_request([certificate(serial) for serial in serials], issuer()))
    assert [each.serial_number for each in response.responses] == serials
    assert [each.certificate_status.name for each in response.responses] == ["REVOKED", "GOOD", "UNKNOWN"]


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_the_certificate_is_named_as_it_was_asked_for(algorithm: HashName) -> None:
    response = _parsed(build_request(certificate(), issuer(), algorithm=algorithm))
    assert response.hash_algorithm.name == algorithm
    assert response.issuer_key_hash == cert_id(issuer(), GOOD, algorithm).issuer_key_hash


@pytest.mark.parametrize("nonce", [b"x", bytes(16), bytes(range(32))])
def test_a_nonce_is_repeated(nonce: bytes) -> None:
    extension = _parsed(ask(nonce=nonce)).extensions.get_extension_for_class(x509.OCSPNonce)
    assert extension.value.nonce == nonce


def test_a_long_nonce_is_malformed() -> None:
    """RFC 8954 2.1."""
    inner = der.encode(der.OCTET_STRING, der.encode(der.OCTET_STRING, bytes(33)))
    nonce = der.encode(der.SEQUENCE, der.encode(der.OBJECT_IDENTIFIER, bytes.fromhex("2b0601050507300102")), inner)
    extensions = der.encode(der.context(2), der.encode(der.SEQUENCE, nonce))
    wanted = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, cert_id(issuer(), GOOD).encoded))
    request = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, wanted, extensions))
    assert answer(request) == MALFORMED_REQUEST


@given(st.binary(max_size=100))
def test_any_bytes_get_an_answer(request: bytes) -> None:
    assert answer(request) == MALFORMED_REQUEST


def test_errors_are_those_of_the_standard() -> None:
    names = [
        ocsp.load_der_ocsp_response(each).response_status.name for each in (MALFORMED_REQUEST, TRY_LATER, UNAUTHORIZED)
    ]
    assert names == ["MALFORMED_REQUEST", "TRY_LATER", "UNAUTHORIZED"]


def test_other_authorities_are_none_of_its_business() -> None:
    """Also another generation of the same name: its key hash differs."""
    assert _status_of(build_request(certificate(generation=2), issuer(2))) is ocsp.OCSPResponseStatus.UNAUTHORIZED
    auth = authority("auth").certificate
    assert _status_of(build_request(auth_certificate(), auth)) is ocsp.OCSPResponseStatus.UNAUTHORIZED


def test_beside_its_own_it_does_not_know_others() -> None:
    own, other = (der.encode(der.SEQUENCE, cert_id(issuer(each), GOOD).encoded) for each in (1, 2))
    request = der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, own, other)))
    assert [each.certificate_status.name for each in _parsed(request).responses] == ["GOOD", "UNKNOWN"]


def test_a_responder_speaks_for_its_own_generation() -> None:
    for asked in (1, 2):
        wanted = parse_request(build_request(certificate(generation=asked), issuer(asked))).certificates[0]
        assert [responder(generation).speaks_for(wanted) for generation in (1, 2)] == [asked == 1, asked == 2]


@pytest.mark.parametrize("now", [AT - timedelta(seconds=1), UNTIL + timedelta(seconds=1)])
def test_without_current_data_it_says_try_later(now: object) -> None:
    assert responder().answer(ask(), SNAPSHOT, now=now, this_update=AT, next_update=UNTIL) == TRY_LATER  # type: ignore[arg-type]


def test_a_serial_beyond_eight_bytes_is_unknown() -> None:
    wanted = der.encode(der.SEQUENCE, cert_id(issuer(), WIDE).encoded)
    response = _parsed(der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, der.encode(der.SEQUENCE, wanted))))
    assert (response.serial_number, response.certificate_status.name) == (WIDE, "UNKNOWN")


def test_an_authority_may_answer_itself() -> None:
    own = Responder(authority(), issuer(), authority().signer)
    response = _parsed(ask(), own)
    assert response.certificates == []
    assert response.certificate_status is ocsp.OCSPCertStatus.GOOD


def test_a_responder_on_p256() -> None:
    signer = SoftwareSigner.generate_p256()
    delegated = authority().issue_ocsp_responder(10, signer.public_key(), AT, UNTIL)
    assert _parsed(ask(), Responder(authority(), delegated, signer)).signature_hash_algorithm is not None


def test_a_signer_with_another_key_is_refused() -> None:
    with pytest.raises(ValueError, match="responder certificate's key"):
        Responder(authority(), responder_certificate(), key("stranger"))


@pytest.mark.parametrize(
    ("serial", "words"),
    [(GOOD, "good"), (HELD, "revoked"), (REVOKED, "revoked"), (NEVER_ISSUED, "unknown")],
)
@pytest.mark.parametrize("kind", ["rsa", "p256"])
def test_openssl_verifies_it(serial: int, words: str, kind: str, tmp_path: Path) -> None:
    signer = key("responder") if kind == "rsa" else SoftwareSigner.generate_p256()
    delegated = authority().issue_ocsp_responder(11, signer.public_key(), AT, AT + timedelta(days=1))
    ca, own, request, response = (tmp_path / name for name in ("ca.pem", "own.pem", "request.der", "response.der"))
    ca.write_bytes(issuer().public_bytes(Encoding.PEM))
    own.write_bytes(certificate(serial).public_bytes(Encoding.PEM))
    request.write_bytes(ask(serial, b"n" * 16))
    response.write_bytes(answer(ask(serial, b"n" * 16), Responder(authority(), delegated, signer)))
    at = str(int(NOW.timestamp()))
    command = ["openssl", "ocsp", "-respin", str(response), "-reqin", str(request), "-issuer", str(ca)]
    command += ["-cert", str(own), "-CAfile", str(ca), "-attime", at, "-validity_period", "2000000000", "-no_nonce"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert "Response verify OK" in done.stderr
    assert "Nonce" not in done.stderr
    assert f"own.pem: {words}" in done.stdout
    assert ("Reason: certificateHold" in done.stdout) == (serial == HELD)
