"""When a menu is open, and when it opens next."""

from datetime import date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.actors.call_centre.pages.words import hours_of
from tegata.actors.call_centre.rules.menus import (
    Menu,
    day_kind,
    is_always_open,
    menu_of,
    menus,
    opening,
    read_table,
)
from tegata.japan.dates import JST
from tegata.wire.problems import Refused

LOSS, ENQUIRY = menu_of(2), menu_of(4)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2098, 12, 31), timezones=st.just(JST))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JST)


def test_the_menus_are_those_of_the_source() -> None:
    assert [(menu.number, menu.kind) for menu in menus().values()] == [(2, "loss"), (4, "enquiry")]
    assert all(row.source.startswith("SP-0") for menu in menus().values() for row in menu.hours)
    with pytest.raises(Refused):
        menu_of(5)


@pytest.mark.rule("SP-04")
@given(MOMENTS)
def test_loss_and_theft_are_taken_at_any_hour_of_any_day(moment: datetime) -> None:
    now = opening(LOSS, moment)
    assert now.is_open
    assert now.until is None
    assert is_always_open(LOSS, moment.date())


@pytest.mark.rule("SP-06")
@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2023-09-25T09:29:59", False),
        ("2023-09-25T09:29:59.999999", False),
        ("2023-09-25T09:30:00", True),
        ("2023-09-25T17:30:00", True),
        ("2023-09-25T19:59:59.999999", True),
        ("2023-09-25T20:00:00", False),
        ("2023-09-25T00:00:00", False),
        ("2023-09-23T09:29:59", False),  # 秋分の日, a Saturday
        ("2023-09-23T09:30:00", True),
        ("2023-09-23T17:29:59", True),
        ("2023-09-23T17:30:00", False),
        ("2023-09-24T17:30:00", False),  # a Sunday
        ("2023-10-09T17:30:00", False),  # スポーツの日, a Monday
        ("2023-10-09T17:29:59", True),
        ("2023-11-03T18:00:00", False),  # 文化の日, a Friday
        ("2024-02-12T18:00:00", False),  # 振替休日, a Monday
        ("2024-05-06T18:00:00", False),  # 振替休日 of 5 May
        ("2023-12-29T19:00:00", True),  # no closing at the end of the year is named
        ("2024-12-31T19:59:59", True),
        ("2025-01-01T17:29:59", True),  # 元日, a Wednesday
        ("2025-01-01T17:30:00", False),
        ("2025-01-02T19:59:59", True),
        ("2023-01-02T18:00:00", False),  # 振替休日 of 元日
    ],
)
def test_enquiries_are_taken_in_their_hours(moment: str, is_open: bool) -> None:
    assert opening(ENQUIRY, at(moment)).is_open is is_open


@pytest.mark.rule("SP-06")
@pytest.mark.parametrize(
    ("moment", "following"),
    [
        ("2023-09-25T03:00:00", "2023-09-25T09:30:00"),
        ("2023-09-25T20:00:00", "2023-09-26T09:30:00"),
        ("2023-09-22T20:00:00", "2023-09-23T09:30:00"),
        ("2023-09-24T17:30:00", "2023-09-25T09:30:00"),
        ("2024-12-31T20:00:00", "2025-01-01T09:30:00"),
    ],
)
def test_outside_the_hours_the_next_opening_is_told(moment: str, following: str) -> None:
    now = opening(ENQUIRY, at(moment))
    assert (now.is_open, now.following) == (False, at(following))


def test_while_it_is_open_the_end_is_told() -> None:
    assert opening(ENQUIRY, at("2023-09-25T09:30:00")).until == at("2023-09-25T20:00:00")
    assert opening(ENQUIRY, at("2023-09-24T12:00:00")).until == at("2023-09-24T17:30:00")


def test_another_zone_tells_the_same() -> None:
    moment = datetime.fromisoformat("2023-09-25T00:30:00+00:00")
    assert opening(ENQUIRY, moment) == opening(ENQUIRY, at("2023-09-25T09:30:00"))


@pytest.mark.rule("SP-06")
@given(MOMENTS, st.data())
def test_the_next_opening_is_open_and_nothing_before_it_is(moment: datetime, data: st.DataObject) -> None:
    now = opening(ENQUIRY, moment)
    if now.is_open:
        assert now.until is not None
        assert now.until > moment
        assert not opening(ENQUIRY, now.until).is_open
        last = now.until - timedelta(microseconds=1)
        between = data.draw(st.datetimes(moment.replace(tzinfo=None), last.replace(tzinfo=None)))
        assert opening(ENQUIRY, between.replace(tzinfo=JST)).is_open
    else:
        assert now.following is not None
        assert now.following > moment
        assert opening(ENQUIRY, now.following).is_open
        last = now.following - timedelta(microseconds=1)
        between = data.draw(st.datetimes(moment.replace(tzinfo=None), last.replace(tzinfo=None)))
        assert not opening(ENQUIRY, between.replace(tzinfo=JST)).is_open


def test_where_holidays_are_not_known_any_more_nothing_is_promised() -> None:
    assert opening(ENQUIRY, at("2099-12-31T20:00:00")).following is None


TABLE = """
[[menu]]
number = 5
kind = "enquiry"
name_ja = "マイナポイント"
name_en = "Points"
source = "PT-15"
[[menu.hours]]
days = ["weekday", "holiday"]
opens = "09:30"
closes = "20:00"
source = "PT-15"
[[menu.hours]]
days = ["holiday"]
opens = "10:00"
closes = "24:00"
since = 2024-01-01
source = "a change"
"""


def test_the_table_holds_another_menu_and_a_change_of_its_hours() -> None:
    (points,) = read_table(TABLE.encode()).values()
    sunday, later = date(2023, 12, 31), date(2024, 1, 7)
    assert (day_kind(sunday), day_kind(later)) == ("holiday", "holiday")
    assert opening(points, at("2023-12-31T19:59:59")).is_open
    assert not opening(points, at("2024-01-07T09:59:59")).is_open
    assert opening(points, at("2024-01-07T23:59:59")).until == at("2024-01-08T00:00:00")
    assert not opening(points, at("2024-01-05T20:00:00")).is_open
    assert not is_always_open(points, later)
    assert [line.ja for line in hours_of(points, later)] == ["平日 9:30〜20:00", "土曜・日曜・祝日 10:00〜24:00"]


def test_hours_that_run_into_the_next_day_are_one_time_of_opening() -> None:
    night = """
    [[menu]]
    number = 1
    kind = "loss"
    name_ja = "夜"
    name_en = "Night"
    source = "test"
    hours = [{ days = ["holiday"], opens = "12:00", closes = "24:00", source = "t" },
             { days = ["weekday"], opens = "00:00", closes = "10:00", source = "t" }]
    """
    (menu,) = read_table(night.encode()).values()
    assert opening(menu, at("2023-09-24T23:00:00")).until == at("2023-09-25T10:00:00")
    assert opening(menu, at("2023-09-25T10:00:00")).following == at("2023-09-26T00:00:00")


@pytest.mark.parametrize(
    "wrong",
    [
        TABLE.replace('"09:30"', '"9:30"'),
        TABLE.replace('"09:30"', '"24:30"'),
        TABLE.replace('"09:30"', '"20:00"'),
        TABLE.replace('["holiday"]', "[]"),
        TABLE.replace('"weekday"', '"monday"'),
        TABLE.replace("number = 5", "number = 10"),
        TABLE.replace("opens", "open"),
        TABLE + TABLE,
    ],
)
def test_a_table_that_is_wrong_is_refused(wrong: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        read_table(wrong.encode())


def test_hours_are_told_as_the_source_does() -> None:
    day = date(2023, 9, 25)
    assert [line.ja for line in hours_of(LOSS, day)] == ["24時間、365日"]
    assert [line.ja for line in hours_of(ENQUIRY, day)] == ["平日 9:30〜20:00", "土曜・日曜・祝日 9:30〜17:30"]


def test_a_menu_without_a_row_for_a_day_is_closed_on_it() -> None:
    weekdays = msgspec.structs.replace(ENQUIRY, hours=[ENQUIRY.hours[0]])
    assert isinstance(weekdays, Menu)
    assert opening(weekdays, at("2023-09-23T12:00:00")).following == at("2023-09-25T09:30:00")
