"""What the rule takes over by itself, and what it never does."""

from collections.abc import Mapping

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tegata.actors.bank.rules.comparison import decide, other_person
from tegata.japan.addresses import same_address
from tegata.japan.four_attributes import ITEMS, FourAttributes, Item
from tegata.japan.names import compare_names
from tests.actors.bank.world import moved, told_of
from tests.actors.jlis.world import HANAKO

BUILDING = moved(HANAKO, address="東京都千代田区丸の内１丁目１番１号 コーポ１０１")

names = st.one_of(
    st.sampled_from(["山田　花子", "山田花子", "ﾔﾏﾀﾞ ﾊﾅｺ", "髙橋　一郎", "高橋 一郎", "佐藤　花子"]),
    st.text("山田髙高橋花子　 太郎", min_size=1, max_size=8),
)
numbers = st.integers(1, 40)
towns = st.sampled_from(
    ["東京都千代田区丸の内", "東京都渋谷区神南", "神奈川県横浜市中区本町", "北海道札幌市中央区北一条西"]
)
buildings = st.sampled_from(["", " コーポ１０１", "　ハイツ富士２０３号室"])
addresses = st.builds(
    lambda town, a, b, c, building, style: town + style.format(a, b, c) + building,
    towns, numbers, numbers, numbers, buildings, st.sampled_from(["{}丁目{}番{}号", "{}-{}-{}", "{}丁目{}番地{}"]),
)  # fmt: skip
birth_dates = st.dates().map(lambda day: day.isoformat().zfill(10))
people = st.builds(
    FourAttributes, name=names, address=addresses, birth_date=birth_dates, gender=st.sampled_from(["male", "female"])
)
item_sets = st.sets(st.sampled_from(ITEMS), min_size=1)


@given(people, people, item_sets, st.booleans())
def test_nothing_is_taken_over_by_itself_for_another_birth_date_or_gender(
    held: FourAttributes, shown: FourAttributes, items: set[Item], identity_known: bool
) -> None:
    told = shown.only(items)
    decision = decide(held, told, identity_known=identity_known)
    differs = [item for item in ("birth_date", "gender") if item in told and told[item] != getattr(held, item)]
    if differs:
        assert decision.verdict == "review"
        assert decision.take == {}


@given(people, people, item_sets, st.booleans())
def test_only_addresses_are_ever_taken_over_by_itself(
    held: FourAttributes, shown: FourAttributes, items: set[Item], identity_known: bool
) -> None:
    decision = decide(held, shown.only(items), identity_known=identity_known)
    assert decision.take.keys() <= {"address"}
    assert bool(decision.take) == (decision.verdict == "take-over")
    assert bool(decision.reasons) == (decision.verdict == "review")


@given(people, addresses)
def test_different_addresses_are_never_called_the_same(held: FourAttributes, address: str) -> None:
    assume(not same_address(held.address, address).is_same)
    decision = decide(held, told_of(moved(held, address=address)), identity_known=True)
    assert decision.verdict != "same"


@given(people, st.tuples(numbers, numbers, numbers), st.tuples(numbers, numbers, numbers))
def test_another_house_number_is_another_address(
    held: FourAttributes, one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    assume(one != other)
    here, there = ("東京都渋谷区神南{}丁目{}番{}号".format(*numbers) for numbers in (one, other))
    decision = decide(moved(held, address=here), {"address": there}, identity_known=True)
    assert (decision.verdict, decision.take) == ("take-over", {"address": there})


@given(people)
def test_the_same_told_again_changes_nothing(held: FourAttributes) -> None:
    assert decide(held, told_of(held), identity_known=True).verdict == "same"


@given(people, names)
def test_a_name_is_never_taken_over_by_itself(held: FourAttributes, name: str) -> None:
    decision = decide(held, {"name": name}, identity_known=True)
    assert "name" not in decision.take
    assert (decision.verdict == "review") == (compare_names(held.name, name) == "different")


@pytest.mark.parametrize(
    ("held", "changes", "verdict", "reasons"),
    [
        (HANAKO, {}, "same", ()),
        (HANAKO, {"name": "山田 花子", "address": "東京都千代田区丸の内1-1-1"}, "same", ()),
        (HANAKO, {"address": "東京都渋谷区神南１丁目１９番１１号"}, "take-over", ()),
        (moved(HANAKO, name="髙橋　花子"), {"name": "高橋　花子"}, "same", ()),
        (moved(HANAKO, name="髙橋　花子"), {"name": "高橋　花子", "address": "東京都港区芝１番"}, "take-over", ()),
        (HANAKO, {"name": "佐藤　花子"}, "review", ("name-differs",)),
        (HANAKO, {"name": "佐藤　花子", "address": "東京都港区芝１番"}, "review", ("name-differs",)),
        (HANAKO, {"birth_date": "1980-02-18"}, "review", ("birth-date-differs",)),
        (HANAKO, {"gender": "male"}, "review", ("gender-differs",)),
        (BUILDING, {"address": HANAKO.address}, "review", ("building-missing",)),
        (HANAKO, {"address": BUILDING.address}, "take-over", ()),
        (BUILDING, {"address": "東京都千代田区丸の内１丁目１番１号 ハイツ２０２"}, "take-over", ()),
        (HANAKO, {"name": "佐藤　一郎", "birth_date": "1950-01-01", "gender": "male"}, "review",
         ("birth-date-differs", "gender-differs", "name-differs")),
    ],
)  # fmt: skip
def test_examples(held: FourAttributes, changes: Mapping[str, str], verdict: str, reasons: tuple[str, ...]) -> None:
    decision = decide(held, told_of(moved(held, **changes)), identity_known=True)
    assert (decision.verdict, decision.reasons) == (verdict, reasons)


@pytest.mark.parametrize(
    ("items", "verdict"),
    [(("address",), "review"), (("name", "address"), "review"), (("name", "birth_date"), "same"), (ITEMS, "same")],
)
def test_who_consented_must_have_been_seen_once(items: tuple[Item, ...], verdict: str) -> None:
    assert decide(HANAKO, HANAKO.only(items), identity_known=False).verdict == verdict
    assert decide(HANAKO, HANAKO.only(items), identity_known=True).verdict == "same"


def test_a_certificate_of_another_person_is_noticed() -> None:
    assert other_person(HANAKO, moved(HANAKO, address="東京都港区芝１番")) == ()
    assert other_person(HANAKO, moved(HANAKO, name="山田　太郎", gender="male")) == ("gender-differs", "name-differs")
