from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.japan.dates import JST
from tegata.node.jobs import Daily, Every, Job, Schedule
from tegata.wire.text import Text

MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2060, 1, 1)).map(lambda naive: naive.replace(tzinfo=JST))
SCHEDULES: st.SearchStrategy[Schedule] = st.one_of(
    st.times().map(Daily), st.timedeltas(timedelta(seconds=1), timedelta(days=3)).map(Every)
)


@given(SCHEDULES, MOMENTS)
def test_a_moment_lies_between_its_last_and_its_following_due_time(schedule: Schedule, moment: datetime) -> None:
    last, following = schedule.last(moment), schedule.following(moment)
    assert last <= moment < following
    assert schedule.last(following) == following
    assert schedule.following(last) == following


def test_daily_is_a_time_in_japan() -> None:
    seven = Daily(time(7))
    assert seven.last(datetime(2023, 9, 25, 6, 59, tzinfo=JST)) == datetime(2023, 9, 24, 7, tzinfo=JST)
    assert seven.last(datetime(2023, 9, 25, 7, 0, tzinfo=JST)) == datetime(2023, 9, 25, 7, tzinfo=JST)
    assert seven.following(datetime(2023, 9, 30, 7, 0, tzinfo=JST)) == datetime(2023, 10, 1, 7, tzinfo=JST)


def test_a_period_is_counted_from_midnight() -> None:
    quarter = Every(timedelta(minutes=15))
    assert quarter.last(datetime(2023, 9, 25, 7, 14, 59, tzinfo=JST)) == datetime(2023, 9, 25, 7, tzinfo=JST)
    assert quarter.following(datetime(2023, 9, 25, 7, 15, tzinfo=JST)) == datetime(2023, 9, 25, 7, 30, tzinfo=JST)


@pytest.mark.parametrize("period", [timedelta(0), timedelta(seconds=-1)])
def test_a_period_or_a_retry_of_nothing_would_never_end(period: timedelta) -> None:
    with pytest.raises(ValueError, match="period"):
        Every(period)
    with pytest.raises(ValueError, match="after some time"):
        Job("j", Daily(time(7)), lambda node, due: None, Text("", ""), retry=period)
