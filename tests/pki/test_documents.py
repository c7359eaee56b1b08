"""Signed documents, and what is done to them on the way."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from tegata.pki.authority import Authority
from tegata.pki.crl import Reason
from tegata.pki.documents import DocumentRefused, read_document, sign_document, verify_document
from tegata.pki.keys import SoftwareSigner
from tegata.pki.ocsp import Good, Revoked, Status
from tegata.pki.validation import ByStatus, Trust, Validator
from tests.pki.support import (
    AT,
    CHIYODA,
    LATER,
    URLS,
    auth_certificate,
    authority,
    der_of,
    key,
    sign_certificate,
    with_byte_flipped,
)

HOLDER = key("holder")
PAYLOAD = b'{"items":["name","address"]}'
VALIDATOR = Validator(Trust([authority("sign").certificate]))


class Records:
    """The authority's records: everything was issued and nothing revoked, or everything revoked."""

    def __init__(self, status: Status) -> None:
        self._status = status

    def status(self, serial: int) -> Status:
        return self._status


GOOD = ByStatus(Records(Good()))


def signed(payload: bytes = PAYLOAD, **options: str) -> str:
    return sign_document(payload, HOLDER.sign, sign_certificate(), **options)


def accept(document: str | bytes, **options: str) -> bytes:
    return verify_document(document, VALIDATOR, usage="sign", at=LATER, revocation=GOOD, **options).payload


def refusal(document: str | bytes, **options: str) -> str:
    with pytest.raises(DocumentRefused) as caught:
        accept(document, **options)
    return caught.value.code


def part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def x5c(*certificates: x509.Certificate) -> list[str]:
    return [base64.b64encode(der_of(certificate)).decode() for certificate in certificates]


def with_header(change: dict[str, Any], *, drop: str = "") -> str:
    """A document of Taro's with another header, properly signed."""
    header = {"alg": "RS256", "typ": "tegata-document+jws", "x5c": x5c(sign_certificate())} | change
    header.pop(drop, None)
    signing_input = f"{part(json.dumps(header).encode())}.{part(PAYLOAD)}"
    return f"{signing_input}.{part(HOLDER.sign(signing_input.encode()))}"


@given(st.binary(min_size=1, max_size=2000))
def test_what_is_signed_comes_back(payload: bytes) -> None:
    assert accept(signed(payload)) == payload


def test_the_verified_document_says_who_signed() -> None:
    verified = verify_document(signed(), VALIDATOR, usage="sign", at=LATER, revocation=GOOD)
    assert verified.certificate == sign_certificate()
    assert verified.validated.root == authority("sign").certificate


def test_another_library_verifies_it() -> None:
    head, body, signature = signed().split(".")
    public_key = sign_certificate().public_key()
    assert isinstance(public_key, rsa.RSAPublicKey)
    raw = base64.urlsafe_b64decode(signature + "==")
    public_key.verify(raw, f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
    header = json.loads(base64.urlsafe_b64decode(head + "==="))
    assert header == {"alg": "RS256", "typ": "tegata-document+jws", "x5c": x5c(sign_certificate())}


def test_reading_trusts_nothing() -> None:
    head, _, signature = signed().split(".")
    unverified = read_document(f"{head}.{part(b'other')}.{signature}")
    assert unverified.payload == b"other"
    assert unverified.certificate == sign_certificate()


def test_another_payload_is_forged() -> None:
    head, _, signature = signed().split(".")
    assert refusal(f"{head}.{part(b'other')}.{signature}") == "forged"


@given(st.integers(0, 255))
def test_a_changed_signature_is_forged(index: int) -> None:
    head, payload, signature = signed().split(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    assert refusal(f"{head}.{payload}.{part(with_byte_flipped(raw, index))}") == "forged"


def test_the_signature_of_another_key_is_forged() -> None:
    assert refusal(sign_document(PAYLOAD, key("other holder").sign, sign_certificate())) == "forged"


def test_someone_elses_certificate_is_forged() -> None:
    assert refusal(with_header({"x5c": x5c(authority("sign").certificate)})) == "forged"


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS512", "PS256", "ES256", "rs256", "", 1, None, []])
def test_other_algorithms_are_refused(algorithm: object) -> None:
    assert refusal(with_header({"alg": algorithm})) in {"wrong-algorithm", "malformed"}


def test_a_document_keyed_with_the_public_key_is_refused() -> None:
    header = part(json.dumps({"alg": "HS256", "typ": "tegata-document+jws", "x5c": x5c(sign_certificate())}).encode())
    assert refusal(f"{header}.{part(PAYLOAD)}.{part(bytes(32))}") == "wrong-algorithm"


@pytest.mark.parametrize(
    ("change", "drop"),
    [
        ({"crit": ["exp"], "exp": 1}, ""),
        ({"crit": []}, ""),
        ({"b64": False, "crit": ["b64"]}, ""),
        ({"b64": True}, ""),
        ({"x5c": []}, ""),
        ({"x5c": x5c(sign_certificate(), authority("sign").certificate)}, ""),
        ({"x5c": "text"}, ""),
        ({"x5c": [1]}, ""),
        ({"x5c": ["####"]}, ""),
        ({"x5c": [base64.b64encode(b"no certificate").decode()]}, ""),
        ({"x5c": [x5c(sign_certificate())[0][:-8]]}, ""),
        ({"unheard": "of"}, ""),
        ({}, "x5c"),
        ({}, "alg"),
    ],
)
def test_a_wrong_header_is_malformed(change: dict[str, Any], drop: str) -> None:
    assert refusal(with_header(change, drop=drop)) == "malformed"


def test_a_document_of_one_kind_serves_no_other() -> None:
    consent = signed(typ="consent+jws")
    assert accept(consent, typ="consent+jws") == PAYLOAD
    assert refusal(consent) == "wrong-type"
    assert refusal(signed(), typ="consent+jws") == "wrong-type"
    assert refusal(with_header({}, drop="typ")) == "wrong-type"


HEAD, BODY, TAIL = signed().split(".")


@pytest.mark.parametrize(
    "document",
    [
        "",
        "..",
        "a.b.c",
        HEAD,
        f"{HEAD}.{BODY}",
        f"{HEAD}..{TAIL}",
        f"{HEAD}.{BODY}.{TAIL}.{TAIL}",
        f"{HEAD}.{BODY}!.{TAIL}",
        f"{HEAD[:-5]}.{BODY}.{TAIL}",
        f"{part(b'[]')}.{BODY}.{TAIL}",
        f"{part(b'null')}.{BODY}.{TAIL}",
        f"{part(b'[' * 20_000)}.{BODY}.{TAIL}",
        "署名.文書.です",
        b"\xff\xfe",
    ],
)
def test_anything_else_is_malformed(document: str | bytes) -> None:
    assert refusal(document) == "malformed"


@pytest.mark.parametrize("signature", ["", "AA", TAIL + "="])
def test_a_signature_that_is_none_is_forged(signature: str) -> None:
    assert refusal(f"{HEAD}.{BODY}.{signature}") == "forged"


def test_a_huge_document_is_refused_before_it_is_decoded() -> None:
    assert refusal(f"{HEAD}.{'A' * 3_000_000}.{TAIL}") == "too-large"
    assert refusal(f"{'A' * 40_000}.{BODY}.{TAIL}") == "too-large"


@given(st.text(max_size=300) | st.binary(max_size=300))
def test_noise_never_crashes(document: str | bytes) -> None:
    assert refusal(document) in {"malformed", "too-large"}


def test_a_refused_certificate_refuses_the_document_and_says_why() -> None:
    revoked = ByStatus(Records(Revoked(AT, Reason.AFFILIATION_CHANGED)))
    with pytest.raises(DocumentRefused) as caught:
        verify_document(signed(), VALIDATOR, usage="sign", at=LATER, revocation=revoked)
    assert (caught.value.code, caught.value.detail) == ("certificate-refused", "revoked")


def test_an_expired_certificate_refuses_the_document() -> None:
    after = sign_certificate().not_valid_after_utc + timedelta(seconds=1)
    with pytest.raises(DocumentRefused, match="expired"):
        verify_document(signed(), VALIDATOR, usage="sign", at=after, revocation=GOOD)


def test_an_authentication_certificate_signs_no_document() -> None:
    document = sign_document(PAYLOAD, HOLDER.sign, auth_certificate())
    both = Validator(Trust([authority("sign").certificate, authority("auth").certificate]))
    with pytest.raises(DocumentRefused, match="wrong-policy"):
        verify_document(document, both, usage="sign", at=LATER, revocation=GOOD)


def test_a_key_that_is_not_rsa_is_refused() -> None:
    holder = SoftwareSigner.generate_p256()
    root = Authority.create("auth", key("auth 1"), at=AT, urls=URLS)
    certificate = root.issue_auth(1, holder.public_key(), CHIYODA, AT, AT.replace(year=2028), "x")
    assert refusal(sign_document(PAYLOAD, holder.sign, certificate)) == "wrong-algorithm"


def test_every_refusal_speaks_two_languages_and_says_what_to_do() -> None:
    assert all(all(advice) for advice in DocumentRefused.ADVICE.values())
