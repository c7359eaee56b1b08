"""A network on a port of this machine, until it is told to stop."""

import asyncio
import errno
import signal
import socket
from collections.abc import Callable

from granian.constants import Interfaces
from granian.server.embed import Server

from tegata.network.assembly import Network
from tegata.wire.problems import Refused, problem

HOST = "127.0.0.1"

PORT_TAKEN = problem(
    "port-taken", 409,
    ja="このポートは、ほかのプログラムが使っています。", en="Another program uses this port.",
    do_ja="そのプログラムを終えるか、--port で別の番号を指定してください。",
    do_en="End that program, or name another port with --port.",
)  # fmt: skip


def serve(network: Network, port: int, *, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGINT or SIGTERM; ``ready`` is called once requests are answered.

    Raises ``Refused`` (port-taken).
    """
    check_port(port)
    asyncio.run(_serve(network, port, ready))


def check_port(port: int) -> None:
    """Refuse a port that is in use. Raises ``Refused`` (port-taken)."""
    if not port_is_free(port):
        raise Refused(PORT_TAKEN, {"port": port})


def port_is_free(port: int) -> bool:
    """Whether this process could listen on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


async def _serve(network: Network, port: int, ready: Callable[[], None]) -> None:
    server = Server(
        network.app, address=HOST, port=port, interface=Interfaces.ASGI, log_enabled=False, websockets=False
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    serving = asyncio.ensure_future(server.serve())
    stopping = asyncio.ensure_future(stop.wait())
    telling = asyncio.ensure_future(_tell_when_up(port, ready))
    network.start()
    try:
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (telling, stopping):
            task.cancel()
        network.stop_watching()
        server.stop()  # type: ignore[no-untyped-call]  # granian's own
        await serving
        await asyncio.to_thread(network.close)


async def _tell_when_up(port: int, ready: Callable[[], None]) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection(HOST, port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            await writer.wait_closed()
            ready()
            return
