"""Messages as people and programs see them."""

from tegata.network.home.conversation import MessageAnswer
from tegata.node.observer import Message


def told(message: Message) -> MessageAnswer:
    """A message of the journal as it is told."""
    return MessageAnswer(
        number=message.number, at=message.at, sender=message.sender, receiver=message.receiver, step=message.step,
        what=message.label, method=message.method, path=message.path, status=message.status, outcome=message.outcome,
        ms=round(message.ms, 1), body=message.body_masked,
    )  # fmt: skip
