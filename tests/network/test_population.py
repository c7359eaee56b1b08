import hashlib
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from itertools import islice
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.japan import my_number, resident_code
from tegata.japan.addresses import by_postal_code, same_address
from tegata.japan.dates import JST, age_on, end_of_day, nth_birthday_end
from tegata.japan.likeness import Likeness
from tegata.japan.municipalities import municipality
from tegata.japan.names import compare_kana, compare_names, substitute
from tegata.japan.text import is_katakana
from tegata.network.population import (
    BANK_FIELDS,
    FIRST_PERSONS,
    MOST_BEFORE,
    MOST_MEMBERS,
    REFERENCE_DAY,
    Person,
    bank_customers,
    before,
    customer_numbers,
    generate,
    generate_with_before,
    households,
    places,
)

ROOT = Path(__file__).parents[2]
SEEDS = st.integers(0, 2**63)
DAYS = st.dates(date(2022, 1, 1), date(2035, 12, 31))


@pytest.fixture(scope="module")
def many() -> list[Person]:
    return list(generate(7, 4_000))


def _age(person: Person, on: date = REFERENCE_DAY) -> int:
    age = age_on(person.attributes.birth_date, on)
    assert age is not None
    return age


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_the_same_seed_gives_the_same_people(seed: int) -> None:
    assert list(generate(seed, 60)) == list(generate(seed, 60))
    assert list(generate(seed, 60)) != list(generate(seed + 1, 60))


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.integers(0, 40))
def test_fewer_people_are_the_beginning_of_more(seed: int, count: int) -> None:
    fewer = list(generate(seed, count))
    assert len(fewer) == count
    assert fewer == list(islice(generate(seed, 60), count))


def test_the_people_are_the_same_on_every_machine() -> None:
    first = next(generate(1, 1))
    assert (first.person_id, first.household_id, first.relationship) == ("P000001", "H000001", "世帯主")
    assert (first.resident_code, first.attributes.name) == ("64945067622", "佐藤\u3000洋平")
    code = "from tegata.network.population import generate; print(list(generate(3, 80)))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": hash_seed, "PYTHONIOENCODING": "utf-8"},
            check=True,
            capture_output=True,
            timeout=60,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert outputs == {f"{list(generate(3, 80))}\n".encode()}


@pytest.mark.parametrize(
    ("seed", "on", "digest"),
    [
        (1, REFERENCE_DAY, "0ff65f1b98d12c9671fca6fd421c735dd2b970ed1a30a3cb9154603c3416b223"),
        (2**63 - 1, date(2028, 2, 29), "799b5e0e11acc6a3fe2ad7d9fb0c0a675ee9e0c621efc202fba3c1ca952c4669"),
    ],
)
def test_a_seed_gives_the_people_that_it_always_gave(seed: int, on: date, digest: str) -> None:
    """Digests of the first 5,000 people, noted before people were made up faster."""
    noted = hashlib.sha256()
    for person in generate(seed, 5_000, on=on):
        noted.update(msgspec.json.encode(person))
    assert noted.hexdigest() == digest


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.integers(0, 60))
def test_a_population_can_be_begun_with_any_household(seed: int, skipped: int) -> None:
    place = next(islice(places(seed), skipped, None))
    assert place.household == skipped + 1
    rest = [person for household in islice(households(seed, place), 3) for person in household]
    everybody = list(generate(seed, place.person - 1 + len(rest)))
    assert rest == everybody[place.person - 1 :]


def test_no_household_is_greater_than_is_said() -> None:
    sizes = [len(household) for household in islice(households(5), 2_000)]
    assert max(sizes) == MOST_MEMBERS


@pytest.mark.parametrize("share", [0.0, 0.025, 0.05, 0.3])
def test_a_share_of_the_holders_had_certificates_before(share: float) -> None:
    holders = moved = 0
    for person, was in islice(generate_with_before(9, share), 12_000):
        assert was is None or int(person.person_id[1:]) > FIRST_PERSONS
        if was is not None:
            assert person.card_issued_on is not None
            assert person.card_issued_on < was.until < REFERENCE_DAY
            assert (was.address == person.attributes.address) is (was.reason == "superseded")
            assert was.address.startswith(municipality(was.municipality_code).full_name)
        holders += person.has_sign_certificate
        moved += was is not None and person.has_sign_certificate
    assert moved / holders == pytest.approx(share, abs=0.003 + share / 6)


@pytest.mark.parametrize("share", [-0.01, MOST_BEFORE + 0.01])
def test_a_share_that_can_not_be(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        before(1, next(households(1)), share)


def test_a_negative_count_is_refused_and_none_is_none() -> None:
    assert list(generate(1, 0)) == []
    with pytest.raises(ValueError, match="negative"):
        generate(1, -1)


@settings(max_examples=10, deadline=None)
@given(SEEDS, DAYS)
def test_the_first_ten_stand_for_the_ages_of_the_rules(seed: int, on: date) -> None:
    people = list(generate(seed, FIRST_PERSONS, on=on))
    assert [_age(person, on) for person in people] == [45, 38, 16, 12, 77, 27, 34, 68, 66, 58]
    assert [person.has_card for person in people] == [True] * 9 + [False]
    assert [person.has_sign_certificate for person in people] == [True, True, True, False, *[True] * 5, False]
    assert people[1].former_name
    assert "1" in substitute(people[5].attributes.name)[1]
    assert people[6].foreign
    assert people[7].attributes.name.startswith("山﨑")
    assert len({person.household_id for person in people[:5]}) == 1


def test_every_number_is_valid_and_nobody_elses(many: list[Person]) -> None:
    assert all(resident_code.is_valid(person.resident_code) for person in many)
    assert all(my_number.is_valid(person.my_number) for person in many)
    for numbers in (
        {person.resident_code for person in many},
        {person.my_number for person in many},
        {person.person_id for person in many},
    ):
        assert len(numbers) == len(many)


def test_everybody_lives_in_a_real_town(many: list[Person]) -> None:
    for person in many[:300]:
        place = municipality(person.municipality_code)
        assert person.attributes.address.startswith(place.full_name)
        towns = [one.town for one in by_postal_code(person.postal_code) if one.municipality_code == place.code]
        assert any(person.attributes.address.startswith(place.full_name + town) for town in towns)


def test_addresses_are_as_a_certificate_has_them(many: list[Person]) -> None:
    for person in many:
        assert len(person.attributes.address) <= 200
        assert not re.search("[0-9 ｱ-ﾝ]", person.attributes.address)


def test_households_live_together_and_have_one_head(many: list[Person]) -> None:
    households: dict[str, list[Person]] = {}
    for person in many[:-10]:
        households.setdefault(person.household_id, []).append(person)
    del households[many[-11].household_id]
    for members in households.values():
        assert len({(one.attributes.address, one.postal_code, one.municipality_code) for one in members}) == 1
        assert [one.relationship for one in members].count("世帯主") == 1
        assert sum(one.relationship in ("夫", "妻") for one in members) <= 1
        if not members[0].foreign:
            assert len({one.attributes.name.split("\u3000")[0] for one in members}) == 1
            assert len({one.attributes.name for one in members}) == len(members)


def test_children_are_younger_than_their_mother_by_a_generation(many: list[Person]) -> None:
    head: Person | None = None
    for person in many:
        head = person if person.relationship == "世帯主" else head
        if person.relationship == "子" and head is not None and head.attributes.gender == "female":
            assert _age(head) - _age(person) >= 20


def test_ages_are_distributed_like_japans(many: list[Person]) -> None:
    ages = [_age(person) for person in many]
    shares = {name: sum(first <= age <= last for age in ages) / len(ages) for name, first, last in _BANDS}
    assert shares["children"] == pytest.approx(0.115, abs=0.025)
    assert shares["old"] == pytest.approx(0.29, abs=0.04)
    assert shares["very old"] == pytest.approx(0.155, abs=0.035)
    assert min(ages) <= 1
    assert 95 <= max(ages) <= 100


_BANDS = (("children", 0, 14), ("old", 65, 120), ("very old", 75, 120))


def test_genders_and_rare_traits_occur(many: list[Person]) -> None:
    genders = Counter(person.attributes.gender for person in many)
    assert genders["female"] / len(many) == pytest.approx(0.515, abs=0.03)
    assert genders["other"] > 0
    assert 0.01 < sum(person.foreign for person in many) / len(many) < 0.05
    assert sum(person.former_name is not None for person in many) > 20
    substituted = [person for person in many if "1" in substitute(person.attributes.name)[1]]
    assert 0.005 < len(substituted) / len(many) < 0.08
    assert {name[0] for person in substituted if (name := person.attributes.name)} >= {"髙", "𠮷"}


def test_names_have_a_reading_and_foreign_ones_latin_letters(many: list[Person]) -> None:
    for person in many:
        assert is_katakana(person.kana)
        assert person.attributes.name.count("\u3000") >= 1
        assert (re.fullmatch("[Ａ-Ｚ\u3000]+", person.attributes.name) is not None) is person.foreign


def test_names_fit_the_time_of_birth(many: list[Person]) -> None:
    modern = [_age(person) for person in many if person.attributes.name.endswith(("陽菜", "大翔"))]
    old = [_age(person) for person in many if person.attributes.name.endswith(("節子", "三郎"))]
    assert modern
    assert old
    assert max(modern) < min(old)


def test_cards_and_secrets_follow_the_cards_rules(many: list[Person]) -> None:
    for person in many:
        assert re.fullmatch("[0-9]{4}", person.auth_pin)
        assert re.fullmatch("[0-9]{4}", person.text_pin)
        assert re.fullmatch("(?=.*[A-Z])(?=.*[0-9])[A-Z0-9]{6,16}", person.sign_password)
        assert person.has_card is (person.card_issued_on is not None) is (person.card_applied_on is not None)
        if person.has_sign_certificate:
            assert person.card_issued_on is not None
            assert _age(person, person.card_issued_on) >= 15
        assert not person.phone_biometrics or person.phone
    assert 0.7 < sum(person.has_card for person in many) / len(many) < 0.9


@settings(max_examples=10, deadline=None)
@given(SEEDS, DAYS)
def test_certificates_are_valid_on_the_day(seed: int, on: date) -> None:
    for person in generate(seed, 40, on=on):
        if person.card_issued_on is not None and person.card_applied_on is not None:
            assert person.card_applied_on <= person.card_issued_on < on
            assert person.attributes.birth_date <= person.card_applied_on.isoformat()
            issued = end_of_day(person.card_issued_on).astimezone(JST)
            assert nth_birthday_end(person.attributes.birth_date, issued) > end_of_day(on)


def test_the_packaged_towns_are_what_the_script_writes(tmp_path: Path) -> None:
    output = tmp_path / "towns.csv"
    script = ROOT / "scripts" / "make_population_towns.py"
    subprocess.run([sys.executable, script, "--output", output], check=True, timeout=120)
    assert output.read_bytes() == (ROOT / "src/tegata/network/data/towns.csv").read_bytes()


def test_the_bank_has_so_many_customers_each_once(many: list[Person]) -> None:
    rows = list(bank_customers(many, 1, 3_000))
    assert len(rows) == 3_000
    assert all(tuple(row) == BANK_FIELDS for row in rows)
    assert len({row["customer_number"] for row in rows}) == 3_000
    assert rows == list(bank_customers(many, 1, 3_000))
    assert rows != list(bank_customers(many, 2, 3_000))


def test_the_first_ten_are_customers_and_about_six_in_ten(many: list[Person]) -> None:
    numbers = customer_numbers(1_000, 1, 2_000)
    assert [numbers[f"P{n:06}"] for n in range(1, 11)] == [str(1_000_000 + n) for n in range(1, 11)]
    assert 500 < len(numbers) < 700


def test_no_customer_of_an_earlier_day_is_born_after_it() -> None:
    day = date(2023, 5, 1)
    people = list(generate(1, 30, on=day))
    rows = list(bank_customers(people, 1, 10_000, on=day))
    assert max(row["birth_date"] for row in rows) <= day.isoformat()
    numbers = {row["customer_number"]: row["birth_date"] for row in rows}
    mine = customer_numbers(len(people), 1, 10_000)
    assert all(numbers[mine[one.person_id]] == one.attributes.birth_date for one in people if one.person_id in mine)


@pytest.mark.parametrize("count", [0, 1, 10, 40])
def test_a_small_bank(many: list[Person], count: int) -> None:
    rows = list(bank_customers(many, 1, count))
    assert [row["customer_number"] for row in rows] == [str(1_000_001 + n) for n in range(count)]
    assert len(customer_numbers(len(many), 1, count)) == count


def test_a_bank_without_people_of_the_network() -> None:
    assert len(list(bank_customers([], 1, 20))) == 20
    assert customer_numbers(0, 1, 20) == {}


def test_a_customer_is_the_person_in_the_banks_own_notation(many: list[Person]) -> None:
    rows = {row["customer_number"]: row for row in bank_customers(many, 1, 4_000)}
    names, addresses, kana = Counter[Likeness](), Counter[Likeness](), Counter[Likeness]()
    people = {person.person_id: person for person in many}
    for person_id, number in customer_numbers(len(many), 1, 4_000).items():
        person, row = people[person_id], rows[number]
        names[compare_names(person.attributes.name, row["name"])] += 1
        addresses[same_address(person.attributes.address, row["address"]).grade] += 1
        kana[compare_kana(person.kana, row["kana"])] += 1
        assert (row["birth_date"], row["gender"]) == (person.attributes.birth_date, person.attributes.gender)
        assert row["postal_code"].replace("-", "") == person.postal_code
    assert set(names) == {Likeness.IDENTICAL, Likeness.SAME_NOTATION, Likeness.VARIANT_CHARACTERS}
    assert set(addresses) == set(kana) == {Likeness.IDENTICAL, Likeness.SAME_NOTATION}


def test_nobody_outside_the_network_could_be_taken_for_a_person(many: list[Person]) -> None:
    people = {(person.attributes.name, person.attributes.birth_date) for person in many}
    inside = set(customer_numbers(len(many), 1, 4_000).values())
    outside = [row for row in bank_customers(many, 1, 4_000) if row["customer_number"] not in inside]
    assert outside
    assert not [row for row in outside if (row["name"], row["birth_date"]) in people]


def test_rows_can_be_written_in_shift_jis(many: list[Person]) -> None:
    for row in bank_customers(many, 1, 4_000):
        assert ",".join(row.values()).encode("cp932").decode("cp932") == ",".join(row.values())


def test_broken_rows_come_only_on_request_and_last(many: list[Person]) -> None:
    good = list(bank_customers(many[:50], 1, 100))
    rows = list(bank_customers(many[:50], 1, 100, broken=9))
    broken = rows[100:]
    assert rows[:100] == good
    assert len(broken) == 9
    assert [row["name"] for row in broken].count("") == 1
    assert broken[1]["birth_date"] == "1990-02-30"
    assert "\x00" in broken[4]["name"]
    assert broken[6]["customer_number"] in {row["customer_number"] for row in good}
    assert broken[7]["customer_number"] == ""
