import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.actors.municipality.rules.households import (
    HEAD,
    Member,
    next_head,
    relationship_of_child,
    settle,
)
from tegata.japan.four_attributes import Gender


def member(name: str, relationship: str, gender: Gender = "male", birth_date: str = "1980-01-01") -> Member:
    return Member(resident_id=name, relationship=relationship, gender=gender, birth_date=birth_date)


FATHER = member("father", HEAD, "male", "1978-01-01")
MOTHER = member("mother", "妻", "female", "1980-01-01")
SON = member("son", "子", "male", "2005-01-01")
DAUGHTER = member("daughter", "子", "female", "2010-01-01")
GRANDMOTHER = member("grandmother", "母", "female", "1950-01-01")
GRANDFATHER = member("grandfather", "父", "male", "1948-01-01")
FAMILY = (FATHER, MOTHER, SON, DAUGHTER, GRANDMOTHER, GRANDFATHER)


def related(*members: Member) -> dict[str, str]:
    return {one.resident_id: one.relationship for one in settle(members)}


def test_a_household_with_its_head_stays_as_it_is() -> None:
    assert settle(FAMILY) == FAMILY
    assert settle(()) == ()


def test_the_spouse_follows_the_head() -> None:
    assert related(*FAMILY[1:]) == {
        "mother": HEAD, "son": "子", "daughter": "子", "grandmother": "夫の母", "grandfather": "夫の父",
    }  # fmt: skip


def test_without_a_spouse_the_oldest_follows() -> None:
    assert related(SON, DAUGHTER) == {"son": HEAD, "daughter": "妹"}
    assert related(DAUGHTER, SON, GRANDMOTHER) == {"grandmother": HEAD, "son": "孫", "daughter": "孫"}
    assert related(GRANDMOTHER, GRANDFATHER) == {"grandfather": HEAD, "grandmother": "妻"}


def test_from_a_child_parents_are_parents_and_grandparents_grandparents() -> None:
    young_parents = [member("f", "夫", birth_date="1990-01-01"), member("g", "母", "female", "1995-01-01")]
    assert next_head([*young_parents, SON]).resident_id == "f"
    old_child = member("c", "子", "female", "1940-01-01")
    assert related(old_child, member("g", "母", "female", "1960-01-01"), member("b", "子", "male", "1935-01-01")) == {
        "b": HEAD, "c": "妹", "g": "祖母",
    }  # fmt: skip


def test_who_is_related_in_another_way_is_called_related() -> None:
    cousin, friend = member("cousin", "縁故者", birth_date="1930-01-01"), member("friend", "同居人")
    assert related(cousin, friend) == {"cousin": HEAD, "friend": "縁故者"}
    twin = member("twin", "子", "other", "2005-01-01")
    assert related(SON, twin)["twin"] == "きょうだい"


@pytest.mark.parametrize(("parent", "child"), [(HEAD, "子"), ("妻", "子"), ("夫", "子"), ("子", "子の子")])
def test_a_newborn_is_related_through_the_parent(parent: str, child: str) -> None:
    assert relationship_of_child(parent) == child


RELATIONSHIPS = (HEAD, "夫", "妻", "子", "父", "母", "祖父", "祖母", "兄", "姉", "弟", "妹", "孫", "縁故者", "同居人")

members = st.builds(
    member,
    st.uuids().map(str),
    st.sampled_from(RELATIONSHIPS),
    st.sampled_from(["male", "female", "other"]),
    st.dates().map(lambda day: day.isoformat()),
)


@given(st.lists(members, min_size=1, max_size=6))
def test_there_is_a_head_and_nobody_is_lost(given_members: list[Member]) -> None:
    settled = settle(given_members)
    assert [one.resident_id for one in settled] == [one.resident_id for one in given_members]
    assert any(one.relationship == HEAD for one in settled)
    assert all(one.relationship for one in settled)
    assert settle(settled) == settled
