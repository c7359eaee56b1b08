"""How far a set-up is, for whoever is shown it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeVar

from tegata.wire.text import Text

T = TypeVar("T")


class Phases(Protocol):
    """Shows phases."""

    def __call__(self, title: Text, total: int | None = None) -> AbstractContextManager[Callable[[int], None]]:
        """A phase that ends with the context; call what is given with how many things more are done, of ``total``."""
        ...


@contextmanager
def quiet(title: Text, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A phase that nobody sees."""
    del title, total
    yield lambda _done: None


def counted(things: Iterable[T], done: Callable[[int], None]) -> Iterator[T]:
    """The same things; each is counted when the next one is asked for."""
    for thing in things:
        yield thing
        done(1)
