"""When a question is asked again, and when a person has to look."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.actors.bank.rules.asking import DAILY_ATTEMPTS, after_refusal, ask_again, next_morning
from tegata.japan.dates import JST
from tegata.wire import four_information as wire
from tegata.wire.consents import NOT_A_RELYING_PARTY
from tegata.wire.problems import INTERNAL, PEER_UNAVAILABLE, TOO_MANY, ProblemType, Refused

AT = datetime(2023, 9, 25, 7, 10, tzinfo=JST)
EIGHT = datetime(2023, 9, 25, 8, tzinfo=JST)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda naive: naive.replace(tzinfo=JST))


@given(moments)
def test_the_next_morning_is_after_now_within_a_day_at_eight(at: datetime) -> None:
    morning = next_morning(at)
    assert timedelta(0) < morning - at <= timedelta(days=1)
    assert morning.timetz().replace(tzinfo=None) == time(8)


@given(moments, st.integers(1, 500))
def test_after_two_weeks_it_is_asked_once_a_week(at: datetime, attempts: int) -> None:
    distance = ask_again(attempts, at) - at
    assert distance <= timedelta(days=1 if attempts < DAILY_ATTEMPTS else 7)
    assert distance > timedelta(days=0 if attempts < DAILY_ATTEMPTS else 6)


@pytest.mark.parametrize(
    ("problem", "detail", "kind", "ask_at"),
    [
        (wire.NOT_YET_AVAILABLE, {}, "wait", EIGHT),
        (wire.CERTIFICATE_REVOKED, {"reason": "certificateHold"}, "wait", EIGHT),
        (wire.CERTIFICATE_REVOKED, {"reason": "cessationOfOperation"}, "person", None),
        (wire.CERTIFICATE_REVOKED, {}, "person", None),
        (wire.CERTIFICATE_EXPIRED, {}, "person", None),
        (wire.UNKNOWN_SERIAL, {}, "person", None),
        (wire.NO_CONSENT, {}, "person", None),
        (NOT_A_RELYING_PARTY, {}, "person", None),
        (wire.CONSENT_WITHDRAWN, {}, "end", None),
        (wire.CONSENT_EXPIRED, {}, "end", None),
        (wire.CONSENT_NOT_YET_VALID, {"valid_from": "2023-09-26T00:00:00+09:00"}, "wait",
         datetime(2023, 9, 26, tzinfo=JST)),
        (wire.CONSENT_NOT_YET_VALID, {"valid_from": "2023-09-01T00:00:00+09:00"}, "wait", AT),
        (wire.CONSENT_NOT_YET_VALID, {"valid_from": "soon"}, "wait", EIGHT),
        (wire.CONSENT_NOT_YET_VALID, {"valid_from": "2023-09-26T00:00:00"}, "wait", EIGHT),
        (wire.CONSENT_NOT_YET_VALID, {}, "wait", EIGHT),
        (PEER_UNAVAILABLE, {}, "wait", AT + timedelta(minutes=10)),
        (INTERNAL, {}, "wait", AT + timedelta(minutes=10)),
        (TOO_MANY, {}, "wait", AT + timedelta(minutes=10)),
    ],
)  # fmt: skip
@pytest.mark.rule("FI-07")
def test_what_follows_a_refusal(
    problem: ProblemType, detail: dict[str, str], kind: str, ask_at: datetime | None
) -> None:
    step = after_refusal(Refused(problem, detail), 1, AT)
    assert (step.kind, step.ask_at) == (kind, ask_at)
