"""Column types: moments in time, and values that are encrypted at rest."""

from datetime import UTC, datetime
from weakref import WeakKeyDictionary

from sqlalchemy import DateTime, LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from tegata.japan.dates import JST
from tegata.node.sealing import Sealer

_sealers: WeakKeyDictionary[Dialect, Sealer] = WeakKeyDictionary()


def use_sealer(dialect: Dialect, sealer: Sealer) -> None:
    """Let the sealed columns of one engine be encrypted by a sealer."""
    _sealers[dialect] = sealer


class Instant(TypeDecorator[datetime]):
    """A moment: aware in Python (Japan time when read), UTC in the database. A naive time is a ``ValueError``."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite keeps no offset."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs an offset")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """To Japan time."""
        if value is None:
            return None
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(JST)


class SealedBytes(TypeDecorator[bytes]):
    """Bytes that are encrypted at rest; they can not be searched for (see ``sealing.fingerprint``)."""

    impl = LargeBinary()
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Encrypt."""
        return None if value is None else _sealers[dialect].seal(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Decrypt; raises ``SealBroken`` for an altered value."""
        return None if value is None else _sealers[dialect].open(value)


class Sealed(TypeDecorator[str]):
    """Text that is encrypted at rest (My Numbers, passwords, tokens); it can not be searched for."""

    impl = LargeBinary()
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Encrypt."""
        return None if value is None else _sealers[dialect].seal(value.encode())

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Decrypt; raises ``SealBroken`` for an altered value."""
        return None if value is None else _sealers[dialect].open(value).decode()
