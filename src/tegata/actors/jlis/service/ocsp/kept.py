"""What was used last, in bounded memory."""

from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """At most ``most`` values by key (2 or more); of them at least the half that was used last is kept.

    Safe between threads without a lock: at worst a value is forgotten early. What is used moves to the young half; when
    that is full, it becomes the old one, and what was old and not used since is forgotten.
    """

    def __init__(self, most: int) -> None:
        self._half = most // 2
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """The value of a key."""
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is not None:
                self.put(key, found)
        return found

    def put(self, key: K, value: V) -> None:
        """Keep a value."""
        young = self._young
        if len(young) >= self._half:
            self._old, self._young = young, {key: value}
        else:
            young[key] = value

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())
