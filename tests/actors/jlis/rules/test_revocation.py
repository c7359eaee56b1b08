"""The state of a certificate in time, and what stands on a CRL."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.actors.jlis.rules.revocation import (
    Entry,
    RevocationFact,
    crl_next_update,
    effective,
    listed_from,
    may_be_added,
    ocsp_next_update,
    reason_for,
    state_of,
)
from tegata.japan.dates import JST
from tegata.pki.profiles import MEDIA

AT = datetime(2023, 9, 25, 7, 0, tzinfo=JST)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def fact(reason: Any, hours: int = 0) -> RevocationFact:
    return RevocationFact(AT + hours * HOUR, reason)


def released(hours: int) -> Entry:
    return Entry(AT + hours * HOUR, "removeFromCRL")


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
    assert effective([held]) == held
    assert effective([held, final]) == final
    for medium in MEDIA:
        assert may_be_added([], "certificateHold", medium)
        assert may_be_added([held], "keyCompromise", medium)
        assert not may_be_added([held], "certificateHold", medium)
        assert not may_be_added([held, final], "unspecified", medium)
        assert not may_be_added([final], "certificateHold", medium)


@pytest.mark.rule("SP-05")
def test_only_what_is_held_on_a_phone_is_released() -> None:
    held, final = fact("certificateHold"), fact("keyCompromise", 1)
    assert may_be_added([held], "removeFromCRL", "phone")
    for record in ([], [final], [held, final], [held, released(1)]):
        assert not may_be_added(record, "removeFromCRL", "phone")
    assert not may_be_added([held], "removeFromCRL", "card")
    assert effective([held, released(1)]) is None
    again = fact("certificateHold", 2)
    assert effective([held, released(1), again]) == again
    assert effective([held, final, released(2)]) == final
    assert effective([released(0)]) is None


HOLD, RELEASE = "certificateHold", "removeFromCRL"
_REASONS: Any = st.sampled_from([HOLD, RELEASE, "superseded", "affiliationChanged", "cessationOfOperation"])


def kept(asked: list[Any], medium: Any) -> list[Entry]:
    """What a record holds once all this was asked for."""
    record: list[Entry] = []
    for number, reason in enumerate(asked):
        if may_be_added(record, reason, medium):
            record.append(Entry(AT + number * HOUR, reason))
    return record


@pytest.mark.rule("SP-05")
@given(st.lists(_REASONS, max_size=8), st.sampled_from(MEDIA))
def test_whatever_is_asked_the_first_revocation_for_good_stands(asked: list[Any], medium: Any) -> None:
    record = kept(asked, medium)
    final = [entry for entry in record if entry.reason not in {HOLD, RELEASE}]
    assert [entry.reason for entry in final] == [reason for reason in asked if reason not in {HOLD, RELEASE}][:1]
    for length in range(len(record) + 1):
        now = effective(record[:length])
        if final and final[0] in record[:length]:
            assert now == RevocationFact(final[0].at, final[0].reason)  # type: ignore[arg-type]
            assert record[length:] == []
        else:
            assert now is None or now.reason == HOLD
            assert now is None or record[length - 1] == Entry(now.at, HOLD)


@pytest.mark.rule("SP-05")
@given(st.lists(_REASONS, max_size=8))
def test_a_cards_hold_is_never_released(asked: list[Any]) -> None:
    record = kept(asked, "card")
    assert RELEASE not in {entry.reason for entry in record}
    assert (effective(record) is None) == (not [reason for reason in asked if reason != RELEASE])


@given(st.lists(_REASONS, max_size=8))
def test_a_record_of_any_entries_comes_to_the_same_step_by_step(asked: list[Any]) -> None:
    """Also one that no rule let in: a release of nothing, and entries after a revocation for good, change nothing."""
    record = [Entry(AT + number * HOUR, reason) for number, reason in enumerate(asked)]
    final = next((entry for entry in record if entry.reason not in {HOLD, RELEASE}), None)
    now = effective(record)
    if final is not None:
        assert now == RevocationFact(final.at, final.reason)  # type: ignore[arg-type]
    else:
        last_release = max((place for place, reason in enumerate(asked) if reason == RELEASE), default=-1)
        holds = [entry for entry in record[last_release + 1 :] if entry.reason == HOLD]
        assert now == (RevocationFact(holds[0].at, HOLD) if holds else None)


def test_reasons_of_events() -> None:
    assert reason_for("move_in") == reason_for("name_change") == "affiliationChanged"
    assert reason_for("death") == reason_for("left_country") == "cessationOfOperation"


@pytest.mark.rule("FI-04")
def test_a_revoked_certificate_stands_on_one_list_after_its_expiry() -> None:
    """RFC 5280 section 3.3: it is taken off only after it was on a list issued beyond its validity."""
    expiry = AT + timedelta(hours=5)
    assert expiry >= listed_from(None)
    assert expiry >= listed_from(AT)
    assert expiry < listed_from(AT + timedelta(days=1))


@pytest.mark.rule("FI-04")
def test_a_list_counts_until_the_next_one_can_have_been_fetched() -> None:
    assert crl_next_update(AT) > AT + timedelta(days=1)
    assert crl_next_update(AT) < AT + timedelta(days=2)


@pytest.mark.rule("FI-05")
def test_ocsp_answers_count_until_the_data_are_renewed() -> None:
    assert ocsp_next_update(AT, timedelta(minutes=15)) > AT + timedelta(minutes=15)
