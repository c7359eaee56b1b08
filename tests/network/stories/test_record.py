"""Answers are told where they came: after all that happened for their question."""

from datetime import datetime

import pytest

from tegata.japan.dates import JST
from tegata.network.stories.record import with_answers
from tegata.node.observer import Message
from tegata.wire.text import Text


def message(number: int, step: str, sender: str, receiver: str, status: int = 200) -> Message:
    return Message(
        number=number, at=datetime(2023, 9, 30, 7, 5, tzinfo=JST), sender=sender, receiver=receiver,
        label=Text("照会", "question"), step=step, method="POST", path="/x", status=status,
        outcome="ok" if status < 400 else "refused", ms=3.0,
    )  # fmt: skip


def told(answered: list[Message]) -> list[tuple[str, str, str]]:
    return [(one.step, one.sender, one.receiver) for one in with_answers(answered)]


def test_a_question_is_answered_after_what_it_caused() -> None:
    ask, ocsp, passed_on = (
        message(1, "⑤", "bank", "platform"),
        message(2, "", "platform", "jlis"),
        message(3, "⑥", "platform", "jlis"),
    )
    later = message(4, "④", "platform", "bank")
    assert told([ocsp, passed_on, ask, later]) == [
        ("⑤", "bank", "platform"), ("", "platform", "jlis"), ("⑥", "platform", "jlis"), ("⑦", "jlis", "jlis"),
        ("⑧", "jlis", "platform"), ("⑨", "platform", "bank"), ("④", "platform", "bank"),
    ]  # fmt: skip


@pytest.mark.parametrize("status", [403, 409, 503])
def test_a_refused_question_has_no_answer_with_attributes(status: int) -> None:
    ask, passed_on = message(1, "⑤", "bank", "platform", status), message(2, "⑥", "platform", "jlis", status)
    assert [step for step, _, _ in told([passed_on, ask])] == ["⑤", "⑥"]


def test_messages_beside_one_another_keep_the_order_of_their_setting_out() -> None:
    first, second = message(1, "③", "platform", "jlis"), message(2, "④", "platform", "bank")
    assert [step for step, _, _ in told([second, first])] == ["③", "④"]
    assert list(with_answers([])) == []
