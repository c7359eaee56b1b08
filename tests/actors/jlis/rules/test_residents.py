"""A resident's events: their order, repetition, what they end, and what follows an end."""

from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.actors.jlis.rules.residents import BRINGS_BACK, OnRecord, check_content, take
from tegata.japan import resident_code
from tegata.japan.dates import JST
from tegata.japan.four_attributes import FourAttributes
from tegata.wire.problems import CONFLICT, INVALID, ProblemType, Refused
from tegata.wire.residents import ENDS_RESIDENCE, OUT_OF_ORDER, Event, ResidentEvent

AT = datetime(2023, 9, 25, 10, 0, tzinfo=JST)
WHO = FourAttributes(name="山田　太郎", address="東京都千代田区１番", birth_date="1980-02-17", gender="male")
MOVED = msgspec.structs.replace(WHO, address="東京都渋谷区２番")
CODE = f"1234567890{resident_code.check_digit('1234567890')}"
FIRST = ResidentEvent(
    event_id="e1", resident_code=CODE, municipality_code="131016", sequence=1, event="registered",
    effective_on=AT.date(), recorded_at=AT, attributes=WHO,
)  # fmt: skip


def event(kind: Event, sequence: int, attributes: FourAttributes | None, **changes: Any) -> ResidentEvent:
    return msgspec.structs.replace(FIRST, event=kind, sequence=sequence, attributes=attributes, **changes)


def refusal(message: ResidentEvent, known: OnRecord | None) -> ProblemType:
    with pytest.raises(Refused) as refused:
        take(message, known)
    return refused.value.type


ALIVE = OnRecord(3, "move_in", WHO)


@pytest.mark.rule("FI-03")
def test_a_changed_attribute_ends_the_signature_certificate_only() -> None:
    taken = take(event("move_in", 4, MOVED), ALIVE)
    assert (taken.changed, taken.revoke, taken.reason) == (("address",), ("sign",), "affiliationChanged")


@pytest.mark.rule("FI-03")
@pytest.mark.parametrize("field", ["name", "address", "birth_date", "gender"])
def test_each_of_the_four_attributes_counts(field: str) -> None:
    other = {"name": "山田　次郎", "address": "別", "birth_date": "1980-02-18", "gender": "other"}[field]
    taken = take(event("correction", 4, msgspec.structs.replace(WHO, **{field: other})), ALIVE)
    assert (taken.changed, taken.revoke) == ((field,), ("sign",))


def test_an_event_that_changes_none_of_the_four_revokes_nothing() -> None:
    taken = take(event("move_out", 4, WHO), ALIVE)
    assert (taken.changed, taken.revoke, taken.attributes) == ((), (), WHO)


@pytest.mark.parametrize("kind", sorted(ENDS_RESIDENCE))
def test_the_end_of_residence_ends_both_certificates_and_keeps_the_attributes(kind: Event) -> None:
    taken = take(event(kind, 4, None), ALIVE)
    assert (taken.revoke, taken.reason) == (("sign", "auth"), "cessationOfOperation")
    assert taken.attributes == WHO


@pytest.mark.parametrize("sequence", [5, 9])
def test_a_gap_is_out_of_order(sequence: int) -> None:
    assert refusal(event("move_in", sequence, MOVED), ALIVE) is OUT_OF_ORDER


@pytest.mark.parametrize("sequence", [1, 3])
def test_a_number_that_is_taken_is_a_conflict(sequence: int) -> None:
    assert refusal(event("move_in", sequence, MOVED), ALIVE) is CONFLICT


def test_the_first_event_has_number_one_and_begins_residence() -> None:
    assert take(FIRST, None).revoke == ()
    assert refusal(event("registered", 2, WHO), None) is OUT_OF_ORDER
    assert refusal(event("death", 1, None), None) is INVALID


@pytest.mark.parametrize("ended", ["death", "left_country"])
@pytest.mark.parametrize("kind", ["registered", "birth", "move_in", "move_within", "name_change", "correction"])
def test_only_what_brings_back_follows_an_end(ended: Event, kind: Event) -> None:
    known = OnRecord(3, ended, WHO)
    if kind in BRINGS_BACK[ended]:
        assert take(event(kind, 4, WHO), known).attributes == WHO
    else:
        assert refusal(event(kind, 4, WHO), known) is CONFLICT


def test_a_death_is_undone_only_by_a_correction() -> None:
    assert BRINGS_BACK["death"] == {"correction"}


def test_a_death_abroad_after_leaving_is_taken() -> None:
    assert take(event("death", 4, None), OnRecord(3, "left_country", WHO)).reason == "cessationOfOperation"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"resident_code": f"{CODE[:10]}{(int(CODE[10]) + 1) % 10}"}, "resident_code"),
        ({"municipality_code": "999999"}, "municipality_code"),
        ({"attributes": None}, "attributes"),
        ({"recorded_at": AT.replace(tzinfo=None)}, "recorded_at"),
        ({"recorded_at": AT.replace(year=1)}, "recorded_at"),
        ({"recorded_at": AT.replace(year=9999)}, "recorded_at"),
        ({"event": "death"}, "attributes"),
        ({"attributes": msgspec.structs.replace(WHO, birth_date="1980-02-31")}, "attributes.birth_date"),
    ],
)
def test_content_that_does_not_fit_is_invalid(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        check_content(msgspec.structs.replace(FIRST, **changes))
    assert (refused.value.type, refused.value.detail) == (INVALID, {"field": field})


@given(st.permutations(range(2, 7)))
def test_whatever_the_order_of_arrival_events_are_taken_in_their_own(order: list[int]) -> None:
    """The sender repeats what was out of order: in the end all are taken, once and in order."""
    waiting, known, taken = [event("move_within", number, WHO) for number in order], OnRecord(1, "registered", WHO), []
    refusals: set[str] = set()
    while waiting:
        message = waiting.pop(0)
        try:
            result = take(message, known)
        except Refused as refused:
            refusals.add(refused.type.code)
            waiting.append(message)
        else:
            known = OnRecord(message.sequence, message.event, result.attributes)
            taken.append(message.sequence)
    assert taken == [2, 3, 4, 5, 6]
    assert refusals <= {OUT_OF_ORDER.code}
