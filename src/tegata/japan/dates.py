"""Days and moments in Japan: ages, birthdays, eras, and the birth date code of certificates. Time is an argument."""

import calendar
import re
from datetime import date, datetime, time
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from tegata.japan.four_attributes import BirthDate
from tegata.japan.text import to_full_width

JST = ZoneInfo("Asia/Tokyo")

Language = Literal["ja", "en"]

ERAS: tuple[tuple[date, str, str], ...] = (
    (date(1868, 1, 25), "明治", "Meiji"),
    (date(1912, 7, 30), "大正", "Taisho"),
    (date(1926, 12, 25), "昭和", "Showa"),
    (date(1989, 1, 8), "平成", "Heisei"),
    (date(2019, 5, 1), "令和", "Reiwa"),
)
"""First day, Japanese name, romaji; the position + 1 is the era digit of the birth date code (1 明治 … 5 令和)."""

UNKNOWN_ERA = "0"

_WEEKDAYS_JA = "月火水木金土日"
_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class MalformedBirthDate(ValueError):
    """The text is no birth date, complete or partial."""


@lru_cache(maxsize=4096)
def split_birth_date(birth_date: BirthDate) -> tuple[int, int, int]:
    """Year, month and day, 0 for an unknown part. Raises :class:`MalformedBirthDate` when no such day can exist."""
    match = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", birth_date)
    if match is None:
        raise MalformedBirthDate(f"not a birth date of the form YYYY-MM-DD: {len(birth_date)} characters")
    year, month, day = (int(part) for part in match.groups())
    if month > 12 or day > _longest_month(year, month):
        raise MalformedBirthDate("no such day in the calendar")
    return year, month, day


def is_birth_date(text: str) -> bool:
    """Whether ``text`` is a complete or partial birth date that the calendar allows."""
    try:
        split_birth_date(text)
    except MalformedBirthDate:
        return False
    return True


def _longest_month(year: int, month: int) -> int:
    if month == 0:
        return 31
    return calendar.monthrange(year or 2000, month)[1]


def _latest(birth_date: BirthDate) -> date | None:
    year, month, day = split_birth_date(birth_date)
    if year == 0:
        return None
    month = month or 12
    return date(year, month, min(day or 31, _longest_month(year, month)))


def age_on(birth_date: BirthDate, day: date) -> int | None:
    """Full years on ``day``; negative before birth, ``None`` when the year is unknown.

    With an unknown month or day the latest possible date counts, so that no age-bound right comes too early. Who was
    born on 29 February is a year older on 1 March of a common year.
    """
    born = _latest(birth_date)
    return None if born is None else full_years(born, day)


def full_years(born: date, day: date) -> int:
    """Full years on ``day`` of somebody whose day of birth is known."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def end_of_day(d: date) -> datetime:
    """The last second of the day in Japan, 23:59:59 JST."""
    return datetime.combine(d, time(23, 59, 59), tzinfo=JST)


def nth_birthday_end(birth_date: BirthDate, after: datetime, n: int = 5) -> datetime:
    """The end (23:59:59 JST) of the ``n``-th birthday after ``after`` (a certificate of a card ends with the fifth).

    A birthday on the very day of ``after`` is not counted. An unknown month or day counts as the first, and 29 February
    as the 28th in common years: never later than the true birthday. ``after`` must carry a zone.
    """
    if after.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    if n < 1:
        raise ValueError("n counts from 1")
    start = after.astimezone(JST).date()
    is_past = _birthday(birth_date, start.year) <= start
    year = start.year + is_past + n - 1
    if year > date.max.year:
        raise ValueError("beyond the calendar")
    return end_of_day(_birthday(birth_date, year))


def _birthday(birth_date: BirthDate, year: int) -> date:
    _, month, day = split_birth_date(birth_date)
    month, day = month or 1, day or 1
    return date(year, month, min(day, _longest_month(year, month)))


def _era_of(d: date) -> int | None:
    index = sum(first <= d for first, _, _ in ERAS) - 1
    return index if index >= 0 else None


def _era_year(d: date) -> tuple[str, str, int] | None:
    index = _era_of(d)
    if index is None:
        return None
    first, japanese, romaji = ERAS[index]
    return japanese, romaji, d.year - first.year + 1


def _official_number(number: int) -> str:
    """One digit is written in full width, more in half width, as official letters do (９月25日)."""
    return to_full_width(str(number)) if number < 10 else str(number)


def era_date(d: date) -> str:
    """The date in the Japanese calendar as official letters write it: 令和５年９月25日, 令和元年５月１日.

    Before 1868-01-25 the year is the Western one with 西暦, as the eras then followed another calendar.
    """
    era = _era_year(d)
    year = f"西暦{d.year}" if era is None else era[0] + ("元" if era[2] == 1 else _official_number(era[2]))
    return f"{year}年{_official_number(d.month)}月{_official_number(d.day)}日"


def full_date(dt: date | datetime, lang: Language = "ja") -> str:
    """Western and Japanese calendar with the weekday; a moment is shown as its day in Japan.

    ``2023年（令和５年）９月25日（月）`` or ``Monday, 25 September 2023 (Reiwa 5)``.
    """
    d = dt.astimezone(JST).date() if isinstance(dt, datetime) else dt
    era = _era_year(d)
    if lang == "en":
        suffix = f" ({era[1]} {era[2]})" if era else ""
        return f"{_WEEKDAYS_EN[d.weekday()]}, {d.day} {calendar.month_name[d.month]} {d.year}{suffix}"
    era_text = f"（{era_date(d).split('年')[0]}年）" if era else ""
    day = f"{_official_number(d.month)}月{_official_number(d.day)}日"
    return f"{d.year}年{era_text}{day}（{_WEEKDAYS_JA[d.weekday()]}）"


def birth_date_text(birth_date: BirthDate, lang: Language = "ja") -> str:
    """A birth date as a page shows it: ``1980年（昭和55年）２月17日``; with unknown parts ``1980年２月 日不明``."""
    year, month, day = split_birth_date(birth_date)
    if year and month and day:
        d = date(year, month, day)
        if lang == "en":
            return f"{d.day} {calendar.month_name[d.month]} {d.year}"
        return full_date(d, "ja").rpartition("（")[0]
    return _partial_text(year, month, day, lang)


def _partial_text(year: int, month: int, day: int, lang: Language) -> str:
    if lang == "en":
        parts = (f"day {day or 'unknown'}", f"month {month or 'unknown'}", f"year {year or 'unknown'}")
        return ", ".join(parts)
    known = "".join(
        f"{_official_number(value)}{unit}" for value, unit in ((year, "年"), (month, "月"), (day, "日")) if value
    )
    unknown = "・".join(unit for value, unit in ((year, "年"), (month, "月"), (day, "日")) if not value)
    return f"{known} {unknown}不明".strip()


def _possible_eras(year: int, month: int, day: int) -> set[str]:
    if year == 0:
        return {UNKNOWN_ERA}
    first = date(year, month or 1, min(day or 1, _longest_month(year, month or 1)))
    last_month = month or 12
    last = date(year, last_month, min(day or 31, _longest_month(year, last_month)))
    digits = {_era_of(d) for d in (first, last)}
    return {UNKNOWN_ERA if index is None else str(index + 1) for index in digits}


def birth_date_code(birth_date: BirthDate) -> str:
    """The nine digits EYYYYMMDD of a signature certificate's otherName .4.

    E is 0 when the known parts do not settle the era.
    """
    year, month, day = split_birth_date(birth_date)
    eras = _possible_eras(year, month, day)
    era = eras.pop() if len(eras) == 1 else UNKNOWN_ERA
    return f"{era}{year:04}{month:02}{day:02}"


def parse_birth_date_code(code: str) -> BirthDate:
    """The birth date of an EYYYYMMDD code. Raises :class:`MalformedBirthDate`, also when era and date contradict."""
    if re.fullmatch(r"[0-5][0-9]{8}", code) is None:
        raise MalformedBirthDate("a birth date code is an era digit 0 to 5 and YYYYMMDD")
    birth_date = f"{code[1:5]}-{code[5:7]}-{code[7:9]}"
    year, month, day = split_birth_date(birth_date)
    if code[0] != UNKNOWN_ERA and code[0] not in _possible_eras(year, month, day):
        raise MalformedBirthDate("the era digit does not fit the date")
    return birth_date
