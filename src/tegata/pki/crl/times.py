"""Times of CRLs and OCSP messages, in columns and singly.

UTCTime through 2049, GeneralizedTime from 2050 on (RFC 5280 5.1.2.4). In a column a time is int64 seconds since 1970 in
UTC. Fractions and offsets do not occur in DER of these profiles.
"""

from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from tegata.pki import der
from tegata.pki.crl.octets import Bytes, Indices

Seconds = npt.NDArray[np.int64]
Eights = npt.NDArray[np.uint64]
"""Eight bytes each, as a little-endian number."""

FIRST_UTC_TIME: Final = int(datetime(1950, 1, 1, tzinfo=UTC).timestamp())
FIRST_GENERALIZED_TIME: Final = int(datetime(2050, 1, 1, tzinfo=UTC).timestamp())
DAY: Final = 86_400
FIRST_DAY: Final = FIRST_UTC_TIME // DAY

FIRST_OF_ALL: Final = int(np.datetime64("0001-01-01", "s").astype(np.int64))
NEVER: Final = -(1 << 50)
"""In a table of seconds: there is no such month, day, hour or minute. A sum with it lies before any time."""


def encode_time(at: datetime) -> bytes:
    """One time as RFC 5280's ``Time``; raises ``ValueError`` before 1950 and without an offset."""
    utc = in_utc(at)
    if utc.year < 1950:
        raise ValueError("a time before 1950")
    if utc.year < 2050:
        return der.encode(der.UTC_TIME, utc.strftime("%y%m%d%H%M%SZ").encode())
    return generalized_time(utc)


@lru_cache(maxsize=64)
def generalized_time(at: datetime) -> bytes:
    """One time as GeneralizedTime to the second (RFC 6960 4.2.2.1 has no other)."""
    return der.encode(der.GENERALIZED_TIME, in_utc(at).strftime("%Y%m%d%H%M%SZ").encode())


def in_utc(at: datetime) -> datetime:
    """The same time in UTC; raises ``ValueError`` where it has no offset."""
    if at.tzinfo is None:
        raise ValueError("a time without its offset")
    return at.astimezone(UTC)


def date_digits(days: npt.NDArray[np.int64]) -> Bytes:
    """``YYYYMMDD`` in ASCII of days since 1970, in rows of 8."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    year = months.astype("datetime64[Y]").astype(np.int64) + 1970
    month = months.astype(np.int64) % 12 + 1
    day = (dates - months).astype(np.int64) + 1
    return _digits((year * 100 + month) * 100 + day, 8)


@cache
def utc_dates() -> npt.NDArray[np.uint64]:
    """Identifier, length and ``YYMMDD`` of a UTCTime for each day that one can write, from :data:`FIRST_DAY` on.

    Eight bytes each, as one number.
    """
    digits = date_digits(np.arange(FIRST_DAY, FIRST_GENERALIZED_TIME // DAY))
    digits[:, :2] = der.UTC_TIME, len("YYMMDDHHMMSSZ")
    return digits.view(np.uint64).reshape(-1)


def generalized_dates(days: npt.NDArray[np.int64]) -> Eights:
    """``YYYYMMDD`` in ASCII of days from 2050 on, as one number of eight bytes each."""
    table, at = _coming_dates(), days - FIRST_GENERALIZED_TIME // DAY
    if int(at.max()) < len(table):
        return table.take(at)
    return date_digits(days).view(np.uint64).reshape(-1)


@cache
def _coming_dates() -> Eights:
    """The dates of the hundred years that begin with 2050."""
    first = FIRST_GENERALIZED_TIME // DAY
    return date_digits(np.arange(first, first + 36_524)).view(np.uint64).reshape(-1)


@cache
def clock_digits() -> npt.NDArray[np.uint64]:
    """``00HHMMSS`` in ASCII of each second of a day, as one number of eight bytes."""
    second = np.arange(DAY)
    digits = _digits((second // 3600 * 100 + second // 60 % 60) * 100 + second % 60, 8)
    return digits.view(np.uint64).reshape(-1)


def utc_seconds(first: Eights, last: Eights) -> Seconds:
    """The times whose twelve digits begin with ``first`` and end with ``last``; the year has two (1950 to 2049).

    Raises :class:`~tegata.pki.der.DerError` for anything but digits and for days and hours that do not exist.
    """
    year_month, day_hour = _fours(first)
    _, minute_second = _fours(last)
    months, days_in = _months()
    if bool((day_hour >= days_in.take(year_month)).any()):
        raise der.DerError("a day that does not exist")
    return _existing(months.take(year_month) + _day_hours().take(day_hour) + _minutes().take(minute_second))


def generalized_seconds(first: Eights, last: Eights) -> Seconds:
    """As :func:`utc_seconds`, of fourteen digits: the year has four."""
    year, month_day = _fours(first)
    day_hour, minute_second = _fours(last)
    years, leap = _years()
    months = _month_days().take(month_day + leap.take(year))
    clock = _day_hours().take(day_hour) + _minutes().take(minute_second)
    return _existing(years.take(year) + months + clock)


def _fours(eights: Eights) -> tuple[Indices, Indices]:
    """The two numbers of four digits each that eight digits of ASCII are, all eight looked at in one step."""
    digits = eights ^ np.uint64(0x3030303030303030)
    if bool(((digits | (digits + np.uint64(0x0606060606060606))) & np.uint64(0xF0F0F0F0F0F0F0F0)).any()):
        raise der.DerError("a time with something else than digits")
    pairs = (digits * np.uint64(10) + (digits >> np.uint64(8))) & np.uint64(0x00FF00FF00FF00FF)
    fours = pairs * np.uint64(100) + (pairs >> np.uint64(16))
    first, last = fours & np.uint64(0xFFFF), fours >> np.uint64(32) & np.uint64(0xFFFF)
    return first.view(np.intp), last.view(np.intp)


def _existing(seconds: Seconds) -> Seconds:
    if bool((seconds < FIRST_OF_ALL).any()):
        raise der.DerError("a time that does not exist")
    return seconds


@cache
def _months() -> tuple[Seconds, Indices]:
    """By ``YYMM``: the second at which the day before its first begins, and what ``DDHH`` must be below."""
    year, month = np.divmod(np.arange(10_000), 100)
    # RFC 5280 4.1.2.5.1 puts the years from 50 on into the twentieth century.
    months = (year + np.where(year < 50, 2000, 1900) - 1970) * 12 + month - 1
    begins = (months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - 1) * DAY
    days = ((months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) - 1) * DAY
    exists = (month >= 1) & (month <= 12)
    limit = np.where(exists, ((days - begins) // DAY + 1) * 100, 10_000)
    return np.where(exists, begins, NEVER), limit


@cache
def _day_hours() -> Seconds:
    """By ``DDHH``: the seconds that they are."""
    day, hour = np.divmod(np.arange(10_000), 100)
    return np.where((day >= 1) & (hour <= 23), (day * 24 + hour) * 3600, NEVER)


@cache
def _minutes() -> Seconds:
    """By ``MMSS``: the seconds that they are."""
    minute, second = np.divmod(np.arange(10_000), 100)
    return np.where((minute <= 59) & (second <= 59), minute * 60 + second, NEVER)


@cache
def _years() -> tuple[Seconds, Indices]:
    """By ``YYYY``: the second at which it begins, and which part of :func:`_month_days` is its own."""
    year = np.arange(10_000)
    begins = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64) * DAY
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    return np.where(year >= 1, begins, NEVER), np.where(leap, 10_000, 0)


@cache
def _month_days() -> Seconds:
    """By ``MMDD``, and from 10,000 on for leap years: from the year's beginning to the day before the month's first."""
    months = np.full(20_000, NEVER)
    for at, year in ((0, "2023"), (10_000, "2024")):
        days = np.arange(f"{year}-01-01", f"{int(year) + 1}-01-01", dtype="datetime64[D]")
        firsts = days.astype("datetime64[M]")
        day = (days - firsts).astype(np.int64) + 1
        months[at + (firsts.astype(np.int64) % 12 + 1) * 100 + day] = (np.arange(len(days)) - day) * DAY
    return months


def _digits(numbers: npt.NDArray[np.int64], width: int) -> Bytes:
    powers = 10 ** np.arange(width - 1, -1, -1)
    return (numbers[:, None] // powers % 10 + ord("0")).astype(np.uint8)
