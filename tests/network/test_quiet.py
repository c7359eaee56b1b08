"""Connections that get no answer are shut; others, and what is no connection of the server, are left alone."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tegata.network import quiet
from tegata.network.quiet import shut_quiet

MANY = 1_000_000
PATIENCE_SECONDS = 10


@dataclass
class Pair:
    """A connection: the server's end and the client's."""

    server: socket.socket
    client: socket.socket

    def is_shut(self) -> bool:
        """Whether the client is told of the end."""
        self.client.setblocking(False)
        try:
            return self.client.recv(1000) == b""
        except BlockingIOError:
            return False


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening


@pytest.fixture
def pairs(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Pair]]:
    monkeypatch.setattr(quiet, "SPARED_SECONDS", 0.2)
    monkeypatch.setattr(quiet, "QUIET_SECONDS", 0.6)
    with ExitStack() as stack:

        def connected() -> Pair:
            client = stack.enter_context(socket.create_connection(listener.getsockname()))
            return Pair(stack.enter_context(listener.accept()[0]), client)

        yield connected


def shut(listener: socket.socket, most: int = MANY) -> int:
    return shut_quiet(listener.getsockname()[1], most)


def test_what_was_not_answered_for_long_is_shut(listener: socket.socket, pairs: Callable[[], Pair]) -> None:
    """Whatever the client sends: only answers count. The client's own end, in this process too, is none of its."""
    silent, slow, answered = pairs(), pairs(), pairs()
    ends = time.monotonic() + PATIENCE_SECONDS
    while shut(listener) == 0:
        assert time.monotonic() < ends
        slow.client.sendall(b"x")
        answered.server.sendall(b"x")
        time.sleep(0.05)
    assert [one.is_shut() for one in (silent, slow)] == [True, True]
    assert answered.client.recv(100)
    assert not answered.is_shut()


def test_of_too_many_quiet_ones_the_quietest_go_first(listener: socket.socket, pairs: Callable[[], Pair]) -> None:
    opened = []
    for _ in range(4):
        opened.append(pairs())
        time.sleep(0.02)
    time.sleep(0.2)
    fresh = pairs()
    assert shut(listener, most=3) == 1
    assert [one.is_shut() for one in (*opened, fresh)] == [True, False, False, False, False]
    assert shut(listener, most=0) == 3
    assert not fresh.is_shut()


def test_other_ports_and_files_are_left_alone(
    listener: socket.socket, pairs: Callable[[], Pair], tmp_path: Path
) -> None:
    mine = pairs()
    with ExitStack() as stack:
        file = stack.enter_context((tmp_path / "file").open("w"))
        ends = [stack.enter_context(end) for end in socket.socketpair()]
        datagram = stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
        datagram.bind(listener.getsockname())
        time.sleep(0.7)
        before = len(quiet._sockets())
        assert shut_quiet(listener.getsockname()[1] ^ 1, 0) == 0
        assert not mine.is_shut()
        assert shut(listener) == 1
        assert len(quiet._sockets()) == before
        assert not file.closed
        ends[0].sendall(b"x")
        assert ends[1].recv(1) == b"x"


def test_where_there_is_no_proc_nothing_is_done(
    listener: socket.socket, pairs: Callable[[], Pair], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(quiet, "_OPEN_FILES", tmp_path / "none")
    one = pairs()
    time.sleep(0.7)
    assert shut(listener, most=0) == 0
    assert not one.is_shut()
