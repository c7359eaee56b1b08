"""Nodes and small networks for tests, on either database.

``make_node`` opens one actor. The fixture ``make_network`` opens several, serves them to one another in this process,
and registers them as clients; ``database_url`` runs a test twice, on SQLite and on PostgreSQL (see
``tests/fixtures/nodes.py``).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tegata.japan.dates import JST
from tegata.node.clock import ManualClock, NetworkClock
from tegata.node.identity import service_key
from tegata.node.identity_settings import WebSettings
from tegata.node.node import Node
from tegata.node.oauth import register_client
from tegata.node.observer import Recorder
from tegata.node.scheduler import Scheduler
from tegata.node.settings import Settings
from tegata.node.spec import ActorSpec
from tegata.node.transport import LocalApps

START = datetime(2023, 9, 25, 10, 0, tzinfo=JST)
"""A Monday in 令和５年, an ordinary working morning."""

QUICK_PASSWORDS = WebSettings(argon2_time_cost=1, argon2_memory_kib=8, argon2_parallelism=1)


def make_settings(data_dir: Path, database_url: str = "", **settings: Any) -> Settings:
    """Settings for tests: quick where safety costs time and nothing is proved by it."""
    return Settings(
        **{"data_dir": data_dir, "database_url": database_url, "durable": False, "web": QUICK_PASSWORDS} | settings
    )


def make_node(
    spec: ActorSpec,
    database_url: str,
    clock: NetworkClock | None = None,
    *,
    data_dir: Path,
    local: LocalApps | None = None,
    observer: Recorder | None = None,
    **settings: Any,
) -> Node:
    """An opened node; the test closes it. ``settings`` are fields of ``Settings`` (``actors={"bank": {…}}``)."""
    return Node.open(
        spec,
        make_settings(data_dir, database_url, **settings),
        clock=clock or ManualClock(START),
        local=local,
        observers=(observer,) if observer else (),
        prepare=lambda node: node.database.create(spec),
    )


class TestNetwork:
    """Several actors in this process, over the real web applications, tokens and proofs.

    ``network["bank"]`` is a node; ``advance`` moves the clock as the scheduler does; ``messages`` are what passed.
    """

    __test__ = False

    def __init__(
        self, specs: Sequence[ActorSpec], database_url: str, data_dir: Path, *, start: datetime = START, **settings: Any
    ) -> None:
        self.clock = ManualClock(start)
        self.local = LocalApps()
        self.recorder = Recorder()
        self.nodes: dict[str, Node] = {}
        for spec in specs:
            self.nodes[spec.name] = make_node(
                spec, database_url, self.clock, data_dir=data_dir, local=self.local, observer=self.recorder, **settings
            )
        for node in self.nodes.values():
            self._serve(node)
            self._register_clients(node)
        self.scheduler = Scheduler(list(self.nodes.values()), self.clock)

    def __getitem__(self, name: str) -> Node:
        return self.nodes[name]

    def advance(self, step: timedelta | datetime) -> int:
        """Move the clock by a step, or to a time; returns how many job runs there were."""
        return self.scheduler.advance_to(step if isinstance(step, datetime) else self.clock.now() + step)

    def settle(self) -> int:
        """Deliver what waits; returns how many messages were delivered."""
        return self.scheduler.settle()

    def take_down(self, name: str) -> None:
        """Let an actor be out of reach."""
        self.local.take_down(self.nodes[name].base_url)

    def bring_up(self, name: str) -> None:
        """Let it be reached again."""
        self.local.bring_up(self.nodes[name].base_url)

    def passed(self) -> list[tuple[str, str, str, str]]:
        """The messages so far: sender, receiver, English label, outcome."""
        return [(m.sender, m.receiver, m.label.en, m.outcome) for m in self.recorder.messages]

    def close(self) -> None:
        """Close everything."""
        self.scheduler.stop()
        for node in self.nodes.values():
            node.close()
        self.local.close()

    def _serve(self, node: Node) -> None:
        from tegata.node.web.app import create_app

        self.local.register(node.base_url, create_app(node))

    def _register_clients(self, caller: Node) -> None:
        for peer, scopes in caller.spec.outgoing:
            if peer in self.nodes:
                with self.nodes[peer].database.begin() as transaction:
                    register_client(transaction, caller.spec.name, service_key(caller).public_jwk, set(scopes))
