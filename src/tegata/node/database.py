"""An actor's database: SQLite (one file) or PostgreSQL (one schema), the same code on both.

Writes of one actor are serial on both: SQLite's ``BEGIN IMMEDIATE``, on PostgreSQL an advisory lock of the schema for
the length of the transaction. So a number read and then written is right, numbered logs have no gaps, and the audit
chain grows in the order of commits. Reads see one state throughout and never wait for a write.

SQLite writes ahead (WAL). ``synchronous=FULL`` where the database is durable: what was committed outlasts a loss of
power, which a message that was acknowledged must. ``NORMAL`` otherwise: a killed process loses nothing then either, a
machine that loses power may lose its last commits.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

import tegata.node.identity_tables  # noqa: F401  # its tables belong to every database
from tegata.node import audit, inbox, outbox, runs
from tegata.node.boundary import opened
from tegata.node.clock import Clock
from tegata.node.columns import Instant, Sealed, SealedBytes, use_sealer
from tegata.node.locks import advisory_key, locks_for
from tegata.node.messages import outgoing
from tegata.node.sealing import Sealer, derive_key
from tegata.node.spec import ActorSpec
from tegata.node.tables import NodeBase
from tegata.wire.endpoint import Endpoint

__all__ = ["Database", "Instant", "Sealed", "SealedBytes", "Transaction"]

T = TypeVar("T")
LOCK_TIMEOUT_SECONDS = 30
CONNECTIONS = (5, 13)
CONNECTION_STATES = ("08", "57P")
"""How the SQLSTATEs begin that PostgreSQL gives a connection which fails, and one that it ends (its appendix A)."""
_WRITE = "tegata_write"
_READ = "tegata_read"


class Transaction:
    """A change in the making: what is written, sent and recorded here is committed together, or not at all.

    ``now`` is the network's time, taken once, after the right to write was got: so it never runs against the order of
    commits. ``session`` is SQLAlchemy's.
    """

    def __init__(self, session: Session, now: datetime, actor: str, audit_key: bytes) -> None:
        self.session = session
        self.now = now
        self.actor = actor
        self.sends = False
        self._audit = audit.Chain(session, audit_key)

    def finish(self) -> None:
        """Write what waits for the end of the transaction; the database calls it before it commits."""
        self._audit.write()

    def send(
        self, endpoint: Endpoint[Any, Any], body: object, *, to: str, key: str, path: Mapping[str, object] | None = None
    ) -> None:
        """Send a message once this change is committed (at least once, in order per receiver).

        ``to`` is an actor, or an ``https`` URL that the endpoint's path is put below. A key that was sent to this
        receiver before sends nothing again; with another body it is a ``ValueError``.
        """
        outbox.enqueue(self.session, self.now, outgoing(endpoint, body, to=to, key=key, path=path or {}))
        self.sends = True

    def record(
        self,
        action: str,
        *,
        subject: str | None,
        who: str,
        items: list[str] | tuple[str, ...] = (),
        purpose: str = "",
        basis: str = "",
        to: str | None = None,
        detail: dict[str, Any] | None = None,
    ) -> None:
        """Write an entry of the audit log; ``basis`` is a consent's id or a law, ``to`` who got the ``items``."""
        self._audit.append(
            audit.Entry(
                at=self.now, action=action, subject=subject, who=who, items=list(items), purpose=purpose, basis=basis,
                to=to, detail=detail or {},
            )
        )  # fmt: skip


class Database:
    """One actor's database. ``key`` is the actor's own 32 bytes; columns are sealed and the audit's head is kept by it.

    ``after_send`` are called after a commit that sends messages. ``locks`` are shared with all processes that have this
    database open. On PostgreSQL ``connections`` are how many are kept open, and how many there are at most; the locks
    need one more.
    """

    def __init__(
        self,
        url: str,
        actor: str,
        key: bytes,
        *,
        clock: Clock,
        durable: bool = True,
        connections: tuple[int, int] = CONNECTIONS,
    ) -> None:
        self.actor = actor
        self.clock = clock
        self.audit_key = derive_key(key, "audit head")
        self.after_send: list[Callable[[], None]] = []
        self.turns = inbox.Turns()
        self.engine = _engine(make_url(url), actor, durable, connections)
        self.locks = locks_for(self.engine.url, actor)
        use_sealer(self.engine.dialect, Sealer(derive_key(key, "columns")))
        write = self.engine.execution_options(**{_WRITE: True})
        self._write = sessionmaker(write, expire_on_commit=False)
        self._read = sessionmaker(_reading(self.engine), expire_on_commit=False)

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """A transaction that writes: committed at the end of the block, undone if it raises.

        Within :func:`inbox.once` the commit waits for the answer, so that both are kept or neither; a further
        transaction then goes on in the one that waits. Raises ``RuntimeError`` inside another transaction.
        """
        receipt = inbox.current(self)
        with opened(self.actor):
            if receipt is None:
                with self._write() as session, session.begin():
                    transaction = self._transaction(session)
                    yield transaction
                    transaction.finish()
                self.committed(sends=transaction.sends)
            else:
                session = receipt.held or self._claim(receipt)
                with receipt.part():
                    transaction = self._transaction(session)
                    yield transaction
                    transaction.finish()
                receipt.sends |= transaction.sends

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one state throughout and can not write. ``RuntimeError`` inside another transaction."""
        receipt = inbox.current(self)
        with opened(self.actor):
            if receipt is not None and receipt.held is not None:
                yield receipt.held
            else:
                with self._read() as session:
                    yield session

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """A connection with the right to write, in a transaction, the actor's schema made: for changing tables."""
        with self.engine.execution_options(**{_WRITE: True}).begin() as connection:
            _prepare_schema(connection, self.actor)
            yield connection

    def create(self, spec: ActorSpec) -> None:
        """Make every table at once, without revisions: for tests."""
        with self.alone() as connection:
            NodeBase.metadata.create_all(connection)
            spec.base.metadata.create_all(connection)

    def close(self) -> None:
        """Close every connection, and let go of every lock."""
        self.locks.close()
        self.engine.dispose()

    def _claim(self, receipt: inbox.Receipt) -> Session:
        session = self._write()
        try:
            session.connection()
            receipt.claim(session)
        except BaseException:
            session.close()
            raise
        return session

    def _transaction(self, session: Session) -> Transaction:
        session.connection()  # takes the right to write, and then the time
        runs.check(self, session)
        return Transaction(session, self.clock.now(), self.actor, self.audit_key)

    def committed(self, *, sends: bool) -> None:
        """Tell whoever waits for messages to send."""
        if sends:
            for tell in self.after_send:
                tell()


def _prepare_schema(connection: Connection, actor: str) -> None:
    """Make an actor's schema on PostgreSQL; SQLite needs none."""
    if connection.dialect.name == "postgresql":
        quoted = connection.dialect.identifier_preparer.quote_schema(actor)
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {quoted}"))


def is_away(error: Exception) -> bool:
    """Whether the error says that the database was lost or could not be reached, not that it refused something."""
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", "")  # psycopg has None where there was no answer, SQLite no such thing
    return error.connection_invalidated or state is None or state.startswith(CONNECTION_STATES)


def _engine(url: URL, actor: str, durable: bool, connections: tuple[int, int]) -> Engine:
    if url.get_backend_name() == "postgresql":
        return _postgresql(url, actor, connections)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, durable=durable)
    raise ValueError(f"SQLite and PostgreSQL are supported, not {url.get_backend_name()}")


def _postgresql(url: URL, actor: str, connections: tuple[int, int]) -> Engine:
    options = f"-c search_path={actor} -c lock_timeout={LOCK_TIMEOUT_SECONDS}s -c timezone=UTC"
    kept, most = connections
    engine = create_engine(
        url, connect_args={"options": options}, pool_size=min(kept, most), max_overflow=max(most - kept, 0),
        pool_pre_ping=True, hide_parameters=True,
    )  # fmt: skip
    lock = advisory_key(f"tegata writes {actor}")

    @event.listens_for(engine, "begin")
    def serialise(connection: Connection) -> None:
        if connection.get_execution_options().get(_WRITE):
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})

    return engine


def _sqlite(url: URL, *, durable: bool) -> Engine:
    if not url.database or url.database == ":memory:":
        raise ValueError("SQLite needs a file: a database in memory is another one for each thread")
    engine = create_engine(
        url, connect_args={"timeout": LOCK_TIMEOUT_SECONDS}, pool_size=5, max_overflow=-1, hide_parameters=True
    )
    pragmas = ("journal_mode=WAL", f"synchronous={'FULL' if durable else 'NORMAL'}", "foreign_keys=ON")

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver's guess
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = not connection.get_execution_options().get(_READ)
        connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _reading(engine: Engine) -> Engine:
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine.execution_options(**{_READ: True})
