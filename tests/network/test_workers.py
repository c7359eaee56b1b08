"""Several processes on one port: asked, killed, started anew, stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.node.web.running import free_port

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30


@contextmanager
def running(kind: str, port: int, count: int = 2) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.network.workers_app", str(port), str(count), kind]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            yield server
        finally:
            server.kill()


def says(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    return server.stdout.readline().strip()


def asked(port: int) -> int:
    """The process that answers on a new connection."""
    answer = httpx.get(f"http://127.0.0.1:{port}/", timeout=PATIENCE_SECONDS)
    assert answer.headers["x-word"] == "tegata"
    return int(answer.text)


def until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.02)


def workers_of(port: int, count: int = 2) -> set[int]:
    """The processes that answer; waits until they are as many as there should be."""
    found: set[int] = set()

    def all_seen() -> bool:
        found.add(asked(port))
        return len(found) == count

    until(all_seen)
    return found


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
def test_workers_answer_and_are_started_anew_and_stop(kind: str) -> None:
    port = free_port()
    with running(kind, port) as server:
        assert says(server) == "ready"
        first = workers_of(port)
        assert server.pid not in first
        for _ in range(2):  # the second time soon after the first: a killed worker is no worker that can not start
            killed = min(workers_of(port))
            os.kill(killed, signal.SIGKILL)
            until(lambda killed=killed: not is_alive(killed))  # type: ignore[misc]
            assert killed not in workers_of(port)
        last = workers_of(port)
        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE_SECONDS) == 0
        assert not any(is_alive(each) for each in last)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_it_stops_when_told(number: signal.Signals) -> None:
    port = free_port()
    with running("wsgi", port, count=1) as server:
        assert says(server) == "ready"
        server.send_signal(number)
        assert server.wait(PATIENCE_SECONDS) == 0
        assert says(server) == "closed"


def test_workers_end_with_a_parent_that_was_killed() -> None:
    port = free_port()
    with running("wsgi", port) as server:
        assert says(server) == "ready"
        workers = workers_of(port)
        server.kill()
        until(lambda: not any(is_alive(each) for each in workers))


def test_the_port_of_other_workers_is_refused() -> None:
    port = free_port()
    with running("wsgi", port) as first:
        assert says(first) == "ready"
        with running("wsgi", port) as second:
            assert says(second) == "port-taken"


def test_an_application_that_can_not_be_made_is_given_up() -> None:
    with running("broken", free_port()) as server:
        assert says(server) == "workers-do-not-start"
        assert server.stderr is not None
        assert "broken on purpose" in server.stderr.read()
