"""The DPoP proofs that any process of an actor has seen, in the database that they share.

A proof is one row, written outside of the actor's right to write: it must not wait for whoever changes something, and
nothing else is to be written with it. On PostgreSQL the table is not logged. A crash of the server empties it, as a
restart empties a process's memory: for the length of the window a proof could then be used a second time.
"""

import threading
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert

from tegata.node.identity_tables import SeenProofRow
from tegata.node.oauth_proof import WINDOW

if TYPE_CHECKING:
    from tegata.node.database import Database


class ProofsInDatabase:
    """Proofs that are known to all processes (:class:`tegata.node.oauth_proof.SeenProofs`)."""

    def __init__(self, database: "Database") -> None:
        self._postgresql = database.engine.dialect.name == "postgresql"
        self._engine = database.engine.execution_options(
            **{"isolation_level": "AUTOCOMMIT"} if self._postgresql else {}
        )
        self._lock = threading.Lock()
        self._cleared: datetime | None = None

    def add(self, identifier: str, at: datetime) -> bool:
        """Remember a proof for two windows; False where it was seen before. Raises SQLAlchemy's errors."""
        hashed = sha256(identifier.encode()).hexdigest()
        with self._engine.begin() as connection:
            if self._clears(at):
                connection.execute(delete(SeenProofRow).where(SeenProofRow.expires_at < at))
            return connection.execute(self._insert(hashed, at + 2 * WINDOW)).first() is not None

    def _clears(self, at: datetime) -> bool:
        """Once a window each process takes away what has expired."""
        with self._lock:
            clears = self._cleared is None or at - self._cleared >= WINDOW
            if clears:
                self._cleared = at
            return clears

    def _insert(self, hashed: str, expires_at: datetime) -> ReturningInsert[tuple[str]]:
        insert = postgresql.insert if self._postgresql else sqlite.insert
        row = insert(SeenProofRow).values(identifier=hashed, expires_at=expires_at).on_conflict_do_nothing()
        return row.returning(SeenProofRow.identifier)
