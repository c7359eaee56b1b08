from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.japan.dates import (
    JST,
    MalformedBirthDate,
    age_on,
    birth_date_code,
    birth_date_text,
    end_of_day,
    era_date,
    full_date,
    is_birth_date,
    nth_birthday_end,
    parse_birth_date_code,
    split_birth_date,
)

BIRTHDAYS = st.dates(date(1880, 1, 1), date(2030, 12, 31))
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(JST))


@pytest.mark.parametrize(
    ("birth_date", "day", "age"),
    [
        ("1980-02-17", date(2023, 2, 16), 42),
        ("1980-02-17", date(2023, 2, 17), 43),
        ("2008-09-25", date(2023, 9, 24), 14),
        ("2008-09-25", date(2023, 9, 25), 15),
        ("2000-02-29", date(2015, 2, 28), 14),
        ("2000-02-29", date(2015, 3, 1), 15),
        ("2000-02-29", date(2016, 2, 29), 16),
        ("1980-00-00", date(2023, 12, 30), 42),
        ("1980-00-00", date(2023, 12, 31), 43),
        ("1980-02-00", date(2023, 2, 28), 42),
        ("1980-02-00", date(2023, 3, 1), 43),
        ("0000-02-17", date(2023, 2, 17), None),
        ("2024-01-01", date(2023, 12, 31), -1),
    ],
)
def test_age(birth_date: str, day: date, age: int | None) -> None:
    assert age_on(birth_date, day) == age


@settings(deadline=None)
@given(BIRTHDAYS, st.dates(date(2031, 1, 1), date(2100, 1, 1)))
def test_age_grows_by_one_from_one_day_to_the_next_at_most(born: date, day: date) -> None:
    today, tomorrow = age_on(born.isoformat(), day), age_on(born.isoformat(), day + timedelta(days=1))
    assert today is not None
    assert tomorrow is not None
    assert tomorrow - today == ((day + timedelta(days=1)).strftime("%m%d") == born.strftime("%m%d")) or (
        born.month == 2 and born.day == 29
    )


@pytest.mark.parametrize(
    "text", ["", "1980-2-17", "1980-13-01", "1981-02-29", "1980-02-30", "１９８０-02-17", "1980-02-17\n", "1900-02-29"]
)
def test_what_is_no_birth_date_is_refused(text: str) -> None:
    assert not is_birth_date(text)
    with pytest.raises(MalformedBirthDate):
        split_birth_date(text)
    with pytest.raises(MalformedBirthDate):
        birth_date_code(text)


def test_the_refusal_does_not_repeat_personal_data() -> None:
    with pytest.raises(MalformedBirthDate) as refusal:
        split_birth_date("1981-02-29")
    assert "1981" not in str(refusal.value)


def test_a_partial_birth_date_is_one() -> None:
    assert split_birth_date("1980-00-00") == (1980, 0, 0)
    assert is_birth_date("0000-02-29")


def test_validity_runs_to_the_end_of_the_fifth_birthday() -> None:
    issued = datetime(2023, 9, 25, 10, 0, tzinfo=JST)
    assert nth_birthday_end("1980-02-17", issued) == datetime(2028, 2, 17, 14, 59, 59, tzinfo=UTC)
    assert nth_birthday_end("1980-12-01", issued) == datetime(2027, 12, 1, 23, 59, 59, tzinfo=JST)


def test_a_birthday_on_the_day_itself_is_not_after_it() -> None:
    assert nth_birthday_end("1980-09-25", datetime(2023, 9, 25, 0, 0, tzinfo=JST), 1).year == 2024


def test_the_day_is_japans_day() -> None:
    just_before_midnight_in_london = datetime(2023, 9, 24, 23, 0, tzinfo=UTC)
    assert nth_birthday_end("1980-09-25", just_before_midnight_in_london, 1).year == 2024


def test_leap_day_ends_on_28_february_of_a_common_year() -> None:
    assert nth_birthday_end("2000-02-29", datetime(2022, 3, 1, tzinfo=JST)).date() == date(2027, 2, 28)
    assert nth_birthday_end("2000-02-29", datetime(2023, 3, 1, tzinfo=JST)).date() == date(2028, 2, 29)


@settings(deadline=None)
@given(BIRTHDAYS, MOMENTS, st.integers(1, 10))
def test_the_nth_birthday_lies_between_n_minus_one_and_n_years_ahead(born: date, after: datetime, n: int) -> None:
    end = nth_birthday_end(born.isoformat(), after, n)
    assert end > after
    assert end == end_of_day(end.date())
    assert n - 1 <= (end.date() - after.date()).days / 365.2 <= n + 0.02


@pytest.mark.parametrize("bad", [datetime(2023, 1, 1)])
def test_a_moment_without_zone_is_refused(bad: datetime) -> None:
    with pytest.raises(ValueError, match="zone"):
        nth_birthday_end("1980-02-17", bad)


def test_n_counts_from_one_and_ends_with_the_calendar() -> None:
    with pytest.raises(ValueError, match="from 1"):
        nth_birthday_end("1980-02-17", datetime(2023, 1, 1, tzinfo=JST), 0)
    with pytest.raises(ValueError, match="calendar"):
        nth_birthday_end("1980-02-17", datetime(9999, 1, 1, tzinfo=JST))


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2023, 9, 25), "令和５年９月25日"),
        (date(2019, 5, 1), "令和元年５月１日"),
        (date(2019, 4, 30), "平成31年４月30日"),
        (date(1989, 1, 7), "昭和64年１月７日"),
        (date(1926, 12, 24), "大正15年12月24日"),
        (date(1912, 7, 29), "明治45年７月29日"),
        (date(1868, 1, 24), "西暦1868年１月24日"),
    ],
)
def test_the_japanese_calendar(day: date, text: str) -> None:
    assert era_date(day) == text


def test_both_calendars_and_the_weekday() -> None:
    assert full_date(date(2023, 9, 25), "ja") == "2023年（令和５年）９月25日（月）"
    assert full_date(date(2023, 9, 25), "en") == "Monday, 25 September 2023 (Reiwa 5)"
    assert full_date(datetime(2023, 9, 24, 15, 0, tzinfo=UTC), "ja") == "2023年（令和５年）９月25日（月）"


@pytest.mark.parametrize(
    ("birth_date", "japanese", "english"),
    [
        ("1980-02-17", "1980年（昭和55年）２月17日", "17 February 1980"),
        ("1980-02-00", "1980年２月 日不明", "day unknown, month 2, year 1980"),
        ("1980-00-00", "1980年 月・日不明", "day unknown, month unknown, year 1980"),
        ("0000-00-00", "年・月・日不明", "day unknown, month unknown, year unknown"),
    ],
)
def test_birth_dates_on_a_page(birth_date: str, japanese: str, english: str) -> None:
    assert birth_date_text(birth_date, "ja") == japanese
    assert birth_date_text(birth_date, "en") == english


@pytest.mark.parametrize(
    ("birth_date", "code"),
    [
        ("1980-02-17", "319800217"),
        ("2019-05-01", "520190501"),
        ("2019-04-30", "420190430"),
        ("1989-01-07", "319890107"),
        ("1912-07-29", "119120729"),
        ("1912-07-30", "219120730"),
        ("1989-00-00", "019890000"),
        ("1989-01-00", "019890100"),
        ("1990-00-00", "419900000"),
        ("0000-02-17", "000000217"),
    ],
)
def test_birth_date_code(birth_date: str, code: str) -> None:
    assert birth_date_code(birth_date) == code
    assert parse_birth_date_code(code) == birth_date


@settings(deadline=None)
@given(BIRTHDAYS, st.sampled_from(["full", "month", "year"]))
def test_the_code_gives_the_birth_date_back(born: date, known: str) -> None:
    text = born.isoformat()
    birth_date = {"full": text, "month": f"{text[:7]}-00", "year": f"{text[:4]}-00-00"}[known]
    assert parse_birth_date_code(birth_date_code(birth_date)) == birth_date


@pytest.mark.parametrize(
    "code",
    ["", "31980021", "3198002170", "619800217", "419800217", "319801317", "319810229", "３19800217", "100000217"],
)
def test_a_wrong_code_is_refused(code: str) -> None:
    with pytest.raises(MalformedBirthDate):
        parse_birth_date_code(code)
