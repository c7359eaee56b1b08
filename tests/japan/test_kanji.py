import tomllib
from importlib.resources import files
from itertools import chain

from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.japan import kanji


def _groups() -> list[str]:
    with (files("tegata.japan") / "data" / "kanji_variants.toml").open("rb") as file:
        groups: list[str] = tomllib.load(file)["groups"]
    return groups


def test_no_character_is_in_two_groups() -> None:
    members = list(chain.from_iterable(_groups()))
    assert len(members) == len(set(members))


def test_every_group_has_a_common_form_in_jis_and_something_to_fold() -> None:
    for group in _groups():
        assert len(group) >= 2
        assert kanji.in_jis(group[0])
        assert kanji.common_form_in_jis(group[-1]) in group
        assert {kanji.fold_variants(character) for character in group} == {group[0]}


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8")))
def test_folding_settles_at_once_and_leaves_numbers_alone(text: str) -> None:
    folded = kanji.fold_variants(text)
    assert kanji.fold_variants(folded) == folded
    assert [c for c in folded if c.isnumeric() and ord(c) < 0x3400] == [
        c for c in text if c.isnumeric() and ord(c) < 0x3400
    ]


def test_variation_selectors() -> None:
    assert kanji.is_variant_selector("\U000e0100")
    assert kanji.is_variant_selector("\ufe00")
    assert not kanji.is_variant_selector("葛")


@settings(deadline=None)
@given(st.text(st.sampled_from("山田髙﨑𠮷ｱﾞ丂亜 aA~～∥―\ufe00\U000e0100〓ー") | st.characters(codec="utf-8")))
def test_a_text_is_in_jis_only_where_each_of_its_characters_is(text: str) -> None:
    assert not kanji.all_in_jis(text) or all(map(kanji.in_jis, text))
    assert kanji.all_in_jis(
        text.translate({ord(c): None for c in text if not kanji.in_jis(c) or c in "－～∥―￠￡￢￤＇＂"})
    )
