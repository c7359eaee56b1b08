"""One row of a customer file."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.actors.bank.rules.rows import SENTENCES, Fault, Read, read_birth_date, read_row
from tegata.actors.bank.settings import FIELDS
from tests.actors.bank.world import row_of

TODAY = date(2023, 9, 25)


def test_a_good_row_is_read_in_the_banks_own_form() -> None:
    read = read_row(
        row_of("100-A", postal_code="〒１００－０００５", birth_date="昭和55年２月17日", gender="女性"), TODAY
    )
    assert isinstance(read, Read)
    assert (read.customer_number, read.postal_code) == ("100-A", "1000005")
    assert (read.birth_date, read.gender) == ("1980-02-17", "female")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"customer_number": ""}, "missing", "customer_number"),
        ({"customer_number": "１２３ ４"}, "number", "customer_number"),
        ({"customer_number": "1" * 21}, "number", "customer_number"),
        ({"name": ""}, "missing", "name"),
        ({"name": "\u3000"}, "missing", "name"),
        ({"name": "山" * 101}, "too-long", "name"),
        ({"name": "山田\x00太郎"}, "characters", "name"),
        ({"name": "山田\udc81太郎"}, "characters", "name"),
        ({"kana": "\x1b[2J"}, "characters", "kana"),
        ({"address": "東" * 201}, "too-long", "address"),
        ({"address": ""}, "missing", "address"),
        ({"postal_code": "12A-4567"}, "postal-code", "postal_code"),
        ({"birth_date": "1990-02-30"}, "birth-date", "birth_date"),
        ({"birth_date": "昭和55年"}, "birth-date", "birth_date"),
        ({"birth_date": "2023-09-26"}, "future", "birth_date"),
        ({"gender": "unknown"}, "gender", "gender"),
        ({"gender": "3"}, "gender", "gender"),
    ],
)
def test_a_bad_row_is_refused_with_column_and_reason(changes: dict[str, str], code: str, field: str) -> None:
    assert read_row(row_of("1", **changes), TODAY) == Fault(code, field)  # type: ignore[arg-type]
    assert code in SENTENCES


def test_kana_and_postal_code_may_be_empty() -> None:
    read = read_row(row_of("1", kana="", postal_code=""), TODAY)
    assert isinstance(read, Read)
    assert (read.kana, read.postal_code) == ("", "")


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("1980-02-17", "1980-02-17"), ("1980/2/7", "1980-02-07"), ("19800217", "1980-02-17"),
        ("1980年2月17日", "1980-02-17"), ("昭和55年2月17日", "1980-02-17"), ("S55.2.17", "1980-02-17"),
        ("令和元年5月1日", "2019-05-01"), ("H31.4.30", "2019-04-30"), ("１９８０．２．１７", "1980-02-17"),
        ("1980-00-00", "1980-00-00"),
        ("1980-2", None), ("1980/2-17", None), ("198002", None), ("X55.2.17", None), ("", None), ("80-02-17", None),
        ("2023-02-29", None), ("1980年2月", None), ("9" * 500, None),
    ],
)  # fmt: skip
def test_birth_dates_as_they_are_written(text: str, iso: str | None) -> None:
    assert read_birth_date(text) == iso


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=300)))
def test_no_text_breaks_a_row(texts: dict[Any, str]) -> None:
    read = read_row(row_of("1") | texts, TODAY)
    if isinstance(read, Read):
        assert 1 <= len(read.customer_number) <= 20
        assert "\0" not in read.name + read.kana + read.address
        assert read.gender in {"male", "female", "other"}


@given(st.dates(date(1870, 1, 1), TODAY))
def test_every_day_can_be_written_in_four_ways(day: date) -> None:
    ways = [
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
    ]
    assert {read_birth_date(way) for way in ways} == {day.isoformat()}
