"""The state of a certificate in time, and what stands on a CRL."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.actors.jlis.rules.revocation import (
    RevocationFact,
    crl_next_update,
    effective,
    may_be_added,
    ocsp_next_update,
    reason_for,
    stands_on_crl,
    state_of,
)
from tegata.japan.dates import JST

AT = datetime(2023, 9, 25, 7, 0, tzinfo=JST)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def fact(reason: Any, hours: int = 0) -> RevocationFact:
    return RevocationFact(AT + hours * HOUR, reason)


@pytest.mark.parametrize(
    ("not_after", "revocation", "state"),
    [
        (AT, None, "valid"),
        (AT - SECOND, None, "expired"),
        (AT + HOUR, fact("affiliationChanged"), "revoked"),
        (AT + HOUR, fact("affiliationChanged", 1), "valid"),
        (AT + HOUR, fact("certificateHold"), "suspended"),
        (AT - HOUR, fact("superseded", -2), "revoked"),
    ],
)
def test_states(not_after: datetime, revocation: RevocationFact | None, state: str) -> None:
    assert state_of(not_after, revocation, AT) == state


def test_a_hold_can_end_in_a_revocation_and_never_the_other_way() -> None:
    held, final = fact("certificateHold"), fact("keyCompromise", 1)
    assert effective([]) is None
    assert effective([held]) is held
    assert effective([held, final]) is final
    assert may_be_added([], "certificateHold")
    assert may_be_added([held], "keyCompromise")
    assert not may_be_added([held], "certificateHold")
    assert not may_be_added([held, final], "unspecified")
    assert not may_be_added([final], "certificateHold")


_REASONS: Any = st.sampled_from(["certificateHold", "superseded", "affiliationChanged", "cessationOfOperation"])


@given(st.lists(_REASONS, max_size=6))
def test_whatever_is_asked_the_first_revocation_for_good_stands(asked: list[Any]) -> None:
    record: list[RevocationFact] = []
    for number, reason in enumerate(asked):
        if may_be_added(record, reason):
            record.append(fact(reason, number))
    final = [reason for reason in asked if reason != "certificateHold"]
    now = effective(record)
    assert (now.reason if now else None) == (final[0] if final else "certificateHold" if asked else None)


def test_reasons_of_events() -> None:
    assert reason_for("move_in") == reason_for("name_change") == "affiliationChanged"
    assert reason_for("death") == reason_for("left_country") == "cessationOfOperation"


@pytest.mark.rule("FI-04")
def test_a_revoked_certificate_stands_on_one_list_after_its_expiry() -> None:
    """RFC 5280 section 3.3: it is taken off only after it was on a list issued beyond its validity."""
    expiry = AT + timedelta(hours=5)
    assert stands_on_crl(expiry, None)
    assert stands_on_crl(expiry, AT)
    assert not stands_on_crl(expiry, AT + timedelta(days=1))


@pytest.mark.rule("FI-04")
def test_a_list_counts_until_the_next_one_can_have_been_fetched() -> None:
    assert crl_next_update(AT) > AT + timedelta(days=1)
    assert crl_next_update(AT) < AT + timedelta(days=2)


@pytest.mark.rule("FI-05")
def test_ocsp_answers_count_until_the_data_are_renewed() -> None:
    assert ocsp_next_update(AT, timedelta(minutes=15)) > AT + timedelta(minutes=15)
