"""Actors put together in one process: nodes, the doors to them, and the clock that moves them all.

The same actors run one each (``tegata serve``): the settings then name where the others are, and nothing else differs.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from typing import Any

from tegata.node import logs
from tegata.node.clock import NetworkClock
from tegata.node.identity import service_key
from tegata.node.node import Node
from tegata.node.oauth import register_client
from tegata.node.observer import Observer
from tegata.node.scheduler import Scheduler
from tegata.node.settings import Settings
from tegata.node.spec import ActorSpec
from tegata.node.transport import AsgiApp, LocalApps
from tegata.node.web.app import create_app
from tegata.wire.problems import Refused, problem

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

ACTOR_RUNS_ELSEWHERE = problem(
    "actor-runs-elsewhere", 409,
    ja="この機関は、別のプロセスがすでに動かしています。", en="Another process runs this actor already.",
    do_ja="それを終えるか、すべてのプロセスの設定 processes に、プロセスの合計の数を書いてください。",
    do_en="End it, or set `processes` to the number of all processes in the settings of each of them.",
)  # fmt: skip


class Network:
    """Some actors at work in this process; ``network["bank"]`` is a node.

    ``home`` is the actor whose pages stand at ``/``; every other one is mounted below its name. The order of ``specs``
    is the order in which jobs of the same time run. Other processes may work on the data of the same actors where the
    settings say so in each of them (``processes``); else it raises ``Refused`` (actor-runs-elsewhere).
    """

    def __init__(
        self,
        specs: Sequence[ActorSpec],
        settings: Settings,
        clock: NetworkClock,
        *,
        home: str = "",
        observers: Iterable[Observer] = (),
    ) -> None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        self.settings = settings
        self.clock = clock
        self.home = home
        self.local = LocalApps()
        self.nodes: dict[str, Node] = {}
        self.closing: list[Callable[[], None]] = []
        self.log = logs.logger(part="network")
        self._apps: dict[str, AsgiApp] = {}
        try:
            for spec in specs:
                self._open(spec, tuple(observers))
            self.scheduler = Scheduler(list(self.nodes.values()), clock)
        except BaseException:
            self._close_nodes()
            raise

    def _open(self, spec: ActorSpec, observers: tuple[Observer, ...]) -> None:
        node = Node.open(spec, self.settings, clock=self.clock, local=self.local, observers=observers)
        self.nodes[spec.name] = node
        if not node.database.locks.stand_by("process", shared=self.settings.processes > 1):
            raise Refused(ACTOR_RUNS_ELSEWHERE, {"actor": spec.name})
        self._apps[spec.name] = create_app(node)
        self.local.register(node.base_url, self._apps[spec.name])

    def __getitem__(self, name: str) -> Node:
        return self.nodes[name]

    @property
    def app(self) -> "Mounts":
        """The ASGI application that serves them all."""
        mounted = {name: app for name, app in self._apps.items() if name != self.home}
        return Mounts(mounted, self._apps.get(self.home))

    def register_clients(self) -> None:
        """Tell each actor of this process which others may call it, with which rights; harmless to repeat."""
        for caller in self.nodes.values():
            for peer, scopes in caller.spec.outgoing:
                if peer in self.nodes:
                    with self.nodes[peer].database.begin() as transaction:
                        register_client(
                            transaction, caller.spec.name, service_key(caller).public_jwk, frozenset(scopes)
                        )

    def start(self) -> None:
        """Let jobs and deliveries run in the background."""
        self.scheduler.start()

    def stop_watching(self) -> None:
        """End what would keep connections open: a server can not stop before."""
        for close in self.closing:
            close()

    def close(self) -> None:
        """Stop everything and let go of the data."""
        self.stop_watching()
        self.scheduler.stop()
        self._close_nodes()

    def _close_nodes(self) -> None:
        for node in self.nodes.values():
            node.close()
        self.local.close()


class Mounts:
    """An ASGI application that hands a request to the application mounted below its first path segment."""

    def __init__(self, apps: Mapping[str, AsgiApp], home: AsgiApp | None) -> None:
        self._apps = apps
        self._home = home

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry; no mounted application needs a lifespan."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        name = scope["path"].split("/", 2)[1] if scope["path"].startswith("/") else ""
        app = self._apps.get(name)
        if app is not None:
            await app({**scope, "root_path": f"/{name}"}, receive, send)
        elif self._home is not None:
            await self._home(scope, receive, send)
        else:
            await _not_here(scope, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return


async def _not_here(scope: Scope, send: Send) -> None:
    if scope["type"] != "http":
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 404, "headers": headers})
    await send({"type": "http.response.body", "body": b"no actor of this process is mounted here\n"})
