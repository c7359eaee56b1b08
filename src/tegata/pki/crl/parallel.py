"""Work on pieces by two threads, in the order of the pieces: numpy and hashlib let others run while they compute."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

WORKERS: Final = 2


def in_order(work: Callable[[T], R], pieces: Iterable[T]) -> Iterator[R]:
    """``work`` of each piece, in order; at most two are done ahead of who asks.

    The pieces are made in the thread that asks. A single piece is worked on there too.
    """
    rest = iter(pieces)
    first = list(islice(rest, 2))
    if len(first) < 2:
        yield from map(work, first)
        return
    with ThreadPoolExecutor(WORKERS) as pool:
        ahead: deque[Future[R]] = deque()
        for piece in chain(first, rest):
            ahead.append(pool.submit(work, piece))
            if len(ahead) > WORKERS:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
