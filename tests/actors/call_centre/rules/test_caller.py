"""Birth dates as callers tell them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.actors.call_centre.rules.caller import Calendar, birth_date
from tegata.japan.dates import ERAS, birth_date_code
from tegata.wire.problems import Refused


@pytest.mark.parametrize(
    ("calendar", "year", "month", "day", "written"),
    [
        ("Showa", "55", "2", "17", "1980-02-17"),
        ("Showa", "５５", "２", "１７", "1980-02-17"),
        ("western", "1980", "02", "17", "1980-02-17"),
        ("Heisei", "元", "1", "8", "1989-01-08"),
        ("Showa", "64", "1", "7", "1989-01-07"),
        ("Reiwa", "5", "9", "25", "2023-09-25"),
        ("Taisho", "15", "12", "24", "1926-12-24"),
        ("Meiji", "45", "7", "29", "1912-07-29"),
        ("western", "1960", "0", "0", "1960-00-00"),
        ("Showa", "35", "5", "0", "1960-05-00"),
    ],
)
def test_a_birth_date_is_written_in_the_western_calendar(
    calendar: Calendar, year: str, month: str, day: str, written: str
) -> None:
    assert birth_date(calendar, year, month, day) == written


@pytest.mark.parametrize(
    ("calendar", "year", "month", "day"),
    [
        ("Showa", "65", "1", "1"),
        ("Heisei", "32", "1", "1"),
        ("Taisho", "16", "1", "1"),
        ("western", "元", "1", "1"),
        ("western", "1980", "2", "30"),
        ("western", "1981", "2", "29"),
        ("western", "0", "1", "1"),
        ("western", "1980", "13", "1"),
        ("western", "", "1", "1"),
        ("western", "-198", "1", "1"),
        ("western", "²", "1", "1"),
        ("western", "19８0x", "1", "1"),
        ("Reiwa", "9999", "1", "1"),
        ("Reiwa", "0", "1", "1"),
        ("western", "1980", "٢", "1"),
    ],
)
def test_what_no_calendar_has_is_refused(calendar: Calendar, year: str, month: str, day: str) -> None:
    with pytest.raises(Refused) as refused:
        birth_date(calendar, year, month, day)
    assert refused.value.detail == {"field": "birth_date"}


@given(st.dates(date(1868, 1, 25), date(2098, 1, 1)))
def test_both_calendars_come_to_the_same(born: date) -> None:
    place = int(birth_date_code(born.isoformat())[0]) - 1
    calendars: list[Calendar] = ["Meiji", "Taisho", "Showa", "Heisei", "Reiwa"]
    year = born.year - ERAS[place][0].year + 1
    assert birth_date(calendars[place], str(year), str(born.month), str(born.day)) == born.isoformat()
    assert birth_date("western", str(born.year), str(born.month), str(born.day)) == born.isoformat()
