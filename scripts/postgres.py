"""A private PostgreSQL for tests and benchmarks: in a temporary folder, reached by a Unix socket, gone afterwards."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

UNSAFE_BUT_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""For data that need not outlive the machine's power: half a second for each commit is not worth waiting for."""


@dataclass(frozen=True)
class PostgresServer:
    """A running cluster. ``folder`` holds its socket; the superuser is called ``tegata`` and needs no password."""

    folder: Path

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database of this cluster."""
        return f"postgresql+psycopg://tegata@/{database}?host={self.folder}"

    def create_database(self, *, template: str = "template1") -> str:
        """Makes a database with a name of its own, empty or a copy of one that nobody uses; returns the name."""
        name = f"own_{secrets.token_hex(6)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop_database(self, name: str) -> None:
        """Drops it, whoever is still connected."""
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(host=str(self.folder), user="tegata", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)


def programs_of_postgres() -> Path | None:
    """The folder of initdb and postgres, the newest where there are several; None where there are none."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if installed:
        return installed[-1].parent
    return Path(on_path).parent if on_path else None


@contextmanager
def running(programs: Path, settings: tuple[str, ...] = ()) -> Iterator[PostgresServer]:
    """A new cluster while it runs. Raises ``ChildProcessError`` where it does not start."""
    # A Unix socket's path has at most 107 bytes, and another user must be able to enter the folder.
    with tempfile.TemporaryDirectory(prefix="tegata-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        server = _started(programs, folder, settings)
        try:
            yield PostgresServer(folder)
        finally:
            server.send_signal(signal.SIGQUIT)
            server.wait()


def _unprivileged() -> dict[str, Any]:
    """Arguments for subprocess: PostgreSQL refuses to run as root."""
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


def _started(programs: Path, folder: Path, settings: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """Returns when it takes connections."""
    options: dict[str, Any] = {"cwd": folder, "stdin": subprocess.DEVNULL} | _unprivileged()
    cluster = folder / "cluster"
    initdb: list[str | Path] = [
        programs / "initdb",
        "-D",
        cluster,
        "-U",
        "tegata",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "-N",
    ]
    subprocess.run(initdb, check=True, capture_output=True, **options)
    arguments = [part for setting in settings for part in ("-c", setting)]
    postgres: list[str | Path] = [programs / "postgres", "-D", cluster, "-k", folder, "-h", "", *arguments]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(postgres, stdout=log, stderr=log, **options)
    is_ready: list[str | Path] = [programs / "pg_isready", "-q", "-h", folder]
    while subprocess.run(is_ready, check=False).returncode != 0:
        if server.poll() is not None:
            raise ChildProcessError(f"PostgreSQL ended at its start:\n{(folder / 'log').read_text()}")
    return server
