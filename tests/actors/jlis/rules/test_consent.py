"""From when to when a consent counts."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.actors.jlis.rules.consent import EventFact, Term, check_time, shortened, state_of, term
from tegata.japan.dates import JST
from tegata.wire.consents import WRONG_STATEMENT
from tegata.wire.problems import Refused

GIVEN = datetime(2023, 5, 18, 10, 0, tzinfo=JST)


@pytest.mark.rule("FI-02")
@pytest.mark.parametrize(
    ("given_at", "valid_from", "valid_until"),
    [
        ("2023-05-18T10:00:00+09:00", "2023-05-19T00:00:00+09:00", "2033-05-18T23:59:59+09:00"),
        ("2023-05-18T00:00:00+09:00", "2023-05-19T00:00:00+09:00", "2033-05-18T23:59:59+09:00"),
        ("2023-05-18T23:59:59+09:00", "2023-05-19T00:00:00+09:00", "2033-05-18T23:59:59+09:00"),
        ("2023-05-18T15:30:00+00:00", "2023-05-20T00:00:00+09:00", "2033-05-19T23:59:59+09:00"),
        ("2023-12-31T12:00:00+09:00", "2024-01-01T00:00:00+09:00", "2033-12-31T23:59:59+09:00"),
        ("2024-02-28T12:00:00+09:00", "2024-02-29T00:00:00+09:00", "2034-02-28T23:59:59+09:00"),
        ("2024-02-29T12:00:00+09:00", "2024-03-01T00:00:00+09:00", "2034-02-28T23:59:59+09:00"),
    ],
)
def test_ten_years_from_the_day_after(given_at: str, valid_from: str, valid_until: str) -> None:
    found = term(datetime.fromisoformat(given_at))
    assert found == Term(datetime.fromisoformat(valid_from), datetime.fromisoformat(valid_until))


@given(st.datetimes(datetime(2000, 1, 1), datetime(2080, 1, 1)))
def test_never_at_once_and_never_more_than_ten_years(moment: datetime) -> None:
    found = term(moment.replace(tzinfo=JST))
    assert timedelta(0) < found.valid_from - moment.replace(tzinfo=JST) <= timedelta(days=1)
    assert timedelta(days=3651) <= found.valid_until - found.valid_from < timedelta(days=3654)


def test_states_in_time() -> None:
    valid = term(GIVEN)
    withdrawn = EventFact("withdrawn", GIVEN + timedelta(hours=1))
    assert state_of(valid, [], GIVEN) == "active"
    assert state_of(valid, [withdrawn], GIVEN) == "active"
    assert state_of(valid, [withdrawn], GIVEN + timedelta(hours=1)) == "withdrawn"
    assert state_of(valid, [], valid.valid_until) == "active"
    assert state_of(valid, [], valid.valid_until + timedelta(seconds=1)) == "expired"
    assert state_of(valid, [withdrawn], valid.valid_until + timedelta(days=1)) == "withdrawn"


def test_a_newer_consent_takes_over_without_a_gap() -> None:
    old, new = term(GIVEN), term(GIVEN + timedelta(days=30))
    assert shortened(old, None) == old
    assert shortened(old, new.valid_from).valid_until + timedelta(seconds=1) == new.valid_from
    assert shortened(old, old.valid_until + timedelta(days=1)) == old


@pytest.mark.parametrize(
    ("age", "believed"),
    [
        (timedelta(0), True),
        (timedelta(days=7), True),
        (timedelta(days=7, seconds=1), False),
        (-timedelta(minutes=5), True),
        (-timedelta(minutes=5, seconds=1), False),
    ],
)
def test_old_statements_and_those_from_the_future_are_not_believed(age: timedelta, *, believed: bool) -> None:
    if believed:
        check_time(GIVEN - age, GIVEN)
        return
    with pytest.raises(Refused) as refused:
        check_time(GIVEN - age, GIVEN)
    assert refused.value.type is WRONG_STATEMENT
