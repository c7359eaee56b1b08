"""Messages as people and programs see them."""

from datetime import datetime

from tegata.network.conversation import MessageAnswer
from tegata.node.observer import Message
from tegata.node.web.filters import WEEKDAYS
from tegata.wire.problems import REGISTRY
from tegata.wire.text import Language, Text


def short_time(at: datetime, language: Language) -> str:
    """When a message set out, for a list whose year is clear."""
    japanese, english = WEEKDAYS[at.weekday()]
    if language == "en":
        return f"{english} {at:%Y-%m-%d %H:%M}"
    return f"{at.month}月{at.day}日（{japanese}）{at:%H:%M}"


def refusal(message: Message) -> Text | None:
    """Why a message was refused, as a sentence; None where it was not."""
    if 0 < message.status < 400:
        return None
    kind = REGISTRY.get(message.outcome)
    return kind.title if kind is not None else Text("断られました。", "It was refused.")


def told(message: Message) -> MessageAnswer:
    """A message of the journal as it is told."""
    return MessageAnswer(
        number=message.number, at=message.at, sender=message.sender, receiver=message.receiver, step=message.step,
        what=message.label, method=message.method, path=message.path, status=message.status, outcome=message.outcome,
        ms=round(message.ms, 1), body=message.body_masked,
    )  # fmt: skip
