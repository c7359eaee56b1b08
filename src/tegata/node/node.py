"""A node: one actor, opened, with all that it stands on."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec
import structlog

from tegata.node import health, logs, migrate
from tegata.node.checks import Check
from tegata.node.clock import Clock
from tegata.node.contents import Contents
from tegata.node.database import Database
from tegata.node.housekeeping import HOUSEKEEPING
from tegata.node.identity import service_key
from tegata.node.keystore import SignerStore
from tegata.node.metrics import Metrics
from tegata.node.oauth_client import Authenticator
from tegata.node.observer import Observer, Observers
from tegata.node.outbox import Dispatcher
from tegata.node.peers import Fetched, Peers
from tegata.node.sealing import derive_key, fingerprint
from tegata.node.settings import Settings
from tegata.node.spec import ActorSpec
from tegata.node.tables import ValueRow
from tegata.node.transport import Carrier, LocalApps, Sink
from tegata.wire.endpoint import Endpoint

RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")


class Node:
    """One actor at work.

    ``own`` are the actor's own settings, ``state`` what it keeps in memory (rebuilt after a restart), ``base_url``
    where it is reached, ``jobs`` the actor's and the node's, ``contents`` where large contents lie, ``observer`` tells
    whoever watches its messages. Open one with :meth:`open`.
    """

    def __init__(self, spec: ActorSpec, settings: Settings, clock: Clock, local: LocalApps) -> None:
        self.spec = spec
        self.jobs = (*spec.jobs, HOUSEKEEPING)
        self.settings = settings
        self.clock = clock
        self.base_url = settings.base_url_of(spec.name)
        self.own: Any = settings.own(spec.name, spec.settings_type)
        self.state: dict[str, Any] = {}
        self.log: structlog.stdlib.BoundLogger = logs.logger(actor=spec.name)
        self._key = derive_key(settings.master_key(), "actor", spec.name)
        self.database = Database(
            settings.database_url_of(spec.name), spec.name, self._key, clock=clock, durable=settings.durable
        )
        self.contents = Contents(settings.data_dir / spec.name / "contents", durable=settings.durable)
        self.observer = Observers()
        carrier = Carrier(local, settings.peer_timeout_seconds)
        self.peers = Peers(spec.name, settings.base_url_of, carrier, clock, self.observer)
        self.peers.authenticator = Authenticator(spec.name, service_key(self), clock.now, self.peers.post_form)
        self.signer_store = SignerStore(self.database)
        self.dispatcher = Dispatcher(self)
        self.metrics = Metrics(self)
        self.observer.add(self.metrics)

    @classmethod
    def open(
        cls,
        spec: ActorSpec,
        settings: Settings,
        *,
        clock: Clock,
        local: LocalApps | None = None,
        observers: tuple[Observer, ...] = (),
        prepare: "Callable[[Node], None] | None" = None,
    ) -> "Node":
        """Open an actor: its database is brought to the newest revision, then ``spec.on_start`` runs.

        ``prepare`` takes the place of the migrations (tests make their tables at once). Raises ``SettingsError``.
        """
        node = cls(spec, settings, clock, local or LocalApps())
        for observer in observers:
            node.observer.add(observer)
        try:
            if prepare is None:
                migrate.upgrade(node.database, spec)
            else:
                prepare(node)
            if spec.on_start is not None:
                spec.on_start(node)
        except BaseException:
            node.close()
            raise
        return node

    def call(
        self,
        endpoint: Endpoint[RequestT, ResponseT],
        body: RequestT | None = None,
        *,
        path: Mapping[str, object] | None = None,
        query: msgspec.Struct | None = None,
        key: str | None = None,
        to: str | None = None,
    ) -> ResponseT:
        """The answer of a peer; see :meth:`Peers.call`."""
        return self.peers.call(endpoint, body, path=path, query=query, key=key, to=to)

    def fetch(
        self,
        endpoint: Endpoint[Any, bytes],
        body: bytes | None = None,
        *,
        path: Mapping[str, object] | None = None,
        query: msgspec.Struct | None = None,
        etag: str = "",
        to: str | None = None,
        into: Sink | None = None,
    ) -> Fetched:
        """A raw body of a peer; see :meth:`Peers.fetch`."""
        return self.peers.fetch(endpoint, body, path=path, query=query, etag=etag, to=to, into=into)

    def secret(self, name: str) -> bytes:
        """A secret of this actor for one purpose (32 bytes), the same after every restart."""
        return derive_key(self._key, "secret", name)

    def fingerprint(self, name: str, value: str) -> str:
        """A keyed digest of a value, to find sealed values by (``name`` is the kind of value)."""
        return fingerprint(self.secret(f"fingerprint {name}"), value)

    def kept(self, name: str) -> dict[str, Any]:
        """A small value kept by name in the database; empty where there is none."""
        with self.database.read() as session:
            row = session.get(ValueRow, name)
        return dict(row.value) if row is not None else {}

    def keep(self, name: str, value: dict[str, Any]) -> None:
        """Keep a small value by name, in a transaction of its own."""
        with self.database.begin() as transaction:
            transaction.session.merge(ValueRow(name=name, value=value))

    def checks(self) -> list[Check]:
        """What can go wrong here and how it is: the database, the outbox, the jobs, and the actor's own checks."""
        return health.checks_of(self)

    def close(self) -> None:
        """Stop what runs in the background and let go of the database."""
        self.dispatcher.stop()
        self.peers.close()
        self.database.close()
