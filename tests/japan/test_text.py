import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.japan.text import (
    fold_width,
    is_half_kana,
    is_katakana,
    to_full_width,
    to_half_width,
    to_hiragana,
    to_katakana,
)

FULL = st.text("ァアィイガギパヴヷヮヵヶヰヱンー・「」。、０９ＡＺａｚ－（）　高橋あん゛゜")
ANY = st.text(st.characters(codec="utf-8"))


@pytest.mark.parametrize(
    ("half", "full"),
    [("ｶﾞｰﾄﾞ1-2", "ガード１－２"), ("ﾊﾟﾋﾟ ｳﾞ", "パピ　ヴ"), ("ﾞﾟ", "゛゜"), ("｢A｣", "「Ａ」"), ("", "")],
)
def test_width(half: str, full: str) -> None:
    assert to_full_width(half) == full
    assert to_half_width(full) == half


@settings(deadline=None)
@given(FULL)
def test_half_width_loses_nothing(text: str) -> None:
    assert to_full_width(to_half_width(text)) == to_full_width(text)


@settings(deadline=None)
@given(ANY)
def test_each_conversion_settles_at_once(text: str) -> None:
    for convert in (to_full_width, to_half_width, to_katakana, to_hiragana, fold_width):
        assert convert(convert(text)) == convert(text)


@settings(deadline=None)
@given(ANY)
def test_folding_is_the_same_for_both_widths(text: str) -> None:
    assert fold_width(to_full_width(text)) == fold_width(text)


@settings(deadline=None)
@given(st.text("髙橋﨑神福塚\ufa19\ufa1b\U000e0100"))
def test_kanji_never_change(text: str) -> None:
    assert to_full_width(text) == to_half_width(text) == fold_width(text) == text


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=0x3041, max_codepoint=0x3096)))
def test_kana_go_and_come_back(text: str) -> None:
    assert to_hiragana(to_katakana(text)) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("タカハシ　イチロー", True),
        ("ジョン・スミス", True),
        ("たかはし", False),
        ("ﾀｶﾊｼ", False),
        ("", False),
        ("ー", False),
    ],
)
def test_katakana(text: str, expected: bool) -> None:
    assert is_katakana(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("ﾀｶﾊｼ ｲﾁﾛ-", True), ("JOHN ｽﾐｽ", True), ("JOHN", False), ("タカハシ", False), ("", False)],
)
def test_half_kana(text: str, expected: bool) -> None:
    assert is_half_kana(text) is expected
