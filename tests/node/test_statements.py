"""Reading what a person signed: each step refuses with its own reason (FI-02)."""

import msgspec
import pytest

from tegata.node import statements
from tegata.pki.documents import sign_document
from tegata.pki.validation import ByStatus, Trust, Validator, unsafe_no_revocation_check
from tegata.wire.consents import WithdrawalStatement
from tegata.wire.problems import Refused
from tests.pki import ocsp_support
from tests.pki.support import AT, auth_certificate, authority, key

STATEMENT = WithdrawalStatement(statement_id="s-1", consent_id="c-1", stated_at=AT)
DOOR = Validator(Trust(roots=[authority("sign").certificate]))


def _signed(payload: bytes = msgspec.json.encode(STATEMENT), serial: int = ocsp_support.GOOD) -> str:
    return sign_document(payload, key("holder").sign, ocsp_support.certificate(serial))


def _verify(document: str) -> statements.Signed:
    by = ByStatus(ocsp_support.SNAPSHOT)
    return statements.verify(DOOR, document, usage="sign", at=ocsp_support.NOW, revocation=by)


def _refusal(document: str) -> Refused:
    with pytest.raises(Refused) as refused:
        _verify(document)
    return refused.value


@pytest.mark.rule("FI-02")
def test_what_was_signed_is_read_back() -> None:
    document = _signed()
    signed = _verify(document)
    assert signed.serial == ocsp_support.GOOD
    assert statements.certificate_of(document) == signed.certificate
    assert statements.read(signed, "withdrawal", WithdrawalStatement) == STATEMENT


@pytest.mark.rule("FI-02")
@pytest.mark.parametrize(
    ("document", "code", "cause"),
    [
        (_signed(serial=ocsp_support.REVOKED), "consent-certificate-not-valid", "revoked"),
        (_signed(serial=ocsp_support.HELD), "consent-certificate-not-valid", "on-hold"),
        (_signed(serial=ocsp_support.NEVER_ISSUED), "consent-certificate-not-valid", "unknown-serial"),
        (_signed().replace(".", "..", 1), "consent-signature-invalid", "malformed"),
        (_signed()[:-6] + "AAAAAA", "consent-signature-invalid", "forged"),
        (sign_document(b"{}", key("another").sign, ocsp_support.certificate()), "consent-signature-invalid", "forged"),
        (sign_document(b"{}", key("holder").sign, auth_certificate()), "consent-signature-invalid", "unknown-issuer"),
    ],
    ids=["revoked", "held", "unknown", "malformed", "forged", "of another key", "of the other authority"],
)
def test_signature_and_certificate_are_refused_each_in_its_way(document: str, code: str, cause: str) -> None:
    refused = _refusal(document)
    assert (refused.code, refused.detail) == (code, {"cause": cause})


def test_an_expired_certificate_is_not_valid() -> None:
    with pytest.raises(Refused) as refused:
        statements.verify(
            DOOR, _signed(), usage="sign", at=AT.replace(year=2028, month=12), revocation=unsafe_no_revocation_check
        )
    assert refused.value.detail == {"cause": "expired"}


@pytest.mark.parametrize(
    ("payload", "detail"),
    [
        (b"not json", {"cause": "unreadable"}),
        (b'"\xff"', {"cause": "unreadable"}),
        (b"[" * 100_000, {"cause": "unreadable"}),
        (b"[]", {"field": "kind"}),
        (b'{"kind":"consent"}', {"field": "kind"}),
        (b'{"kind":"withdrawal"}', {"cause": "invalid"}),
        (
            b'{"kind":"withdrawal","statement_id":"s","consent_id":"c","stated_at":"2023-09-25T09:00:00+09:00","x":"\\u0000"}',
            {"cause": "nul"},
        ),
    ],
    ids=["text", "bytes", "nested", "a list", "another kind", "fields missing", "NUL"],
)
def test_what_was_said_is_refused_unless_it_is_the_wanted_statement(payload: bytes, detail: dict[str, str]) -> None:
    signed = _verify(_signed(payload))
    with pytest.raises(Refused) as refused:
        statements.read(signed, "withdrawal", WithdrawalStatement)
    assert (refused.value.code, refused.value.detail) == ("consent-statement-wrong", detail)


def test_a_certificate_is_not_taken_from_something_else() -> None:
    with pytest.raises(Refused) as refused:
        statements.certificate_of("a.b.c")
    assert refused.value.code == "consent-signature-invalid"
