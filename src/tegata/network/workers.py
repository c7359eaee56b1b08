"""One application in several processes on one port, until they are told to stop.

Each worker is a process of its own and makes its own application, so nothing is shared but the port, the files and the
database. A worker that ends unasked is started anew. Workers end with the process that started them, even where that
one is killed and can not tell them.
"""

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import wait
from multiprocessing.util import Finalize
from typing import Any, Final

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server import Server

from tegata.network.quiet import shut_quiet
from tegata.network.serve import HOST, check_port
from tegata.node.open_files import allow_open_files
from tegata.wire.problems import Refused, problem

Application = Any
"""An ASGI application, or a WSGI application with a method ``close``, which is called when its worker ends."""

THREADS: Final = 64
"""Most requests of a WSGI worker at a time: each has a thread, already while it arrives."""

MOST_QUIET: Final = THREADS // 2
"""Of a WSGI worker's connections, so many may wait for a request, or for the rest of one."""

LOOK_SECONDS: Final = 0.5
"""How often it is looked for those that are quiet for too long."""

QUICK_SECONDS: Final = 1.0
QUICK_DEATHS: Final = 3
"""A worker that ends so many times in a row within so many seconds does not start: it is not tried again."""

STOP_SECONDS: Final = 10
"""How long a worker may finish what it answers."""

CONNECTIONS: Final = 10_000
"""Most connections of one worker: more of them wait, so idle ones must not use them up."""

OTHER_FILES: Final = 256
"""How many open files are left for other things where the system allows fewer connections."""

HEADER_SECONDS: Final = 10
"""How long a connection may stay without a whole request line and headers."""

WORKERS_DO_NOT_START = problem(
    "workers-do-not-start", 500,
    ja="サーバーのプロセスが、始まってすぐに終わります。", en="The processes of the server end as soon as they start.",
    do_ja="この前に出ているエラーの内容を確かめてください。", do_en="See the error that was printed before this.",
)  # fmt: skip


@dataclass(frozen=True)
class Workers:
    """What to run: ``count`` processes on loopback's ``port``, each with the application that ``make`` makes in it.

    ``make`` and its arguments are taken to the workers, so it is a function of a module, or a ``functools.partial`` of
    one, that holds no open connection, file or lock. ``most_header_bytes`` bounds a request's line and headers.
    """

    make: Callable[[], Application]
    port: int
    count: int
    interface: Interfaces
    most_header_bytes: int = 65_536


def serve_workers(workers: Workers, *, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP; ``ready`` is called once requests are answered.

    Raises ``Refused``: port-taken, workers-do-not-start.
    """
    check_port(workers.port)
    server = _Server(workers, ready)
    server.serve(target_loader=partial(_make, workers), wrap_loader=False)
    if server.gave_up:
        raise Refused(WORKERS_DO_NOT_START)


def _make(workers: Workers) -> Application:
    """Runs in a worker, before it listens. It ends at once when told to: nobody looks at a signal before it listens."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    application = workers.make()
    if workers.interface is Interfaces.WSGI:
        threading.Thread(target=_shut_quiet_ones, args=(workers.port,), daemon=True).start()
        Finalize(None, application.close, exitpriority=0)
    return application


def _shut_quiet_ones(port: int) -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        shut_quiet(port, MOST_QUIET)


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)


class _Server(Server):  # type: ignore[misc, valid-type]  # one of two, by the interpreter
    """granian's server, which ends where a worker is killed twice in a short time: this one goes on."""

    def __init__(self, workers: Workers, ready: Callable[[], None]) -> None:
        connections = min(CONNECTIONS, allow_open_files(CONNECTIONS + OTHER_FILES) - OTHER_FILES)
        super().__init__(
            f"{workers.make}", address=HOST, port=workers.port, interface=workers.interface, workers=workers.count,
            websockets=False, log_enabled=False, http=HTTPModes.http1,
            blocking_threads=THREADS if workers.interface is Interfaces.WSGI else None,
            backpressure=connections, workers_kill_timeout=STOP_SECONDS,
            http1_settings=HTTP1Settings(
                header_read_timeout=HEADER_SECONDS * 1000, max_buffer_size=workers.most_header_bytes
            ),
        )  # fmt: skip
        self._ready = ready
        self.gave_up = False
        self._quick_deaths: dict[int, int] = {}

    def signal_handler_reload(self, *_args: object, **_more: object) -> None:
        """A terminal that was closed ends it, as it ends any program."""
        self.signal_handler_interrupt()

    def _serve_loop(self, spawn_target: Any, target_loader: Any) -> None:
        """Start anew whoever ended."""
        threading.Thread(target=self._tell_when_up, daemon=True).start()
        while not self.interrupt_signal:
            self.main_loop_interrupt.wait()
            self.main_loop_interrupt.clear()
            self.interrupt_children.clear()
            ended = [number for number, worker in enumerate(self.wrks) if not worker.is_alive()]
            if self.interrupt_signal or not ended:
                continue
            self.gave_up = max(map(self._quick_deaths_of, ended)) >= QUICK_DEATHS
            if self.gave_up:
                return
            self._respawn_workers(ended, spawn_target, target_loader)

    def _quick_deaths_of(self, number: int) -> int:
        lived = time.monotonic() - self.wrks[number].birth
        self._quick_deaths[number] = self._quick_deaths.get(number, 0) + 1 if lived < QUICK_SECONDS else 0
        return self._quick_deaths[number]

    def _tell_when_up(self) -> None:
        while not (self.interrupt_signal or self.gave_up):
            with socket.socket() as tried:
                # Where nobody listens yet, a socket can come to be connected with itself.
                is_up = tried.connect_ex((HOST, self.bind_port)) == 0 and tried.getsockname() != tried.getpeername()
            if is_up:
                self._ready()
                return
            time.sleep(0.05)
