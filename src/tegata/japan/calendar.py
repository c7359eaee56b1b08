"""Public holidays of Japan, 2000 to 2099, computed from the law.

Source: 国民の祝日に関する法律 with its changes, and the special laws for 2019 to 2021. The equinoxes follow the usual
approximation, right for this century unless the government announces another day.
"""

from datetime import date, timedelta
from functools import cache
from typing import Literal

FIRST_YEAR = 2000
LAST_YEAR = 2099

_DAY = timedelta(days=1)
_REFORM = 2007  # From here on a substitute day moves past following holidays, and 4 May is Greenery Day.
_OLYMPIC_YEARS = (2020, 2021)

_FIXED: tuple[tuple[int, int, int, int, str], ...] = (
    # first year, last year, month, day, name
    (2000, 2099, 1, 1, "元日"),
    (2000, 2099, 2, 11, "建国記念の日"),
    (2020, 2099, 2, 23, "天皇誕生日"),
    (2000, 2006, 4, 29, "みどりの日"),
    (2007, 2099, 4, 29, "昭和の日"),
    (2019, 2019, 5, 1, "即位の日"),
    (2000, 2099, 5, 3, "憲法記念日"),
    (2007, 2099, 5, 4, "みどりの日"),
    (2000, 2099, 5, 5, "こどもの日"),
    (2000, 2002, 7, 20, "海の日"),
    (2020, 2020, 7, 23, "海の日"),
    (2021, 2021, 7, 22, "海の日"),
    (2020, 2020, 7, 24, "スポーツの日"),
    (2021, 2021, 7, 23, "スポーツの日"),
    (2016, 2019, 8, 11, "山の日"),
    (2020, 2020, 8, 10, "山の日"),
    (2021, 2021, 8, 8, "山の日"),
    (2022, 2099, 8, 11, "山の日"),
    (2000, 2002, 9, 15, "敬老の日"),
    (2019, 2019, 10, 22, "即位礼正殿の儀の行われる日"),
    (2000, 2099, 11, 3, "文化の日"),
    (2000, 2099, 11, 23, "勤労感謝の日"),
    (2000, 2018, 12, 23, "天皇誕生日"),
)

_MONDAYS: tuple[tuple[int, int, int, int, str], ...] = (
    # first year, last year, month, which Monday, name
    (2000, 2099, 1, 2, "成人の日"),
    (2003, 2019, 7, 3, "海の日"),
    (2022, 2099, 7, 3, "海の日"),
    (2003, 2099, 9, 3, "敬老の日"),
    (2000, 2019, 10, 2, "体育の日"),
    (2022, 2099, 10, 2, "スポーツの日"),
)


def _nth_monday(year: int, month: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=-first.weekday() % 7 + 7 * (n - 1))


def _equinoxes(year: int) -> dict[date, str]:
    drift = 0.242194 * (year - 1980) - (year - 1980) // 4
    return {
        date(year, 3, int(20.8431 + drift)): "春分の日",
        date(year, 9, int(23.2488 + drift)): "秋分の日",
    }


def _named(year: int) -> dict[date, str]:
    """The days that the law names (国民の祝日)."""
    days = {date(year, month, day): name for first, last, month, day, name in _FIXED if first <= year <= last}
    days |= {_nth_monday(year, month, n): name for first, last, month, n, name in _MONDAYS if first <= year <= last}
    return days | _equinoxes(year)


def _substitutes(year: int, named: dict[date, str]) -> dict[date, str]:
    days = {}
    for day in named:
        if day.weekday() != 6:
            continue
        substitute = day + _DAY
        while year >= _REFORM and substitute in named:
            substitute += _DAY
        if substitute not in named:
            days[substitute] = "振替休日"
    return days


def _between(named: dict[date, str], taken: dict[date, str]) -> dict[date, str]:
    """Days between two named ones (国民の休日)."""
    candidates = (day + _DAY for day in named if day + 2 * _DAY in named)
    return {day: "国民の休日" for day in candidates if day not in taken and day.weekday() != 6}


@cache
def holidays(year: int) -> dict[date, str]:
    """Every holiday of the year with its Japanese name, in order. Raises ``ValueError`` outside 2000–2099."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"holidays are known for {FIRST_YEAR} to {LAST_YEAR}")
    named = _named(year)
    taken = named | _substitutes(year, named)
    return dict(sorted((taken | _between(named, taken)).items()))


def holiday_name(d: date) -> str | None:
    """The holiday's name, or ``None`` on an ordinary day."""
    return holidays(d.year).get(d)


def is_holiday(d: date) -> bool:
    """Whether ``d`` is a public holiday (a Saturday or Sunday alone is none)."""
    return d in holidays(d.year)


def is_business_day(d: date, closing: Literal["bank", "office"] = "bank") -> bool:
    """Whether banks (closed 31 December to 3 January) or public offices (closed from 29 December) work on ``d``."""
    new_year = (d.month, d.day) >= (12, 31 if closing == "bank" else 29) or (d.month, d.day) <= (1, 3)
    return d.weekday() < 5 and not new_year and not is_holiday(d)


def next_business_day(d: date, closing: Literal["bank", "office"] = "bank") -> date:
    """The first business day after ``d``."""
    following = d + _DAY
    while not is_business_day(following, closing):
        following += _DAY
    return following
