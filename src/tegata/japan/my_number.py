"""My Number (個人番号): 12 digits, the last a check digit.

Source: 平成26年総務省令第85号 第５条 (the check digit).
"""

import re
from operator import mul
from random import Random

_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def check_digit(eleven: str) -> int:
    """The twelfth digit for the first eleven. Raises ``ValueError`` for anything but eleven ASCII digits."""
    if len(eleven) != 11 or not (eleven.isascii() and eleven.isdigit()):
        raise ValueError("a check digit needs eleven digits")
    remainder = sum(map(mul, map(int, eleven), _WEIGHTS)) % 11
    return 0 if remainder <= 1 else 11 - remainder


def is_valid(number: str) -> bool:
    """Whether ``number`` is twelve ASCII digits and the check digit fits."""
    return re.fullmatch(r"[0-9]{12}", number) is not None and check_digit(number[:11]) == int(number[11])


def make(rng: Random) -> str:
    """A random valid My Number, for test persons."""
    eleven = f"{rng.randrange(10**11):011}"
    return f"{eleven}{check_digit(eleven)}"
