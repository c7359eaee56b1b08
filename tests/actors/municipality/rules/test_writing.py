import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.actors.municipality.rules import writing
from tegata.wire.problems import Refused

CHIYODA = "131016"


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("山田 花子", "山田　花子"), ("  山田　　花子 ", "山田　花子"), ("ﾔﾏﾀﾞ ﾊﾅｺ", "ヤマダ　ハナコ"),
        ("SMITH JOHN PAUL", "ＳＭＩＴＨ　ＪＯＨＮ　ＰＡＵＬ"), ("葛\U000e0100城 太郎", "葛\U000e0100城　太郎"),
    ],
)  # fmt: skip
def test_a_name_is_written_full_width_with_one_blank(typed: str, written: str) -> None:
    assert writing.name(typed) == written


@pytest.mark.parametrize(
    "typed", ["", "   ", "山田花子", "山田 \u202e子", "山田 花\0子", "山" * 60 + " " + "田" * 60, "山田 \ud800"]
)
def test_what_is_no_name_is_refused_with_its_field(typed: str) -> None:
    with pytest.raises(Refused) as refused:
        writing.name(typed)
    assert refused.value.code == "text-not-in-register-form"
    assert refused.value.detail["field"] == "name"


def test_a_reading_is_katakana() -> None:
    assert writing.kana("やまだ ﾊﾅｺ") == "ヤマダ　ハナコ"
    for typed in ("山田 花子", "YAMADA", ""):
        with pytest.raises(Refused):
            writing.kana(typed)


def test_a_former_surname_may_be_none() -> None:
    assert writing.former_name("  ") is None
    assert writing.former_name("髙橋") == "髙橋"


def test_an_address_is_in_the_municipality_and_more_than_its_name() -> None:
    assert writing.address("東京都千代田区丸の内1-1", CHIYODA) == "東京都千代田区丸の内１－１"
    for typed, code in [
        ("東京都渋谷区神南1-1", "address-of-another-municipality"),
        ("千代田区丸の内", "address-of-another-municipality"),
        ("東京都千代田区", "text-not-in-register-form"), ("東京都千代田区" + "あ" * 200, "text-not-in-register-form"),
    ]:  # fmt: skip
        with pytest.raises(Refused) as refused:
            writing.address(typed, CHIYODA)
        assert refused.value.code == code


def written_or_refused(typed: str) -> str | None:
    try:
        return writing.name(typed)
    except Refused:
        return None


@given(st.text(max_size=120))
def test_whatever_is_typed_is_written_or_refused_and_written_text_stays(typed: str) -> None:
    written = written_or_refused(typed)
    if written is not None:
        assert writing.name(written) == written
        assert len(written) <= writing.LONGEST_NAME
