"""Changes a second of one actor: transactions that write an entry of its audit log, the least that any change does.

They come one after the other, by however many processes (decisions 0003 and 0018). Here they go to one PostgreSQL, and
beside it to SQLite; both outlast a loss of power. The peer is psycopg: rows as long, committed one by one, without
turns and without a chain.
"""

import multiprocessing
import secrets
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from multiprocessing.synchronize import Barrier
from pathlib import Path

import psycopg

from benchmarks.result import Case, Result
from benchmarks.sides import alternate, python_side
from scripts.postgres import PostgresServer, programs_of_postgres, running
from tegata.actors.jlis import SPEC
from tegata.node.clock import NetworkClock
from tegata.node.node import Node
from tegata.node.settings import Settings

UNIT = "changes/s"
SIZE = 2_000
MORE_IS_BETTER = True

PROCESSES = (1, 2, 4)
MOST_PROCESSES = max(PROCESSES)
TWO = "PostgreSQL, 2 processes"
ROW_BYTES = 300
"""About as many as an entry of the log has."""
MODULE = "benchmarks.bench_writes"


class NoPostgres(Exception):
    """PostgreSQL is not installed: see scripts/system-packages."""


def run(size: int, rounds: int, tell: Callable[[str], None]) -> Result:
    """Change ``size`` times. Raises :class:`NoPostgres`."""
    programs = programs_of_postgres()
    if programs is None:
        raise NoPostgres
    with tempfile.TemporaryDirectory(prefix="tegata-bench-") as folder, running(programs) as server:
        tell("making databases")
        url, peer = server.url(server.create_database()), server.create_database()
        for database_url in (url, ""):
            _opened(folder, database_url).close()
        _make_table(server, peer)
        sides = {f"PostgreSQL, {_told(count)}": ("changes", count, folder, url) for count in PROCESSES}
        sides |= {f"SQLite, {_told(count)}": ("changes", count, folder, "") for count in (1, 2)}
        peers = {f"psycopg, {_told(count)}": ("inserts", count, server.folder, peer) for count in (1, 2)}
        runs = alternate(
            [
                python_side(name, f"{MODULE}:{way}", size, *arguments)
                for name, (way, *arguments) in (sides | peers).items()
            ],
            rounds, tell,
        )  # fmt: skip
    rates = {name: size / each.seconds for name, each in runs.items()}
    return Result(
        unit=UNIT, size=size, ours=rates[TWO], peers={name: rates[name] for name in peers}, peak_mb=runs[TWO].peak_mb,
        cases={name: Case(ours=rates[name]) for name in sides if name != TWO},
        notes=[
            f"Tegata's first figure is that of {TWO}",
            "a change is a transaction with one entry of the audit log, which is chained to the one before",
        ],
    )  # fmt: skip


def _told(count: int) -> str:
    return f"{count} process" if count == 1 else f"{count} processes"


def _opened(folder: str, url: str) -> Node:
    settings = Settings(data_dir=Path(folder), database_url=url, processes=MOST_PROCESSES)
    return Node.open(replace(SPEC, on_start=None), settings, clock=NetworkClock())


def changes(size: str, count: str, folder: str, url: str = "") -> Callable[[], int]:
    """Ours, by some processes that share them out."""
    return _shared(_change, int(size), int(count), folder, url)


def inserts(size: str, count: str, folder: str, database: str) -> Callable[[], int]:
    """The peer's."""
    return _shared(_insert, int(size), int(count), folder, database)


def _shared(work: Callable[..., None], size: int, count: int, *where: str) -> Callable[[], int]:
    """Processes begin together once all have opened what they need, and have ended when the last one has."""
    begin, end = multiprocessing.Barrier(count + 1), multiprocessing.Barrier(count + 1)
    for number in range(count):
        times = size // count + (number < size % count)
        multiprocessing.Process(target=work, args=(times, begin, end, *where), daemon=True).start()

    def done() -> int:
        begin.wait()
        end.wait()
        return size

    return done


def _change(times: int, begin: Barrier, end: Barrier, folder: str, url: str) -> None:
    with closing(_opened(folder, url)) as node:
        begin.wait()
        for _ in range(times):
            with node.database.begin() as tx:
                tx.record("measured", subject=None, who="jlis")
        end.wait()


def _make_table(server: PostgresServer, database: str) -> None:
    with psycopg.connect(host=str(server.folder), user="tegata", dbname=database) as connection:
        connection.execute("CREATE TABLE entries (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, said text)")


def _insert(times: int, begin: Barrier, end: Barrier, folder: str, database: str) -> None:
    said = secrets.token_hex(ROW_BYTES // 2)
    with psycopg.connect(host=folder, user="tegata", dbname=database) as connection:
        begin.wait()
        for _ in range(times):
            connection.execute("INSERT INTO entries (said) VALUES (%s)", [said])
            connection.commit()
        end.wait()
