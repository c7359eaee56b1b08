"""Locks between the processes of one actor, which end with whoever holds them: nobody has to clean up after a death.

On PostgreSQL a lock is an advisory lock of a session that does nothing else, so the server drops it when the process
ends, and within seconds when its machine is gone. On SQLite it is an flock of a file beside the database, which the
kernel drops. Names are the actor's own.

A session may break while its process lives: its locks are gone then and somebody else may have them. So a lock keeps
work from being done twice at a time, and no more; what must be right is checked where it is written (``runs``,
``outbox``). Long work asks :attr:`Hold.held` between its steps.
"""

import fcntl
import re
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import IO, Self

from sqlalchemy import NullPool, create_engine
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import DBAPIError

LOOK_AGAIN_SECONDS = 0.02
SERVER_KEEPALIVES = "tcp_keepalives_idle=5 tcp_keepalives_interval=2 tcp_keepalives_count=3 tcp_user_timeout=10000"
"""By these the server finds within about ten seconds that the machine of a session is gone."""
CLIENT_KEEPALIVES = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}


class LockLost(RuntimeError):
    """A lock that this process stands by was lost with the connection, and another process has it now."""


class Hold(ABC):
    """A lock that is held, until :meth:`release` or the end of the ``with`` block."""

    @property
    @abstractmethod
    def held(self) -> bool:
        """Whether it is held still; False for good once it was lost or released."""

    @abstractmethod
    def release(self) -> None:
        """Let go; nothing where it is not held any more."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()


class Unshared(Hold):
    """The lock of something that no other process can reach."""

    held = True

    def release(self) -> None:
        """Nothing to let go of."""


class Locks(ABC):
    """The locks of one actor, as this process sees them. Safe between threads, which exclude one another as well."""

    @abstractmethod
    def try_hold(self, name: str) -> Hold | None:
        """A lock, if nobody has it. Raises SQLAlchemy's error where the database is away, and :class:`LockLost`."""

    @abstractmethod
    def stand_by(self, name: str, *, shared: bool) -> bool:
        """Take a lock for as long as these locks are open, among others who share it or alone; False where that can
        not be. It is taken again after a connection was lost.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of everything."""

    def hold(self, name: str) -> Hold:
        """A lock, once nobody else has it. Raises as :meth:`try_hold` does."""
        while (taken := self.try_hold(name)) is None:
            time.sleep(LOOK_AGAIN_SECONDS)
        return taken


class _FileHold(Hold):
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    @property
    def held(self) -> bool:
        return not self._file.closed

    def release(self) -> None:
        self._file.close()


def try_file(path: Path, *, shared: bool = False) -> Hold | None:
    """A lock by a file, which is made where it is not there; None where somebody has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("ab")
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return _FileHold(file)


class FileLocks(Locks):
    """Files of a folder, named by what is locked: for the processes of one machine."""

    def __init__(self, folder: Path, actor: str) -> None:
        self._folder = folder
        self._actor = actor
        self._standing: list[Hold] = []

    def try_hold(self, name: str) -> Hold | None:
        """See :meth:`Locks.try_hold`."""
        return try_file(self._path(name))

    def stand_by(self, name: str, *, shared: bool) -> bool:
        """See :meth:`Locks.stand_by`."""
        taken = try_file(self._path(name), shared=shared)
        if taken is not None:
            self._standing.append(taken)
        return taken is not None

    def close(self) -> None:
        """See :meth:`Locks.close`."""
        while self._standing:
            self._standing.pop().release()

    def _path(self, name: str) -> Path:
        readable = re.sub(r"[^a-z0-9]+", "-", name.lower())[:60]
        return self._folder / f"{self._actor}-{readable}-{sha256(name.encode()).hexdigest()[:12]}"


class _SessionHold(Hold):
    def __init__(self, locks: "SessionLocks", name: str) -> None:
        self._locks = locks
        self._name = name

    @property
    def held(self) -> bool:
        return self._locks.has(self._name, self)

    def release(self) -> None:
        self._locks.let_go(self._name, self)


class SessionLocks(Locks):
    """Advisory locks of one session of PostgreSQL, opened at the first use: for processes on any machine."""

    def __init__(self, url: URL, actor: str) -> None:
        settings = " ".join(f"-c {each}" for each in ("idle_session_timeout=0", *SERVER_KEEPALIVES.split()))
        self._engine = create_engine(
            url, poolclass=NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True,
            connect_args={"options": settings, "application_name": f"tegata locks {actor}", **CLIENT_KEEPALIVES},
        )  # fmt: skip
        self._actor = actor
        self._guard = threading.Lock()
        self._session: Connection | None = None
        self._held: dict[str, Hold] = {}
        self._standing: dict[str, bool] = {}

    def try_hold(self, name: str) -> Hold | None:
        """See :meth:`Locks.try_hold`."""
        with self._guard:
            if name in self._held and self._alive():
                return None  # the server lets a session take its own lock again
            if not self._try(lambda: self._ask("pg_try_advisory_lock", name)):
                return None
            self._held[name] = taken = _SessionHold(self, name)
            return taken

    def stand_by(self, name: str, *, shared: bool) -> bool:
        """See :meth:`Locks.stand_by`."""
        with self._guard:
            taken = self._try(lambda: self._stand(name, shared=shared))
            if taken:
                self._standing[name] = shared
            return taken

    def close(self) -> None:
        """See :meth:`Locks.close`."""
        with self._guard:
            self._standing.clear()
            self._lose()
            self._engine.dispose()

    def has(self, name: str, hold: Hold) -> bool:
        """Whether a lock is held still; the server is asked."""
        with self._guard:
            return self._held.get(name) is hold and self._alive()

    def let_go(self, name: str, hold: Hold) -> None:
        """Release a lock, if it is held still."""
        with self._guard:
            if self._held.get(name) is not hold:
                return
            del self._held[name]
            try:
                self._ask("pg_advisory_unlock", name)
            except DBAPIError:
                self._lose()

    def _alive(self) -> bool:
        try:
            return self._session is not None and bool(self._session.exec_driver_sql("SELECT 1").scalar())
        except DBAPIError:
            self._lose()
            return False

    def _try(self, take: Callable[[], bool]) -> bool:
        """Take a lock; a session that was lost in the meantime is opened anew, once."""
        if self._session is not None:
            try:
                return take()
            except DBAPIError:
                self._lose()
        try:
            return take()
        except DBAPIError:
            self._lose()
            raise

    def _ask(self, function: str, name: str) -> bool:
        key = advisory_key(f"tegata lock {self._actor} {name}")
        return bool(self._opened().exec_driver_sql(f"SELECT {function}(%s)", (key,)).scalar())

    def _stand(self, name: str, *, shared: bool) -> bool:
        return self._ask("pg_try_advisory_lock_shared" if shared else "pg_try_advisory_lock", name)

    def _opened(self) -> Connection:
        if self._session is None:
            self._session = self._engine.connect()
            for name, shared in self._standing.items():
                if not self._stand(name, shared=shared):
                    self._lose()
                    raise LockLost(name)
        return self._session

    def _lose(self) -> None:
        """Forget the session and what it held."""
        session, self._session = self._session, None
        self._held.clear()
        if session is not None:
            session.invalidate()
            session.close()


def advisory_key(name: str) -> int:
    """PostgreSQL's number for an advisory lock of a name."""
    return int.from_bytes(sha256(name.encode()).digest()[:8], signed=True)


def locks_for(url: URL, actor: str) -> Locks:
    """The locks that go with an actor's database."""
    if url.get_backend_name() == "postgresql":
        return SessionLocks(url, actor)
    return FileLocks(Path(str(url.database)).parent / "locks", actor)
