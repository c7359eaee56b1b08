import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.japan.romaji import place_to_romaji, to_romaji


@pytest.mark.parametrize(
    ("kana", "latin"),
    [
        ("トウキョウ", "tokyo"),
        ("おおさか", "osaka"),
        ("サッポロ", "sapporo"),
        ("ハッチョウ", "hatcho"),
        ("シンオンセン", "shin'onsen"),
        ("コンヤ", "kon'ya"),
        ("マツウラ", "matsuura"),
        ("シュウナン", "shunan"),
        ("ユウバリ", "yubari"),
        ("ｷﾞﾌ", "gifu"),
        ("ジョウエツ", "joetsu"),
        ("オオウチ", "ouchi"),
        ("パーク", "paku"),
        ("ティ", "ti"),
        ("ニイガタ", "niigata"),
        ("", ""),
    ],
)
def test_romaji(kana: str, latin: str) -> None:
    assert to_romaji(kana) == latin


@pytest.mark.parametrize(
    ("name", "kana", "latin"),
    [
        ("中央区", "チュウオウク", "Chuo-ku"),
        ("余市町", "ヨイチチョウ", "Yoichi-cho"),
        ("東京都", "トウキョウト", "Tokyo-to"),
        ("八幡", "ヤワタ", "Yawata"),
        ("北海道", "ホッカイドウ", "Hokkaido"),
        ("町", "マチ", "Machi"),
        ("", "", ""),
    ],
)
def test_places(name: str, kana: str, latin: str) -> None:
    assert place_to_romaji(name, kana) == latin


@settings(deadline=None)
@given(
    st.text(
        "アイウエオカキクケコガギグゲゴサシスセソタチツテトナニヌネノハヒフヘホパマミムメモヤユヨラリルレロワンッャュョー"
    )
)
def test_kana_become_ascii(kana: str) -> None:
    assert to_romaji(kana).replace("ャ", "").replace("ュ", "").replace("ョ", "").isascii()
