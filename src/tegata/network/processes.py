"""One actor as several processes on one port, all over its one database."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from functools import partial

import msgspec
from granian.constants import Interfaces

from tegata.network.actors import spec_of
from tegata.network.assembly import Network, Receive, Scope, Send
from tegata.network.running import clock_of, open_one, show_accounts
from tegata.network.serve import check_port
from tegata.network.site import Site
from tegata.network.workers import Workers, serve_workers
from tegata.node import logs
from tegata.node.settings import Settings
from tegata.wire.problems import Refused, problem

ACTOR_IN_ONE_PROCESS = problem(
    "actor-in-one-process", 409,
    ja="この機関は、一つのプロセスでしか動きません。", en="This actor runs in one process only.",
    do_ja="--processes 1 で動かしてください。", do_en="Run it with --processes 1.",
)  # fmt: skip


def serve_processes(
    actor: str, settings: Settings, site: Site, port: int, count: int, *, ready: Callable[[], None] = lambda: None
) -> None:
    """Serve an actor until SIGINT or SIGTERM. A process that ends is started anew.

    Raises ``Refused``: port-taken, unknown-actor, actor-in-one-process, actor-runs-elsewhere, workers-do-not-start.
    """
    settings = msgspec.structs.replace(settings, processes=max(settings.processes, count))
    if spec_of(actor).one_process:
        raise Refused(ACTOR_IN_ONE_PROCESS, {"actor": actor})
    check_port(port)
    with closing(open_one(actor, settings, clock_of(site))):
        pass  # what it refuses is said once and here, and the processes find everything made
    make = partial(_open, actor, settings, site)
    serve_workers(Workers(make, port, count, Interfaces.ASGI), ready=ready)


def _open(actor: str, settings: Settings, site: Site) -> "Served":
    logs.configure(settings.log_format, settings.log_level)
    network = open_one(actor, settings, clock_of(site))
    show_accounts(network, site.ready())
    return Served(network)


class Served:
    """The ASGI application of a network that is at work for as long as its server runs."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._app = network.app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._network.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.to_thread(self._network.close)
        await send({"type": "lifespan.shutdown.complete"})
