from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.japan.calendar import holiday_name, holidays, is_business_day, is_holiday, next_business_day

DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 1))

# As the Cabinet Office published them (month and day).
PUBLISHED = {
    2000: "0101 0110 0211 0320 0429 0503 0504 0505 0720 0915 0923 1009 1103 1123 1223",
    2006: "0101 0102 0109 0211 0321 0429 0503 0504 0505 0717 0918 0923 1009 1103 1123 1223",
    2007: "0101 0108 0211 0212 0321 0429 0430 0503 0504 0505 0716 0917 0923 0924 1008 1103 1123 1223 1224",
    2009: "0101 0112 0211 0320 0429 0503 0504 0505 0506 0720 0921 0922 0923 1012 1103 1123 1223",
    2019: "0101 0114 0211 0321 0429 0430 0501 0502 0503 0504 0505 0506 "
    "0715 0811 0812 0916 0923 1014 1022 1103 1104 1123",
    2020: "0101 0113 0211 0223 0224 0320 0429 0503 0504 0505 0506 0723 0724 0810 0921 0922 1103 1123",
    2021: "0101 0111 0211 0223 0320 0429 0503 0504 0505 0722 0723 0808 0809 0920 0923 1103 1123",
    2023: "0101 0102 0109 0211 0223 0321 0429 0503 0504 0505 0717 0811 0918 0923 1009 1103 1123",
    2024: "0101 0108 0211 0212 0223 0320 0429 0503 0504 0505 0506 0715 0811 0812 0916 0922 0923 1014 1103 1104 1123",
    2026: "0101 0112 0211 0223 0320 0429 0503 0504 0505 0506 0720 0811 0921 0922 0923 1012 1103 1123",
}


@pytest.mark.parametrize("year", PUBLISHED)
def test_published_years(year: int) -> None:
    assert " ".join(day.strftime("%m%d") for day in holidays(year)) == PUBLISHED[year]


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2019, 5, 1), "即位の日"),
        (date(2019, 4, 30), "国民の休日"),
        (date(2019, 10, 22), "即位礼正殿の儀の行われる日"),
        (date(2021, 8, 9), "振替休日"),
        (date(2020, 7, 24), "スポーツの日"),
        (date(2018, 12, 23), "天皇誕生日"),
        (date(2019, 12, 23), None),
        (date(2006, 4, 29), "みどりの日"),
        (date(2007, 4, 29), "昭和の日"),
        (date(2023, 9, 25), None),
    ],
)
def test_names(day: date, name: str | None) -> None:
    assert holiday_name(day) == name
    assert is_holiday(day) is (name is not None)


@settings(deadline=None)
@given(st.integers(2007, 2099))
def test_each_holiday_on_a_sunday_is_made_good_on_the_next_free_day(year: int) -> None:
    for day, name in holidays(year).items():
        if day.weekday() == 6:
            following = day + timedelta(days=1)
            while holiday_name(following) not in (None, "振替休日"):
                following += timedelta(days=1)
            assert holiday_name(following) == "振替休日", name


@settings(deadline=None)
@given(st.integers(2000, 2099))
def test_a_year_has_fifteen_to_twenty_two_holidays_in_order(year: int) -> None:
    days = list(holidays(year))
    assert days == sorted(days)
    assert 15 <= len(days) <= 22
    assert {day.year for day in days} == {year}


@pytest.mark.parametrize(
    ("day", "bank", "office"),
    [
        (date(2023, 9, 25), True, True),
        (date(2023, 9, 23), False, False),
        (date(2023, 9, 18), False, False),
        (date(2023, 12, 28), True, True),
        (date(2023, 12, 29), True, False),
        (date(2024, 12, 31), False, False),
        (date(2024, 1, 3), False, False),
        (date(2024, 1, 4), True, True),
    ],
)
def test_business_days(day: date, bank: bool, office: bool) -> None:
    assert is_business_day(day) is bank
    assert is_business_day(day, "office") is office


@settings(deadline=None)
@given(DAYS)
def test_the_next_business_day_is_the_first_one(day: date) -> None:
    found = next_business_day(day)
    between = [day + timedelta(days=n) for n in range(1, (found - day).days)]
    assert is_business_day(found)
    assert not any(is_business_day(one) for one in between)


@pytest.mark.parametrize("year", [1999, 2100])
def test_other_centuries_are_refused(year: int) -> None:
    with pytest.raises(ValueError, match="2000"):
        holidays(year)
