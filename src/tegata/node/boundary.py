"""No actor is called while a database transaction is open.

A lock would be held for as long as the peer takes, and two actors that did so would wait for each other. The mark
belongs to the thread (or task) that opened the transaction; transactions do not nest either.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from tegata.node import inbox

_open: ContextVar[str | None] = ContextVar("open_transaction", default=None)


@contextmanager
def opened(actor: str) -> Iterator[None]:
    """Mark that a transaction of an actor is open. Raises ``RuntimeError`` where one is."""
    other = _open.get()
    if other is not None:
        raise RuntimeError(f"a transaction of {actor} was begun while one of {other} is open")
    mark = _open.set(actor)
    try:
        yield
    finally:
        _open.reset(mark)


def leave_transaction() -> None:
    """Called before another actor is: what is held for an answer is committed.

    Raises ``RuntimeError`` where a transaction is open.
    """
    actor = _open.get()
    if actor is not None:
        raise RuntimeError(f"another actor was called while a database transaction of {actor} is open")
    inbox.settle()
