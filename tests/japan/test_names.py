import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.japan.kanji import SUBSTITUTE_OF_LAST_RESORT, fold_variants, in_jis, variants_of
from tegata.japan.likeness import Likeness
from tegata.japan.names import compare_kana, compare_names, normalise_kana, normalise_name, substitute
from tegata.japan.text import to_half_width

NAMES = st.text("高髙崎﨑辺邊邉斎齋齊斉一二郎花子山本ＡＢａｂ\u3000 ガ", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("a", "b", "likeness"),
    [
        ("高橋\u3000一郎", "高橋\u3000一郎", Likeness.IDENTICAL),
        ("高橋\u3000一郎", "高橋 一郎", Likeness.SAME_NOTATION),
        ("高橋\u3000一郎", "高橋一郎", Likeness.SAME_NOTATION),
        ("ＳＭＩＴＨ\u3000ＪＯＨＮ", "Smith John", Likeness.SAME_NOTATION),
        ("スミス\u3000ジョン", "ｽﾐｽ ｼﾞｮﾝ", Likeness.SAME_NOTATION),
        ("髙橋\u3000一郎", "高橋 一郎", Likeness.VARIANT_CHARACTERS),
        ("山﨑\u3000花子", "山崎\u3000花子", Likeness.VARIANT_CHARACTERS),
        ("渡邊\u3000翔", "渡邉\u3000翔", Likeness.VARIANT_CHARACTERS),
        ("齋藤\u3000翔", "斉藤\u3000翔", Likeness.VARIANT_CHARACTERS),
        ("𠮷田\u3000翔", "吉田\u3000翔", Likeness.VARIANT_CHARACTERS),
        ("葛\U000e0100西\u3000翔", "葛西\u3000翔", Likeness.VARIANT_CHARACTERS),
        ("神\u3000翔", "\ufa19\u3000翔", Likeness.VARIANT_CHARACTERS),
        ("渡辺\u3000翔", "渡部\u3000翔", Likeness.DIFFERENT),
        ("高橋\u3000一郎", "高橋\u3000二郎", Likeness.DIFFERENT),
        ("高橋\u3000一郎", "", Likeness.DIFFERENT),
        ("高橋①", "高橋1", Likeness.DIFFERENT),
    ],
)
def test_comparison(a: str, b: str, likeness: Likeness) -> None:
    assert compare_names(a, b) is likeness
    assert compare_names(b, a) is likeness


def test_only_notation_passes_without_a_person() -> None:
    assert [one for one in Likeness if one.is_same] == [Likeness.IDENTICAL, Likeness.SAME_NOTATION]


@settings(deadline=None)
@given(NAMES)
def test_a_name_is_identical_to_itself_and_alike_in_half_width(name: str) -> None:
    assert compare_names(name, name) is Likeness.IDENTICAL
    assert compare_names(name, to_half_width(name)).is_same


@settings(deadline=None)
@given(NAMES, NAMES)
def test_comparison_is_symmetric_and_never_calls_other_kanji_the_same(a: str, b: str) -> None:
    likeness = compare_names(a, b)
    assert likeness is compare_names(b, a)
    if likeness.is_same:
        assert [c for c in a if c > "㐀" and c < "豈"] == [c for c in b if c > "㐀" and c < "豈"]


@settings(deadline=None)
@given(st.text())
def test_normal_forms_settle_at_once(text: str) -> None:
    assert normalise_name(normalise_name(text)) == normalise_name(text)
    assert normalise_kana(normalise_kana(text)) == normalise_kana(text)


@pytest.mark.parametrize(
    ("a", "b", "likeness"),
    [
        ("ショウワ\u3000タロウ", "ｼﾖｳﾜ ﾀﾛｳ", Likeness.SAME_NOTATION),
        ("イチロー", "ｲﾁﾛ-", Likeness.SAME_NOTATION),
        ("たかはし", "タカハシ", Likeness.SAME_NOTATION),
        ("ジョン・スミス", "ｼﾞﾖﾝ ｽﾐｽ", Likeness.SAME_NOTATION),
        ("ハナコ", "ハナコ", Likeness.IDENTICAL),
        ("ハナコ", "バナコ", Likeness.DIFFERENT),
        ("ハナコ", "ハナエ", Likeness.DIFFERENT),
    ],
)
def test_kana(a: str, b: str, likeness: Likeness) -> None:
    assert compare_kana(a, b) is likeness
    assert compare_kana(b, a) is likeness


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("高橋\u3000一郎", ("高橋\u3000一郎", "00000")),
        ("髙橋\u3000一郎", ("高橋\u3000一郎", "10000")),
        ("山﨑\u3000花子", ("山崎\u3000花子", "01000")),
        ("𠮷田", ("吉田", "10")),
        ("渡邊", ("渡邊", "00")),
        ("葛\U000e0100城", ("葛城", "10")),
        ("\U000e0100城", ("城", "0")),
        ("\ufa19田", ("神田", "10")),
        ("田𠀋", ("田〓", "01")),
        ("東京都１－２～３", ("東京都１－２～３", "00000000")),
        ("ｱ", ("ア", "1")),
        ("", ("", "")),
    ],
)
def test_substitutes(text: str, expected: tuple[str, str]) -> None:
    assert substitute(text) == expected


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8")))
def test_substituted_text_is_in_the_set_with_one_digit_a_character(text: str) -> None:
    substituted, positions = substitute(text)
    assert all(in_jis(character) for character in substituted)
    assert len(positions) == len(substituted)
    assert set(positions) <= {"0", "1"}
    assert substitute(substituted) == (substituted, "0" * len(substituted))


@settings(deadline=None)
@given(NAMES)
def test_a_known_variant_is_substituted_by_a_form_of_itself(name: str) -> None:
    substituted, _ = substitute(name)
    assert fold_variants(substituted) == fold_variants(name)


def test_variants_are_disjoint_groups_with_the_common_form_in_jis() -> None:
    for character in "高髙辺邉斎齊龍":
        group = variants_of(character)
        assert character in group
        assert {variants_of(other) for other in group} == {group}
        assert in_jis(group[0])
    assert variants_of("山") == ("山",)
    assert in_jis(SUBSTITUTE_OF_LAST_RESORT)
