from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from tegata.actors.portal.rules.calendar import months_from
from tegata.actors.portal.rules.certificates import advise, newest
from tegata.japan.dates import JST
from tegata.wire.certificates import CertificateState

END = datetime(2028, 2, 17, 23, 59, 59, tzinfo=JST)
START = datetime(2023, 4, 1, 10, 0, tzinfo=JST)
VALID = CertificateState(
    serial=7, usage="sign", card_id="c1", state="valid", not_before=START, not_after=END
)  # fmt: skip
RENEWABLE = datetime(2027, 11, 17, 23, 59, 59, tzinfo=JST)


def changed(**changes: Any) -> CertificateState:
    return msgspec.structs.replace(VALID, **changes)


@pytest.mark.parametrize(
    ("certificate", "at", "kind", "state"),
    [
        (VALID, START, "good", "有効"),
        (VALID, RENEWABLE - timedelta(seconds=1), "good", "有効"),
        (VALID, RENEWABLE, "warn", "まもなく期限"),
        (VALID, END, "warn", "まもなく期限"),
        (VALID, END + timedelta(seconds=1), "bad", "期限切れ"),
        (changed(state="expired"), END, "bad", "期限切れ"),
        (changed(state="suspended"), START, "bad", "一時利用停止"),
        (changed(state="revoked", reason="affiliationChanged"), START, "bad", "失効"),
        (changed(state="revoked", reason="keyCompromise"), START, "bad", "失効"),
    ],
)
def test_each_state_has_its_advice(certificate: CertificateState, at: datetime, kind: str, state: str) -> None:
    advice = advise("sign", [certificate], at)
    assert (advice.kind, advice.state.ja, advice.certificate) == (kind, state, certificate)
    assert advice.needs_action == (kind != "good")


@pytest.mark.rule("FI-03")
def test_a_change_of_the_four_attributes_is_named_as_the_reason() -> None:
    moved = advise("sign", [changed(state="revoked", reason="affiliationChanged")], START)
    stopped = advise("sign", [changed(state="revoked", reason="cessationOfOperation")], START)
    assert "変わったため" in moved.meaning.ja
    assert "変わったため" not in stopped.meaning.ja
    assert "市区町村の窓口" in moved.to_do.ja


def test_without_a_certificate_nothing_needs_doing() -> None:
    advice = advise("sign", [changed(usage="auth")], START)
    assert (advice.kind, advice.certificate, advice.needs_action) == ("plain", None, False)


def test_the_newest_certificate_counts_not_the_last_in_the_list() -> None:
    old, new = changed(serial=9, not_before=START - timedelta(days=400), state="revoked"), changed(serial=8)
    assert newest("sign", [new, old]) == new
    assert advise("sign", [new, old], START).kind == "good"


@pytest.mark.parametrize(
    ("moment", "months", "expected"),
    [
        (datetime(2024, 2, 29, 12, 0, tzinfo=JST), 12, datetime(2025, 2, 28, 12, 0, tzinfo=JST)),
        (datetime(2023, 5, 31, 12, 0, tzinfo=JST), -3, datetime(2023, 2, 28, 12, 0, tzinfo=JST)),
        (datetime(2023, 1, 15, 12, 0, tzinfo=JST), -3, datetime(2022, 10, 15, 12, 0, tzinfo=JST)),
        (datetime(2023, 12, 31, 0, 0, tzinfo=JST), 1, datetime(2024, 1, 31, 0, 0, tzinfo=JST)),
    ],
)
def test_months_go_by_the_calendar(moment: datetime, months: int, expected: datetime) -> None:
    assert months_from(moment, months) == expected
