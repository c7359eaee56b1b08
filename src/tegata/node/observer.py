"""Who watches the messages between actors: the map, the stories, the metrics, tests."""

import itertools
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

import msgspec

from tegata.wire.text import Text

_numbers = itertools.count(1)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message that passed.

    ``at`` is the network's time when it set out and ``number`` its place among the messages of this process by that
    moment; ``ms`` how long it took; ``outcome`` is ok, not-modified or the refusal's code; ``body_masked`` holds what
    was sent with personal data masked.
    """

    number: int
    at: datetime
    sender: str
    receiver: str
    label: Text
    step: str
    method: str
    path: str
    status: int
    outcome: str
    ms: float
    body_masked: Any = None


class Observer(Protocol):
    """Whoever is told of each message. Called in the thread of the sender, so it must be quick and must not raise."""

    def passed(self, message: Message) -> None:
        """A message was answered, refused, or found nobody."""
        ...


class Recorder:
    """Keeps every message: for tests and stories."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._lock = threading.Lock()

    def passed(self, message: Message) -> None:
        """Keep it."""
        with self._lock:
            self._messages.append(message)

    @property
    def messages(self) -> list[Message]:
        """The messages in the order in which they set out."""
        with self._lock:
            return sorted(self._messages, key=lambda message: message.number)


class Observers:
    """Tells several observers, which may come and go."""

    def __init__(self) -> None:
        self._all: list[Callable[[Message], None]] = []

    def add(self, observer: Observer) -> Callable[[], None]:
        """Tell an observer from now on; call what is returned to stop."""
        tell = observer.passed
        self._all = [*self._all, tell]

        def remove() -> None:
            self._all = [other for other in self._all if other is not tell]

        return remove

    def passed(self, message: Message) -> None:
        """Tell everyone."""
        for tell in self._all:
            tell(message)


def next_number() -> int:
    """The number of the next message that sets out in this process."""
    return next(_numbers)
