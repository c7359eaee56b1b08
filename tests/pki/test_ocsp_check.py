"""What a client believes: every refusal, in its order."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.pki.authority import Authority
from tegata.pki.crl import Reason
from tegata.pki.keys import builder_key
from tegata.pki.ocsp import (
    INTERNAL_ERROR,
    UNAUTHORIZED,
    Good,
    OcspRefused,
    Responder,
    Revoked,
    Unknown,
    build_request,
    check_response,
    check_responses,
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
    responder_certificate,
)
from tests.pki.support import AT, URLS, authority, key, reissue, replaced, with_byte_flipped, without

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
CENTURY = timedelta(days=36_500)
"""The library's builder writes the real time as producedAt."""


def _refused(data: bytes, asked: x509.Certificate | bytes | None = None, **options: object) -> OcspRefused:
    asked = certificate() if asked is None else asked
    with pytest.raises(OcspRefused) as refused:
        check_response(data, asked, issuer(), **({"at": NOW} | options))  # type: ignore[arg-type]
    return refused.value


def _answered_by(changed: x509.Certificate, signer: str = "responder") -> bytes:
    return answer(ask(), Responder(authority(), changed, key(signer)))


@pytest.mark.rule("FI-05")
@pytest.mark.parametrize(
    ("serial", "status"),
    [
        (GOOD, Good()),
        (HELD, Revoked(AT, Reason.CERTIFICATE_HOLD)),
        (REVOKED, Revoked(AT, Reason.UNSPECIFIED)),
        (NEVER_ISSUED, Unknown()),
    ],
)
def test_an_answer_is_believed(serial: int, status: object) -> None:
    checked = check_response(answer(ask(serial)), certificate(serial), issuer(), at=NOW)
    assert (checked.serial, checked.status) == (serial, status)
    assert (checked.this_update, checked.next_update, checked.produced_at) == (AT, UNTIL, NOW)
    assert checked.responder == responder_certificate()


def test_several_answers_come_in_the_order_of_the_request() -> None:
    request = build_request([certificate(serial) for serial in (HELD, GOOD)], issuer(), b"nonce")
    checked = check_responses(answer(request), request, issuer(), at=NOW)
    assert [each.serial for each in checked] == [HELD, GOOD]
    with pytest.raises(ValueError, match="several"):
        check_response(answer(request), request, issuer(), at=NOW)


def test_the_authority_may_answer_itself() -> None:
    own = answer(ask(), Responder(authority(), issuer(), authority().signer))
    assert check_response(own, certificate(), issuer(), at=NOW).responder == issuer()


def test_a_responder_named_by_its_subject() -> None:
    data = _by_library(ocsp.OCSPResponderEncoding.NAME)
    assert check_response(data, certificate(), issuer(), at=NOW, tolerance=CENTURY).status == Good()


@pytest.mark.parametrize("data", [b"", b"<html>", b"\x30\x00", answer(ask())[:-1], answer(ask()) + b"\x00"])
def test_what_is_no_response(data: bytes) -> None:
    assert _refused(data).code == "malformed"


def test_a_responder_that_refuses() -> None:
    refused = _refused(UNAUTHORIZED)
    assert (refused.code, refused.detail) == ("unsuccessful", "unauthorized")
    assert _refused(INTERNAL_ERROR).detail == "internal_error"


@pytest.mark.parametrize(
    "change",
    [
        replaced((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False)),
        without(x509.ExtendedKeyUsage.oid),
        without(x509.OCSPNoCheck.oid),
    ],
    ids=["other usage", "no usage", "no nocheck"],
)
def test_a_certificate_that_is_not_for_responding(change: Callable[..., object]) -> None:
    changed = reissue(responder_certificate(), key("sign 1"), change=change)  # type: ignore[arg-type]
    assert _refused(_answered_by(changed)).code == "wrong-responder"


def test_a_responder_that_another_key_certified() -> None:
    for stranger in ("stranger", "sign 2"):
        assert _refused(_answered_by(reissue(responder_certificate(), key(stranger)))).code == "wrong-responder"


def test_a_responder_of_another_authority() -> None:
    other = authority("auth")
    delegated = other.issue_ocsp_responder(5, key("responder").public_key(), AT, UNTIL)
    assert _refused(_answered_by(delegated)).code == "wrong-responder"


@pytest.mark.parametrize("span", [(AT - 2 * MINUTE, AT - MINUTE), (UNTIL, UNTIL + MINUTE)])
def test_a_responder_whose_certificate_is_not_current(span: tuple[datetime, datetime]) -> None:
    delegated = authority().issue_ocsp_responder(5, key("responder").public_key(), *span)
    assert _refused(_answered_by(delegated)).code == "wrong-responder"


def test_a_holder_can_not_answer_for_itself() -> None:
    assert _refused(_answered_by(certificate(), "holder")).code == "wrong-responder"


def test_no_byte_of_an_answer_can_change() -> None:
    request = ask(nonce=b"nonce")
    data = answer(request)
    end = data.index(responder_certificate().public_bytes(Encoding.DER))
    codes = {_refused(with_byte_flipped(data, index), request).code for index in range(end)}
    assert codes <= {*OcspRefused.ADVICE}
    assert {"forged", "malformed", "wrong-responder"} <= codes


@settings(deadline=None)
@given(st.data())
def test_changed_bytes_prove_nothing_else(data: st.DataObject) -> None:
    """Whatever becomes of a response, it is refused, or says what the responder had signed."""
    changed = bytearray(answer(ask(HELD)))
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        checked = check_response(bytes(changed), certificate(HELD), issuer(), at=NOW)
    except OcspRefused:
        return
    assert checked.status == Revoked(AT, Reason.CERTIFICATE_HOLD)


def test_another_requests_answer() -> None:
    assert _refused(answer(ask(nonce=b"old")), ask(nonce=b"new")).code == "nonce-mismatch"
    assert _refused(answer(ask()), ask(nonce=b"new")).code == "nonce-mismatch"
    assert _refused(answer(ask()), nonce=b"new").code == "nonce-mismatch"
    assert check_response(answer(ask(nonce=b"new")), ask(nonce=b"new"), issuer(), at=NOW).status == Good()
    assert check_response(answer(ask(nonce=b"new")), certificate(), issuer(), at=NOW).status == Good()


def test_an_answer_about_another_certificate() -> None:
    assert _refused(answer(ask(HELD))).code == "wrong-certificate"


def test_an_answer_about_another_generations_certificate() -> None:
    """The same name and serial number; only the key's hash differs, and the responder serves both."""
    second = issuer(2)
    impostor = Authority("sign", second, key("sign 2"), URLS)
    request = build_request(certificate(generation=2), second)
    data = answer(request, Responder(impostor, responder_certificate(1), key("responder")))
    assert _refused(data).code == "wrong-certificate"


def test_it_is_good_from_its_first_to_its_last_second() -> None:
    data = answer(ask())
    for at in (NOW - MINUTE, UNTIL + MINUTE):
        assert check_response(data, certificate(), issuer(), at=at).status == Good()
    assert _refused(data, at=NOW - MINUTE - SECOND).code == "not-yet"
    assert _refused(data, at=UNTIL + MINUTE + SECOND).code == "stale"
    assert _refused(data, at=UNTIL + SECOND, tolerance=timedelta(0)).code == "stale"
    early = Responder(authority(), responder_certificate(), key("responder"))
    later = early.answer(ask(), SNAPSHOT, now=UNTIL, this_update=UNTIL, next_update=UNTIL + MINUTE)
    assert _refused(later).code == "not-yet"


def _by_library(
    encoding: ocsp.OCSPResponderEncoding = ocsp.OCSPResponderEncoding.HASH,
    *,
    next_update: datetime | None = UNTIL,
    critical: bool = False,
    algorithm: hashes.HashAlgorithm | None = None,
) -> bytes:
    builder = ocsp.OCSPResponseBuilder().add_response(
        certificate(), issuer(), algorithm or hashes.SHA1(), ocsp.OCSPCertStatus.GOOD, AT, next_update, None, None
    )
    builder = builder.responder_id(encoding, responder_certificate()).certificates([responder_certificate()])
    if critical:
        note = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3"), b"\x05\x00")
        builder = builder.add_extension(note, critical=True)
    return builder.sign(builder_key(key("responder")), hashes.SHA256()).public_bytes(Encoding.DER)


def test_until_when_must_be_said() -> None:
    assert _refused(_by_library(next_update=None), tolerance=CENTURY).code == "stale"


def test_a_critical_extension_is_not_supported() -> None:
    assert _refused(_by_library(critical=True)).code == "unsupported"


def test_a_certificate_named_by_another_hash_is_another() -> None:
    assert _refused(_by_library(algorithm=hashes.SHA384())).code == "wrong-certificate"


def test_every_refusal_says_what_to_do() -> None:
    for code, advice in OcspRefused.ADVICE.items():
        assert all(advice)
        assert str(OcspRefused(code)).startswith(f"{code}: ")
