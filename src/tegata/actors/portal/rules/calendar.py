"""Moments some months away, by the calendar of Japan."""

import calendar
from datetime import datetime

from tegata.japan.dates import JST


def months_from(moment: datetime, months: int) -> datetime:
    """The same day and time ``months`` later (earlier where negative), or the last day of a month that is shorter."""
    moment = moment.astimezone(JST)
    count = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(count, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)
