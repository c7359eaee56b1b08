"""An earlier time is judged by what is known now."""

from datetime import datetime, timedelta

import pytest

from tegata.pki.certificates import CertificateRefused
from tegata.pki.crl import Reason, RevocationList, RevokedEntries, verify_crl, write_crl
from tegata.pki.validation import AsKnownLater, ByCrl, Trust, Validator
from tests.pki.support import AT, LATER, authority, sign_certificate

SERIAL = 1001
DAY = timedelta(days=1)
REVOKED_AT = AT + 10 * DAY
VALIDATOR = Validator(Trust([authority("sign").certificate]))


def listed(reason: Reason = Reason.AFFILIATION_CHANGED, known_at: datetime = LATER) -> RevocationList:
    rows = RevokedEntries.from_rows([(SERIAL, REVOKED_AT, reason)])
    root = authority("sign")
    data = write_crl(root, rows, number=1, this_update=known_at, next_update=known_at + DAY, partition=None)
    return verify_crl(data, [root.certificate], at=known_at)


def judge(at: datetime, source: RevocationList, known_at: datetime = LATER) -> datetime | None:
    known = AsKnownLater(ByCrl(source), known_at)
    return VALIDATOR.validate(sign_certificate(SERIAL), usage="sign", at=at, revocation=known).status_as_of


def refusal(at: datetime, source: RevocationList, known_at: datetime = LATER) -> CertificateRefused:
    with pytest.raises(CertificateRefused) as refused:
        judge(at, source, known_at)
    return refused.value


@pytest.mark.parametrize("reason", [Reason.AFFILIATION_CHANGED, Reason.CERTIFICATE_HOLD])
def test_who_was_revoked_afterwards_was_not_revoked_then(reason: Reason) -> None:
    assert judge(REVOKED_AT - timedelta(seconds=1), listed(reason)) == LATER
    code = "on-hold" if reason is Reason.CERTIFICATE_HOLD else "revoked"
    for at in (REVOKED_AT, REVOKED_AT + DAY, LATER):
        assert refusal(at, listed(reason)).code == code


def test_without_what_is_current_now_nothing_is_known() -> None:
    assert refusal(AT + DAY, listed(known_at=LATER - 2 * DAY)).code == "revocation-unknown"


def test_a_certificate_that_expired_since_may_have_left_the_lists() -> None:
    now = AT.replace(year=2029)
    assert refusal(AT + DAY, listed(known_at=now), now).code == "revocation-unknown"


def test_the_certificate_is_still_judged_at_the_earlier_time() -> None:
    assert refusal(AT - DAY, listed()).code == "not-yet-valid"
