import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.japan.addresses import by_postal_code, normalise_postal_code, towns_of
from tegata.japan.municipalities import UnknownMunicipality, municipality


def test_a_postal_code_of_one_town() -> None:
    (place,) = by_postal_code("〒100-0001")
    assert (place.prefecture, place.city, place.town) == ("東京都", "千代田区", "千代田")
    assert place.municipality_code == "131016"
    assert place.town_kana == "チヨダ"
    assert place.text == "東京都千代田区千代田"


def test_a_postal_code_of_two_prefectures() -> None:
    assert {place.prefecture for place in by_postal_code("498-0000")} == {"愛知県", "三重県"}


def test_an_unused_postal_code() -> None:
    assert by_postal_code("9999999") == ()


@pytest.mark.parametrize("code", ["", "100000", "10000011", "abc-defg", "100-00-01", "' OR 1=1"])
def test_what_is_no_postal_code(code: str) -> None:
    assert normalise_postal_code(code) is None
    with pytest.raises(ValueError, match="seven"):
        by_postal_code(code)


@pytest.mark.parametrize(
    "code", ["1000001", "100-0001", "〒１００－０００１", " 〒 100 0001 ", "１００ー０００１", "100−0001"]
)
def test_ways_of_writing_a_postal_code(code: str) -> None:
    assert normalise_postal_code(code) == "1000001"


@settings(deadline=None)
@given(st.text())
def test_any_text_is_a_postal_code_or_none(text: str) -> None:
    code = normalise_postal_code(text)
    assert code is None or (len(code) == 7 and code.isascii() and code.isdigit())


def test_towns_of_a_municipality() -> None:
    towns = towns_of("131016")
    assert "千代田" in [place.town for place in towns]
    assert all(place.municipality_code == "131016" and place.town and "階" not in place.note for place in towns)
    assert all(municipality(place.municipality_code).full_name == place.prefecture + place.city for place in towns)
    assert len({(place.postal_code, place.town) for place in towns}) == len(towns)


def test_a_designated_city_has_the_towns_of_its_wards() -> None:
    wards = {place.municipality_code for place in towns_of("011002")}
    assert {municipality(code).parent for code in wards} == {"011002"}
    assert len(wards) == 10


def test_towns_of_no_municipality() -> None:
    with pytest.raises(UnknownMunicipality):
        towns_of("999999")
