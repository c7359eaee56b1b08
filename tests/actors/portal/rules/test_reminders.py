from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.actors.portal.rules.reminders import LOOK_AGAIN, Reminder, due, look_again
from tegata.japan.dates import JST
from tegata.wire.consents import ConsentRecord

GIVEN = datetime(2023, 5, 18, 10, 0, tzinfo=JST)
UNTIL = datetime(2033, 5, 18, 23, 59, 59, tzinfo=JST)
ENDING_AT = datetime(2033, 2, 18, 23, 59, 59, tzinfo=JST)
RECORD = ConsentRecord(
    consent_id="c1", relying_party="bank", relying_party_name="てがた銀行", service="account", service_name="普通預金",
    items=["name"], purpose="更新", reference="r1", channel="portal", state="active", given_at=GIVEN,
    valid_from=datetime(2023, 5, 19, tzinfo=JST), valid_until=UNTIL, serial=1,
)  # fmt: skip
YEARLY, ENDING = Reminder("c1", "yearly"), Reminder("c1", "ending")
DAY = timedelta(days=1)


def changed(**changes: Any) -> ConsentRecord:
    return msgspec.structs.replace(RECORD, **changes)


@pytest.mark.rule("FI-09")
@pytest.mark.parametrize(
    ("sent", "at", "expected"),
    [
        ({}, GIVEN + 364 * DAY, []),
        ({}, datetime(2024, 5, 18, 10, 0, tzinfo=JST), [YEARLY]),
        ({YEARLY: datetime(2024, 5, 18, 10, 0, tzinfo=JST)}, datetime(2025, 5, 18, 9, 59, tzinfo=JST), []),
        ({YEARLY: datetime(2024, 5, 18, 10, 0, tzinfo=JST)}, datetime(2025, 5, 18, 10, 0, tzinfo=JST), [YEARLY]),
        ({YEARLY: ENDING_AT - DAY}, ENDING_AT - timedelta(seconds=1), []),
        ({YEARLY: ENDING_AT - DAY}, ENDING_AT, [ENDING]),
        ({}, ENDING_AT, [ENDING]),
        ({ENDING: ENDING_AT}, ENDING_AT + 400 * DAY, []),
    ],
)
def test_when_a_reminder_is_due(sent: dict[Reminder, datetime], at: datetime, expected: list[Reminder]) -> None:
    assert due([RECORD], sent, at) == expected


@pytest.mark.parametrize("state", ["withdrawn", "expired"])
def test_a_consent_that_has_ended_is_not_reminded_of(state: str) -> None:
    assert due([changed(state=state)], {}, UNTIL) == []
    assert look_again([changed(state=state)], {}, GIVEN) == GIVEN + LOOK_AGAIN


def test_each_consent_is_reminded_of_apart() -> None:
    records = [RECORD, changed(consent_id="c2", given_at=GIVEN + 100 * DAY)]
    assert due(records, {}, GIVEN + 370 * DAY) == [YEARLY]
    assert due(records, {YEARLY: GIVEN + 370 * DAY}, GIVEN + 470 * DAY) == [Reminder("c2", "yearly")]


def test_a_person_is_looked_at_again_at_the_next_reminder_or_in_a_month() -> None:
    soon = datetime(2024, 5, 10, 9, 0, tzinfo=JST)
    assert look_again([RECORD], {}, soon) == datetime(2024, 5, 18, 10, 0, tzinfo=JST)
    assert look_again([RECORD], {}, GIVEN) == GIVEN + LOOK_AGAIN
    assert look_again([], {}, GIVEN) == GIVEN + LOOK_AGAIN


@pytest.mark.rule("FI-09")
@given(st.integers(0, 3650 * 24))
def test_whoever_looks_when_told_to_misses_no_reminder(hours: int) -> None:
    """From any start, following look_again, nothing is overdue for longer than the month between two looks."""
    at, sent = GIVEN + timedelta(hours=hours), dict[Reminder, datetime]()
    for reminder in due([RECORD], sent, at):
        sent[reminder] = at
    following = look_again([RECORD], sent, at)
    assert at < following <= at + LOOK_AGAIN
    assert due([RECORD], sent, following - timedelta(seconds=1)) == []
