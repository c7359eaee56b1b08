from random import Random
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.japan import my_number, resident_code

BOTH = pytest.mark.parametrize(("module", "length"), [(my_number, 12), (resident_code, 11)])


@pytest.mark.parametrize(("eleven", "digit"), [("98320567321", 4), ("12345678901", 8), ("00000000000", 0)])
def test_known_check_digits_of_my_number(eleven: str, digit: int) -> None:
    assert my_number.check_digit(eleven) == digit
    assert my_number.is_valid(f"{eleven}{digit}")
    assert not my_number.is_valid(f"{eleven}{(digit + 1) % 10}")


@BOTH
@settings(deadline=None)
@given(seed=st.integers())
def test_made_numbers_are_valid(module: ModuleType, length: int, seed: int) -> None:
    number = module.make(Random(seed))
    assert len(number) == length
    assert module.is_valid(number)
    assert number == module.make(Random(seed))


@BOTH
@settings(deadline=None)
@given(seed=st.integers(), place=st.integers(0, 9), step=st.integers(1, 9))
def test_a_wrong_digit_is_noticed_unless_both_remainders_are_small(
    module: ModuleType, length: int, seed: int, place: int, step: int
) -> None:
    number = module.make(Random(seed))
    wrong = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    # The rule maps the remainders 0 and 1 both to 0: only there can one wrong digit pass.
    assert not module.is_valid(wrong) or number.endswith("0")


@BOTH
@pytest.mark.parametrize(
    "text", ["", "1", "abc", "１２３４５６７８９０１２", "123456789012345", "1234 5678901", "12345678901\n"]
)
def test_other_text_is_not_valid(module: ModuleType, length: int, text: str) -> None:
    assert not module.is_valid(text)
    with pytest.raises(ValueError, match="digits"):
        module.check_digit(text)
