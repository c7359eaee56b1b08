import pytest

from tegata.card import check_number_b
from tegata.card.files import CHECK_NUMBER_B
from tegata.japan.dates import MalformedBirthDate


@pytest.mark.parametrize(
    ("birth_date", "number"),
    [
        ("1980-02-17", "55021720331234"),  # 昭和55年
        ("1926-12-25", "01122520331234"),  # 昭和元年
        ("1989-01-07", "64010720331234"),  # 昭和64年
        ("1989-01-08", "01010820331234"),  # 平成元年
        ("2019-05-01", "01050120331234"),  # 令和元年
        ("1912-07-30", "01073020331234"),  # 大正元年
        ("1980-00-00", "55000020331234"),
        ("0000-00-00", "00000020331234"),
    ],
)
def test_the_year_is_that_of_the_era(birth_date: str, number: str) -> None:
    assert check_number_b(birth_date, 2033, "1234") == number
    assert CHECK_NUMBER_B.fullmatch(number.encode())


@pytest.mark.parametrize(
    ("year", "code"), [(2033, "123"), (2033, "12345"), (2033, "１２３４"), (33, "1234"), (-203, "1234")]
)
def test_other_lengths_are_refused(year: int, code: str) -> None:
    with pytest.raises(ValueError, match="14 digits"):
        check_number_b("1980-02-17", year, code)


def test_a_day_that_can_not_exist_is_refused() -> None:
    with pytest.raises(MalformedBirthDate):
        check_number_b("1980-02-30", 2033, "1234")
