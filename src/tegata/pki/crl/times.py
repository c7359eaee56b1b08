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
from tegata.pki.crl.octets import Bytes

Seconds = npt.NDArray[np.int64]

FIRST_UTC_TIME: Final = int(datetime(1950, 1, 1, tzinfo=UTC).timestamp())
FIRST_GENERALIZED_TIME: Final = int(datetime(2050, 1, 1, tzinfo=UTC).timestamp())
DAY: Final = 86_400
FIRST_DAY: Final = FIRST_UTC_TIME // DAY

_DAYS_BEFORE_MONTH: Final = np.array([0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334], np.int32)
_DAYS_IN_MONTH: Final = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.uint8)


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
def utc_dates() -> Bytes:
    """``YYMMDD`` in ASCII of each day that a UTCTime can write, from :data:`FIRST_DAY` on, in rows of 6."""
    return np.ascontiguousarray(date_digits(np.arange(FIRST_DAY, FIRST_GENERALIZED_TIME // DAY))[:, 2:])


@cache
def clock_digits() -> Bytes:
    """``HHMMSS`` in ASCII of each second of a day, in rows of 6."""
    second = np.arange(DAY)
    return _digits((second // 3600 * 100 + second // 60 % 60) * 100 + second % 60, 6)


def seconds_of(digits: Bytes) -> Seconds:
    """The times that rows of ASCII digits write, with a year of two digits (UTCTime: 1950 to 2049) or of four.

    Raises :class:`~tegata.pki.der.DerError` for anything but digits and for days and hours that do not exist.
    """
    values = np.ascontiguousarray(digits.T) - np.uint8(ord("0"))
    if bool((values > 9).any()):
        raise der.DerError("a time with something else than digits")
    pairs = values[::2] * np.uint8(10) + values[1::2]
    month, day, hour, minute, second = pairs[-5:]
    year = _years(pairs[:-5].astype(np.int32))
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    if bool(((month < 1) | (month > 12) | (hour > 23) | (minute > 59) | (second > 59) | (year < 1)).any()):
        raise der.DerError("a time that does not exist")
    if bool(((day < 1) | (day > _DAYS_IN_MONTH[month] + (leap & (month == 2)))).any()):
        raise der.DerError("a day that does not exist")
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400 - 719_163
    days += _DAYS_BEFORE_MONTH[month] + (leap & (month > 2)) + day
    clock = (hour.astype(np.int32) * 60 + minute) * 60 + second
    seconds: Seconds = days.astype(np.int64) * DAY + clock
    return seconds


def _years(pairs: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Years of four digits, or of two: RFC 5280 4.1.2.5.1 puts those from 50 on into the twentieth century."""
    century = pairs[0] * 100 if len(pairs) == 2 else np.where(pairs[0] < 50, np.int32(2000), np.int32(1900))
    years: npt.NDArray[np.int32] = century + pairs[-1]
    return years


def _digits(numbers: npt.NDArray[np.int64], width: int) -> Bytes:
    powers = 10 ** np.arange(width - 1, -1, -1)
    return (numbers[:, None] // powers % 10 + ord("0")).astype(np.uint8)
