"""照合番号B: 14 digits that open the visual data with the front (FACTS, the card). 照合番号A is My Number itself."""

from tegata.japan.dates import birth_date_code
from tegata.japan.four_attributes import BirthDate

_BEFORE_FIRST_YEAR = {"1": 1867, "2": 1911, "3": 1925, "4": 1988, "5": 2018}
"""The era digit of a birth date code, and the year before the era's first."""


def check_number_b(birth_date: BirthDate, expiry_year: int, security_code: str) -> str:
    """Birth date YYMMDD with the year of its era, the year the card expires, the four digits of the security code.

    Unknown parts of the birth date are 00 ([GAP]: how the real card writes them).

    Raises:
        MalformedBirthDate: no such day can exist.
        ValueError: the security code or the year has not four digits.
    """
    code = birth_date_code(birth_date)
    year = int(code[1:5]) - _BEFORE_FIRST_YEAR[code[0]] if code[0] != "0" else 0
    number = f"{year:02}{code[5:]}{expiry_year}{security_code}"
    if len(number) != 14 or len(security_code) != 4 or not (number.isascii() and number.isdigit()):
        raise ValueError("a check number B has 14 digits")
    return number
