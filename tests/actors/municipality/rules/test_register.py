from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.actors.municipality.rules import register
from tegata.actors.municipality.rules.register import (
    BEGINS,
    POSSIBLE,
    STATUS_AFTER,
    Change,
    Entry,
    Record,
    Sets,
    fold,
    possible_events,
    take,
    told_attributes,
)
from tegata.wire.problems import Refused
from tegata.wire.residents import ENDS_RESIDENCE, Event

HERE, THERE = "131016", "131130"
TODAY = date(2023, 9, 25)
BORN = date(1980, 2, 17)
FIRST = Entry(
    sequence=1,
    event="registered",
    municipality_code=HERE,
    effective_on=date(2021, 4, 1),
    sets=Sets(
        name="山田　花子", kana="ヤマダ　ハナコ", birth_date=BORN.isoformat(), gender="female",
        address="東京都千代田区丸の内１丁目", postal_code="1000005", former_name="髙橋",
    ),
)  # fmt: skip
RESIDENT = register.begin(FIRST)
EVENTS: list[Event] = list(STATUS_AFTER)


def change(event: Event, **changes: Any) -> Change:
    return msgspec.structs.replace(
        Change(event=event, effective_on=TODAY, sets=Sets(address="東京都渋谷区神南１丁目", postal_code="1500041")),
        **changes,
    )


def after(*events: Event) -> Record:
    """The record after these events, each at the municipality where it can be."""
    record = RESIDENT
    for event in events:
        place = THERE if event == "move_in" else record.municipality_code
        entry = take(record, change(event), municipality_code=place, today=TODAY, has_card=True)
        record = register.after(record, entry)
    return record


def code_of(record: Record | None, wanted: Change, place: str = HERE, *, has_card: bool = False) -> str:
    with pytest.raises(Refused) as refused:
        take(record, wanted, municipality_code=place, today=TODAY, has_card=has_card)
    return refused.value.code


@pytest.mark.parametrize("status", POSSIBLE)
@pytest.mark.parametrize("event", [event for event in EVENTS if event not in BEGINS])
def test_only_the_events_of_the_table_follow_a_state(status: str, event: Event) -> None:
    record = {
        "resident": RESIDENT, "moved_out": after("move_out"), "left_country": after("left_country"),
        "dead": after("death"),
    }[status]  # fmt: skip
    place = THERE if event == "move_in" else HERE
    if event in POSSIBLE[record.status]:
        entry = take(record, change(event), municipality_code=place, today=TODAY, has_card=True)
        assert register.after(record, entry).status == STATUS_AFTER[event]
    else:
        assert code_of(record, change(event), place) == "register-event-not-possible"


@pytest.mark.parametrize("event", sorted(BEGINS))
def test_nobody_is_registered_twice(event: Event) -> None:
    assert code_of(RESIDENT, change(event)) == "register-event-not-possible"


@pytest.mark.parametrize("event", sorted(set(EVENTS) - BEGINS))
def test_a_record_begins_with_a_registration(event: Event) -> None:
    assert code_of(None, change(event)) == "register-event-not-possible"


@pytest.mark.parametrize("event", ["move_within", "move_out", "name_change", "correction", "death", "left_country"])
def test_another_municipality_changes_nothing_of_a_record(event: Event) -> None:
    assert code_of(RESIDENT, change(event), THERE) == "not-found"
    assert possible_events(RESIDENT, THERE) == {"move_in"}


def test_a_move_in_follows_a_move_out_or_a_card_stands_in_for_it() -> None:
    assert code_of(RESIDENT, change("move_in"), HERE, has_card=True) == "already-resident-here"
    assert code_of(RESIDENT, change("move_in"), THERE) == "move-in-needs-move-out-or-card"
    take(RESIDENT, change("move_in"), municipality_code=THERE, today=TODAY, has_card=True)
    take(after("move_out"), change("move_in"), municipality_code=THERE, today=TODAY)
    take(after("move_out"), change("move_in"), municipality_code=HERE, today=TODAY)
    take(after("left_country"), change("move_in"), municipality_code=THERE, today=TODAY)


@pytest.mark.rule("FI-03")
def test_a_move_in_brings_the_record_and_the_address_to_the_new_municipality() -> None:
    moved = after("move_out", "move_in")
    assert (moved.municipality_code, moved.status, moved.sequence) == (THERE, "resident", 3)
    assert moved.attributes == msgspec.structs.replace(RESIDENT.attributes, address="東京都渋谷区神南１丁目")
    assert moved.address_since == TODAY
    assert moved.destination is None


@pytest.mark.rule("FI-03")
def test_a_move_out_alone_changes_none_of_the_four() -> None:
    entry = take(
        RESIDENT, Change(event="move_out", effective_on=TODAY, sets=Sets(destination="大阪")), municipality_code=HERE,
        today=TODAY,
    )  # fmt: skip
    record = register.after(RESIDENT, entry)
    assert record.attributes == RESIDENT.attributes
    assert record.destination == "大阪"
    assert told_attributes("move_out", record) == RESIDENT.attributes


@pytest.mark.rule("FI-03")
@pytest.mark.parametrize("event", EVENTS)
def test_j_lis_is_told_no_attributes_once_residence_has_ended(event: Event) -> None:
    assert (told_attributes(event, RESIDENT) is None) == (event in ENDS_RESIDENCE)


@pytest.mark.parametrize(
    ("event", "day", "code"),
    [
        ("move_within", TODAY + timedelta(days=1), "date-in-future"),
        ("death", TODAY + timedelta(days=1), "date-in-future"),
        ("left_country", TODAY + timedelta(days=1), "date-in-future"),
        ("move_out", TODAY + timedelta(days=31), "date-too-far-ahead"),
        ("death", BORN - timedelta(days=1), "date-before-birth"),
        ("name_change", BORN - timedelta(days=1), "date-before-birth"),
        ("move_within", FIRST.effective_on - timedelta(days=1), "date-before-present-address"),
        ("move_out", FIRST.effective_on - timedelta(days=1), "date-before-present-address"),
    ],
)
def test_a_day_that_can_not_be_is_refused_by_its_reason(event: Event, day: date, code: str) -> None:
    assert code_of(RESIDENT, change(event, effective_on=day)) == code


@pytest.mark.parametrize(
    ("event", "day"),
    [
        ("move_within", TODAY), ("move_within", FIRST.effective_on), ("move_out", TODAY + timedelta(days=30)),
        ("death", BORN),
    ],
)  # fmt: skip
def test_the_first_and_the_last_possible_day_are_taken(event: Event, day: date) -> None:
    take(RESIDENT, change(event, effective_on=day), municipality_code=HERE, today=TODAY)


def test_with_an_unknown_day_of_birth_the_earliest_possible_counts() -> None:
    old = register.begin(
        msgspec.structs.replace(FIRST, sets=msgspec.structs.replace(FIRST.sets, birth_date="1930-00-00"))
    )
    take(old, change("death", effective_on=date(1930, 1, 1)), municipality_code=HERE, today=TODAY)
    assert code_of(old, change("death", effective_on=date(1929, 12, 31))) == "date-before-birth"


@pytest.mark.parametrize(
    ("birth_date", "code"),
    [("2023-09-26", "date-in-future"), ("1980-02-30", "text-not-in-register-form"), ("", "text-not-in-register-form")],
)
def test_a_birth_that_can_not_be_is_refused(birth_date: str, code: str) -> None:
    sets = msgspec.structs.replace(FIRST.sets, birth_date=birth_date)
    assert code_of(None, Change(event="registered", effective_on=TODAY, sets=sets)) == code
    assert code_of(RESIDENT, Change(event="correction", effective_on=TODAY, sets=Sets(birth_date=birth_date))) == code


def test_what_changes_nothing_is_refused() -> None:
    same = Sets(name="山田　花子", kana="ヤマダ　ハナコ", former_name="髙橋")
    assert code_of(RESIDENT, change("name_change", sets=same)) == "nothing-changes"
    assert code_of(RESIDENT, change("correction", sets=Sets(reason="なし"))) == "nothing-changes"


def test_a_former_surname_alone_is_a_change_and_can_be_taken_away() -> None:
    entry = take(RESIDENT, change("name_change", sets=Sets(former_name="")), municipality_code=HERE, today=TODAY)
    assert register.after(RESIDENT, entry).former_name is None
    assert RESIDENT.former_name == "髙橋"


def test_a_correction_brings_back_who_was_ended_by_mistake() -> None:
    entry = take(
        after("death"), change("correction", sets=Sets(reason="取り違え")), municipality_code=HERE, today=TODAY
    )
    assert register.after(after("death"), entry).status == "resident"


def test_the_fourteen_days_of_a_notification() -> None:
    assert not register.is_late("move_in", TODAY - timedelta(days=14), TODAY)
    assert register.is_late("move_in", TODAY - timedelta(days=15), TODAY)
    assert not register.is_late("death", TODAY - timedelta(days=15), TODAY)


@pytest.mark.parametrize("missing", ["name", "kana", "birth_date", "gender", "address"])
def test_a_record_does_not_begin_without_what_it_needs(missing: str) -> None:
    sets = msgspec.structs.replace(FIRST.sets, **{missing: None})
    with pytest.raises(ValueError, match="whole registration"):
        fold([msgspec.structs.replace(FIRST, sets=sets)])


def test_no_entries_are_no_record() -> None:
    assert fold([]) is None


changes = st.builds(
    Change,
    event=st.sampled_from(EVENTS),
    effective_on=st.dates(date(1979, 1, 1), date(2024, 1, 1)),
    sets=st.builds(
        Sets,
        name=st.sampled_from([None, "山田　花子", "鈴木　花子"]),
        former_name=st.sampled_from([None, "", "田中"]),
        address=st.sampled_from([None, "東京都渋谷区神南", "東京都千代田区丸の内１丁目"]),
        birth_date=st.sampled_from([None, "1980-02-17", "1981-02-17"]),
    ),
)


REFUSALS = {
    "register-event-not-possible",
    "already-resident-here",
    "not-found",
    "move-in-needs-move-out-or-card",
    "date-in-future",
    "date-too-far-ahead",
    "date-before-birth",
    "date-before-present-address",
    "nothing-changes",
}


def taken_or_refused(record: Record, wanted: Change, place: str, *, has_card: bool) -> Entry | None:
    """The entry, or None for one of the known refusals."""
    try:
        return take(record, wanted, municipality_code=place, today=TODAY, has_card=has_card)
    except Refused as refused:
        if refused.code not in REFUSALS:
            raise
        return None


@pytest.mark.rule("FI-03")
@given(st.lists(st.tuples(changes, st.sampled_from([HERE, THERE]), st.booleans()), max_size=12))
def test_whatever_is_notified_the_record_is_the_fold_of_what_was_taken(
    notified: list[tuple[Change, str, bool]],
) -> None:
    entries, record = [FIRST], RESIDENT
    for wanted, place, has_card in notified:
        entry = taken_or_refused(record, wanted, place, has_card=has_card)
        if entry is None:
            continue
        following = register.after(record, entry)
        assert entry.sequence == record.sequence + 1 == following.sequence
        assert following.status == STATUS_AFTER[entry.event]
        assert entry.event in possible_events(record, place)
        if entry.event in ("move_out", "death", "left_country"):
            assert following.municipality_code == record.municipality_code
        entries.append(entry)
        record = following
    assert fold(entries) == record
