import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.japan.numerals import from_kanji, to_kanji


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "〇"), (1, "一"), (10, "十"), (23, "二十三"), (105, "百五"), (1010, "千十"), (9999, "九千九百九十九")],
)
def test_usual_forms(number: int, text: str) -> None:
    assert to_kanji(number) == text
    assert from_kanji(text) == number


@pytest.mark.parametrize(("text", "number"), [("二三", 23), ("二〇三", 203), ("〇五", 5), ("零", 0)])
def test_digits_in_a_row(text: str, number: int) -> None:
    assert from_kanji(text) == number


@pytest.mark.parametrize("text", ["", "十十", "一十", "百千", "二十〇", "六本木", "23", "一二三四五"])
def test_what_is_no_numeral(text: str) -> None:
    assert from_kanji(text) is None


@settings(deadline=None)
@given(st.integers(0, 9999))
def test_there_and_back(number: int) -> None:
    assert from_kanji(to_kanji(number)) == number


@pytest.mark.parametrize("number", [-1, 10000])
def test_out_of_range(number: int) -> None:
    with pytest.raises(ValueError, match="9999"):
        to_kanji(number)
