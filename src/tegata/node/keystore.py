"""The private keys of an actor, encrypted at rest in its database."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from tegata.node.tables import KeyRow
from tegata.pki.keys import SoftwareSigner

if TYPE_CHECKING:
    from tegata.node.database import Database


class SignerStore:
    """Signing keys by name."""

    def __init__(self, database: "Database") -> None:
        self._database = database

    def load(self, name: str) -> SoftwareSigner | None:
        """The key of a name, None where there is none."""
        with self._database.read() as session:
            row = session.get(KeyRow, name)
        return None if row is None else _open(row)

    def load_or_create(self, name: str, make: Callable[[], SoftwareSigner]) -> SoftwareSigner:
        """The key of a name; where there is none, ``make`` makes it, once for all."""
        signer = self.load(name)
        if signer is not None:
            return signer
        fresh = make()
        with self._database.begin() as transaction:
            row = transaction.session.get(KeyRow, name)
            if row is not None:
                return _open(row)
            transaction.session.add(KeyRow(name=name, pem=fresh.to_pem().decode(), made_at=transaction.now))
        return fresh


def _open(row: KeyRow) -> SoftwareSigner:
    # Sealed by this store: an altered key does not open at all.
    return SoftwareSigner.from_pem(row.pem.encode(), unsafe_unchecked=True)
