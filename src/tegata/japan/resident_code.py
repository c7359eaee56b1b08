"""Resident code (住民票コード): 11 digits, ten random and a check digit.

[GAP] The ordinance's table of weights was not at hand: the modulus-11 rule of My Number is used with its last ten
weights, as the same ministry defines both. A code made here need not pass a real register's check.
"""

import re
from operator import mul
from random import Random

_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def check_digit(ten: str) -> int:
    """The eleventh digit for the first ten. Raises ``ValueError`` for anything but ten ASCII digits."""
    if len(ten) != 10 or not (ten.isascii() and ten.isdigit()):
        raise ValueError("a check digit needs ten digits")
    remainder = sum(map(mul, map(int, ten), _WEIGHTS)) % 11
    return 0 if remainder <= 1 else 11 - remainder


def is_valid(code: str) -> bool:
    """Whether ``code`` is eleven ASCII digits and the check digit fits."""
    return re.fullmatch(r"[0-9]{11}", code) is not None and check_digit(code[:10]) == int(code[10])


def make(rng: Random) -> str:
    """A random valid resident code, for test persons."""
    ten = f"{rng.randrange(10**10):010}"
    return f"{ten}{check_digit(ten)}"
