"""The directory that holds a network's data: whether it is ready, and whose it is now.

A directory is made in one go. Its record says ``making`` until everything stands, so that a set-up that was cut off is
recognised and made anew; nothing half made is ever served. A directory that is not ours is left alone.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Literal

import msgspec
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from tegata.network.actors import ORDER
from tegata.node.settings import Settings
from tegata.wire.problems import Refused, problem

RECORD_FILE = "network.json"
FRESH_FILE = "network.json.new"
CLOCK_FILE = "clock.json"
FORMAT = 2

NOT_A_NETWORK = problem(
    "not-a-network-directory", 409,
    ja="このフォルダーには、ほかのものが入っています。", en="This directory holds something else.",
    do_ja="空のフォルダー、またはまだないフォルダーを --data で指定してください。",
    do_en="Name an empty or a new directory with --data.",
)  # fmt: skip
NO_NETWORK = problem(
    "no-network-here", 404,
    ja="このフォルダーには、まだネットワークがありません。", en="There is no network in this directory yet.",
    do_ja="tegata up で作るか、--data で別のフォルダーを指定してください。",
    do_en="Make one with `tegata up`, or name another directory with --data.",
)  # fmt: skip
IN_USE = problem(
    "network-in-use", 409,
    ja="別のプロセスが、このネットワークを動かしています。", en="Another process runs this network.",
    do_ja="それを終えるか、動いているネットワークに対して操作してください。",
    do_en="End it, or ask the network that is running.",
)  # fmt: skip
MADE_BY_ANOTHER_VERSION = problem(
    "network-of-another-version", 409,
    ja="このネットワークは、別の版の Tegata で作られています。", en="Another version of Tegata made this network.",
    do_ja="その版で開くか、別のフォルダーに新しく作ってください。",
    do_en="Open it with that version, or make a new one in another directory.",
)  # fmt: skip


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What a network was made of. ``on`` is the day on which its people have their ages."""

    state: Literal["making", "ready"]
    people: int
    seed: int
    customers: int
    on: date
    base_url: str
    format: int = FORMAT


class Site:
    """A data directory. ``record`` is None where nothing was made yet."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @property
    def record(self) -> Record | None:
        """What stands here. Raises ``Refused``: not-a-network-directory, network-of-another-version."""
        file = self.directory / RECORD_FILE
        try:
            record = msgspec.json.decode(file.read_bytes(), type=Record)
        except FileNotFoundError:
            if self._holds_anything():
                raise Refused(NOT_A_NETWORK, {"directory": str(self.directory)}) from None
            return None
        except (msgspec.DecodeError, OSError) as error:
            raise Refused(NOT_A_NETWORK, {"directory": str(self.directory)}) from error
        if record.format != FORMAT:
            raise Refused(MADE_BY_ANOTHER_VERSION, {"directory": str(self.directory)})
        return record

    def _holds_anything(self) -> bool:
        """Besides a record that was cut off while it was written for the first time."""
        return self.directory.exists() and any(entry.name != FRESH_FILE for entry in self.directory.iterdir())

    @property
    def clock_file(self) -> Path:
        """The state of the network's clock."""
        return self.directory / CLOCK_FILE

    def ready(self) -> Record:
        """The record of a network that stands. Raises ``Refused`` (no-network-here) and as :attr:`record` does."""
        record = self.record
        if record is None or record.state != "ready":
            raise Refused(NO_NETWORK, {"directory": str(self.directory)})
        return record

    def write(self, record: Record) -> None:
        """Put a record in its place, durably."""
        fresh = self.directory / FRESH_FILE
        with fresh.open("wb") as file:
            file.write(msgspec.json.encode(record))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.directory / RECORD_FILE)

    def clear(self, settings: Settings) -> None:
        """Take away what a set-up that was cut off has left; only for a directory whose record says ``making``."""
        record = self.record
        assert record is not None
        assert record.state == "making"
        _drop_schemas(settings)
        for entry in self.directory.iterdir():
            if entry.name == RECORD_FILE:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes from setting up or serving the network. Raises ``Refused`` (network-in-use)."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.directory, os.O_RDONLY)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Refused(IN_USE, {"directory": str(self.directory)}) from error
            yield
        finally:
            os.close(descriptor)


def _drop_schemas(settings: Settings) -> None:
    """PostgreSQL keeps each actor in a schema of its name; SQLite's files go with the directory."""
    if not settings.database_url.startswith("postgresql"):
        return
    engine = create_engine(make_url(settings.database_url))
    with engine.begin() as connection:
        for name in (*ORDER, "network"):
            connection.execute(text(f'DROP SCHEMA IF EXISTS "{name}" CASCADE'))
    engine.dispose()
