"""The full algorithm behind the door, and that it agrees with the shortcut on card certificates."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID
from hypothesis import given
from hypothesis import strategies as st

from tegata.pki.authority import key_usage
from tegata.pki.certificates import CertificateRefused, load_certificate
from tegata.pki.profiles import Usage
from tegata.pki.validation import ANY_POLICY, REAL_POLICIES, Trust, Validator, unsafe_no_revocation_check
from tests.pki.support import (
    LATER,
    auth_certificate,
    authority,
    der_of,
    key,
    reissue,
    replaced,
    sign_certificate,
    with_byte_flipped,
    without,
)

TRUST = Trust([authority("sign", 1).certificate, authority("sign", 2).certificate])
UNRELATED = authority("auth").certificate
FULL = Validator(replace(TRUST, intermediates=[UNRELATED]))
SHORT = Validator(TRUST)


def outcome(
    validator: Validator, certificate: x509.Certificate, usage: Usage = "sign", after: timedelta = timedelta()
) -> str:
    try:
        validator.validate(certificate, usage=usage, at=LATER + after, revocation=unsafe_no_revocation_check)
    except CertificateRefused as refused:
        return refused.code
    return "accepted"


YEARS = timedelta(days=3650)
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.1"), b"\x05\x00")

SAME: dict[str, Callable[[], tuple[x509.Certificate, timedelta]]] = {
    "accepted": lambda: (sign_certificate(), timedelta()),
    "accepted under the second generation": lambda: (sign_certificate(generation=2), timedelta()),
    "accepted with an unknown extension": lambda: (changed(UNKNOWN, critical=False), timedelta()),
    "expired": lambda: (sign_certificate(), timedelta(days=365 * 5)),
    "not-yet-valid": lambda: (sign_certificate(), -timedelta(days=60)),
    "bad-signature": lambda: (reissue(sign_certificate(), key("impostor")), timedelta()),
    "wrong-key-usage": lambda: (changed(key_usage(["digital_signature"]), critical=True), timedelta()),
    "wrong-policy": lambda: (reissue(sign_certificate(), key("sign 1"), change=no_policy), timedelta()),
}

no_policy = without(ExtensionOID.CERTIFICATE_POLICIES)


def changed(extension: x509.ExtensionType, *, critical: bool) -> x509.Certificate:
    return reissue(sign_certificate(), key("sign 1"), change=replaced((extension, critical)))


@pytest.mark.parametrize("case", SAME)
def test_both_ways_give_the_same_answer_with_the_same_code(case: str) -> None:
    certificate, after = SAME[case]()
    expected = case.split(" ", maxsplit=1)[0]
    assert outcome(SHORT, certificate, after=after) == expected
    assert outcome(FULL, certificate, after=after) == expected


def test_an_unknown_critical_extension_is_refused_by_both() -> None:
    certificate = changed(UNKNOWN, critical=True)
    assert outcome(SHORT, certificate) == "unknown-critical-extension"
    assert outcome(FULL, certificate) == "path-invalid"


def test_an_unknown_issuer_is_refused_without_naming_the_holder() -> None:
    stranger = Validator(Trust([authority("auth").certificate], intermediates=[authority("sign", 2).certificate]))
    with pytest.raises(CertificateRefused) as caught:
        stranger.validate(sign_certificate(), usage="sign", at=LATER, revocation=unsafe_no_revocation_check)
    assert caught.value.code in {"unknown-issuer", "bad-signature"}
    assert "CHIYODA" not in str(caught.value)


def test_real_policies_refuse_our_certificates_here_too() -> None:
    assert outcome(Validator(replace(FULL.trust, policies=REAL_POLICIES)), sign_certificate()) == "wrong-policy"


def test_the_root_that_is_told_is_the_one_that_signed() -> None:
    for generation in (1, 2):
        validated = FULL.validate(
            sign_certificate(generation=generation), usage="sign", at=LATER, revocation=unsafe_no_revocation_check
        )
        assert validated.root == authority("sign", generation).certificate


@given(st.integers(0, len(der_of(sign_certificate())) - 1), st.sampled_from([1, 0x20, 0x80, 0xFF]))
def test_a_changed_byte_is_refused_by_both_and_crashes_neither(index: int, mask: int) -> None:
    data = bytearray(der_of(sign_certificate()))
    data[index] ^= mask
    try:
        certificate = load_certificate(bytes(data))
    except CertificateRefused:
        return
    assert outcome(SHORT, certificate) != "accepted"
    assert outcome(FULL, certificate) != "accepted"


def test_it_works_inside_an_event_loop() -> None:
    async def inside() -> str:
        return outcome(FULL, sign_certificate())

    assert asyncio.run(inside()) == "accepted"


def test_the_library_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert outcome(FULL, reissue(sign_certificate(), key("impostor"))) == "bad-signature"
        assert outcome(FULL, auth_certificate()) != "accepted"
    assert caplog.records == []


def test_a_flipped_signature_is_bad_in_both() -> None:
    der = der_of(sign_certificate())
    forged = load_certificate(with_byte_flipped(der, len(der) - 5))
    assert (outcome(SHORT, forged), outcome(FULL, forged)) == ("bad-signature", "bad-signature")


def test_a_root_is_no_persons_certificate() -> None:
    root = authority("sign", 1).certificate
    assert (
        outcome(Validator(replace(FULL.trust, policies={"sign": frozenset({ANY_POLICY})})), root) == "wrong-key-usage"
    )
    assert outcome(SHORT, root) == "wrong-policy"
