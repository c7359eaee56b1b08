import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tegata.japan.four_attributes import ITEMS, FourAttributes

PERSON = FourAttributes(name="高橋\u3000一郎", address="東京都千代田区１", birth_date="1980-02-17", gender="male")


@pytest.mark.rule("FI-01")
def test_there_are_four() -> None:
    assert ITEMS == ("name", "address", "birth_date", "gender")
    assert PERSON.only(ITEMS) == msgspec.to_builtins(PERSON)


@settings(deadline=None)
@given(st.sets(st.sampled_from(ITEMS)))
def test_only_the_items_asked_for(items: set[str]) -> None:
    chosen = PERSON.only(items)  # type: ignore[arg-type]
    assert set(chosen) == items
    assert list(chosen) == [item for item in ITEMS if item in items]


@settings(deadline=None)
@given(st.sets(st.sampled_from(ITEMS)))
def test_what_changed(items: set[str]) -> None:
    other = msgspec.structs.replace(PERSON, **dict.fromkeys(items, "changed"))
    assert set(PERSON.changed_from(other)) == items


@pytest.mark.parametrize(
    "change",
    [
        {"birth_date": "1980-2-17"},
        {"birth_date": "１９８０-02-17"},
        {"birth_date": "1980-13-17"},
        {"gender": "m"},
        {"name": None},
        {"birth_date": "1980-02-17\n"},
    ],
)
def test_malformed_values_are_refused_on_reading(change: dict[str, str | None]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(PERSON.only(ITEMS) | change, FourAttributes)
