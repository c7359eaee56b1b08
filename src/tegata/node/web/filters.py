"""Jinja filters: dates in both calendars, times with the day of the week, masks."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from tegata.japan.dates import JST, full_date
from tegata.node.web.language import current_language, translate

NOTHING: Final = "—"
WEEKDAYS: Final = (
    ("月", "Mon"),
    ("火", "Tue"),
    ("水", "Wed"),
    ("木", "Thu"),
    ("金", "Fri"),
    ("土", "Sat"),
    ("日", "Sun"),
)


def show_full_date(moment: datetime | None) -> str:
    """A moment: its day in both calendars with the day of the week, and the clock time in Japan."""
    if moment is None:
        return NOTHING
    return f"{full_date(moment, current_language())} {moment.astimezone(JST):%H:%M}"


def show_date(day: date | None) -> str:
    """A day in both calendars, with the day of the week."""
    return NOTHING if day is None else full_date(day, current_language())


def show_time(moment: datetime | None) -> str:
    """Short: 9月25日（月）07:00, for lists whose year is clear."""
    if moment is None:
        return NOTHING
    moment = moment.astimezone(JST)
    weekday = translate(*WEEKDAYS[moment.weekday()])
    if current_language() == "en":
        return f"{weekday} {moment:%Y-%m-%d %H:%M}"
    return f"{moment.month}月{moment.day}日（{weekday}）{moment:%H:%M}"


def show_number(value: int | float | None) -> str:
    """With separators between thousands."""
    return NOTHING if value is None else f"{value:,}"


def mask(text: str | None, shown: int = 4) -> str:
    """All but the last characters as ●."""
    return NOTHING if not text else "●" * max(len(text) - shown, 0) + text[max(len(text) - shown, 0) :]


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "full_date": show_full_date,
    "date": show_date,
    "time": show_time,
    "number": show_number,
    "mask": mask,
}
