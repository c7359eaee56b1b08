"""The newest messages of this process, and whoever watches them live."""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

from tegata.node.observer import Message

KEPT = 5000
WAITING = 1000
"""How many messages may wait for a watcher; a slower one loses the oldest of them."""


class Journal:
    """An observer that keeps the newest messages by their number. Safe between threads."""

    def __init__(self, kept: int = KEPT) -> None:
        self._messages: deque[Message] = deque(maxlen=kept)
        self._lock = threading.Lock()
        self._watchers: list[Callable[[Message | None], None]] = []
        self._closed = False

    def passed(self, message: Message) -> None:
        """Keep a message, and tell the watchers."""
        with self._lock:
            self._messages.append(message)
            watchers = list(self._watchers)
        for tell in watchers:
            tell(message)

    def newest(self, count: int, *, before: int | None = None) -> list[Message]:
        """Up to ``count`` messages, the newest first; with ``before`` those with smaller numbers."""
        with self._lock:
            known = sorted(self._messages, key=lambda message: message.number, reverse=True)
        return [message for message in known if before is None or message.number < before][:count]

    def find(self, number: int) -> Message | None:
        """One message; None where it is not, or no longer, kept."""
        with self._lock:
            return next((message for message in self._messages if message.number == number), None)

    def close(self) -> None:
        """End all watching."""
        with self._lock:
            self._closed = True
            watchers = list(self._watchers)
        for tell in watchers:
            tell(None)

    @contextmanager
    def watch(self) -> Iterator["Watch"]:
        """Watch from now on, inside an event loop."""
        watch = Watch(asyncio.get_running_loop())
        with self._lock:
            self._watchers.append(watch.tell)
            closed = self._closed
        if closed:
            watch.tell(None)
        try:
            yield watch
        finally:
            with self._lock:
                self._watchers.remove(watch.tell)


class Watch:
    """What one watcher has still to see."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[Message | None] = deque(maxlen=WAITING)
        self._news = asyncio.Event()

    def tell(self, message: Message | None) -> None:
        """A message passed, in whatever thread; None: there will be no more."""
        self._waiting.append(message)
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    async def batches(self, seconds: float) -> AsyncIterator[list[Message]]:
        """What came, as it comes; an empty list where nothing came for some seconds. Ends with the journal."""
        while True:
            try:
                async with asyncio.timeout(seconds):
                    await self._news.wait()
            except TimeoutError:
                yield []
                continue
            self._news.clear()
            came = [self._waiting.popleft() for _ in range(len(self._waiting))]
            yield [message for message in came if message is not None]
            if None in came:
                return
