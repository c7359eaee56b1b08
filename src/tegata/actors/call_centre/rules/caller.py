"""What a caller is asked, and how it is written down: the three items of SP-04's identification (decision 0010).

Callers tell a birth date in the calendar that they think in; it is written in the Western one. A month or day that the
register does not know is 0.
"""

from typing import Literal

import msgspec

from tegata.japan.dates import ERAS, is_birth_date
from tegata.japan.text import fold_width
from tegata.wire.problems import INVALID, Refused

QUESTIONS = ("name", "birth_date", "address")
WESTERN = "western"

Calendar = Literal["western", "Reiwa", "Heisei", "Showa", "Taisho", "Meiji"]
FIRST_YEAR_SIGN = "元"


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A set of answers. ``birth_date``: YYYY-MM-DD, 00 for an unknown part."""

    name: str
    birth_date: str
    address: str


def birth_date(calendar: Calendar, year: str, month: str, day: str) -> str:
    """A birth date as it was told, as YYYY-MM-DD. Raises INVALID for one that no calendar has."""
    parts = [fold_width(part).strip() for part in (year, month, day)]
    if calendar != WESTERN and parts[0] == FIRST_YEAR_SIGN:
        parts[0] = "1"
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        raise Refused(INVALID, {"field": "birth_date"})
    numbers = [int(part) for part in parts]
    text = f"{_western(calendar, numbers[0]):04}-{numbers[1]:02}-{numbers[2]:02}"
    if not numbers[0] or not is_birth_date(text):
        raise Refused(INVALID, {"field": "birth_date"})
    return text


def _western(calendar: Calendar, year: int) -> int:
    """The Western year. Raises INVALID for a year that the era did not have."""
    if calendar == WESTERN:
        return year
    place = next(index for index, era in enumerate(ERAS) if era[2] == calendar)
    western = ERAS[place][0].year + year - 1
    if place + 1 < len(ERAS) and western > ERAS[place + 1][0].year:
        raise Refused(INVALID, {"field": "birth_date"})
    return western
