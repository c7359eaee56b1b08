"""Questions for a customer's newest four attributes, from the bank over the operator to J-LIS and back (⑤ to ⑨).

All three are in one process, on SQLite that outlasts a loss of power; a message passes the whole of HTTP but the
network. There is no peer that does this work; beside it stand commits of an entry of the audit log, the least that any
change costs.
"""

import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from benchmarks.result import Case, Result
from benchmarks.sides import alternate, python_side
from tegata.actors.bank.tables import ConsentRow
from tegata.japan.dates import JST
from tegata.network import setup
from tegata.network.assembly import Network
from tegata.network.phases import quiet
from tegata.network.running import clock_of, open_all, settings_of
from tegata.network.site import Record, Site
from tegata.wire.four_information import ASK, ASK_BATCH, Batch, Question

UNIT = "answers/s"
SIZE = 300
MORE_IS_BETTER = True

TEGATA = "Tegata"
BATCHED = "in batches of up to 60"
COMMITS = "commits of one audit entry"
MODULE = "benchmarks.bench_questions"


def run(size: int, rounds: int, tell: Callable[[str], None]) -> Result:
    """Ask ``size`` times."""
    with tempfile.TemporaryDirectory(prefix="tegata-bench-") as name:
        tell("making a network of 200 people")
        start = datetime(2023, 9, 25, 12, tzinfo=JST)
        site = Site(Path(name) / "data")
        with site.held():
            new = Record(
                state="making", people=200, seed=1, customers=200, on=setup.first_day(start),
                base_url="http://127.0.0.1:8000",
            )  # fmt: skip
            setup.make(site, new, settings_of(site, base_url=new.base_url), start, quiet)
        ways = {TEGATA: "one_by_one", BATCHED: "batched", COMMITS: "commits"}
        runs = alternate(
            [python_side(side, f"{MODULE}:{way}", site.directory, size) for side, way in ways.items()], rounds, tell
        )
    rates = {side: size / each.seconds for side, each in runs.items()}
    return Result(
        unit=UNIT, size=size, ours=rates[TEGATA], peers={COMMITS: rates[COMMITS]}, peak_mb=runs[TEGATA].peak_mb,
        cases={BATCHED: Case(ours=rates[BATCHED])},
        notes=["one thread asks, in one process with all three organisations; the peer is the floor of any change"],
    )  # fmt: skip


def _opened(data: str) -> tuple[Network, list[str]]:
    """A network, and the consents of its bank."""
    site = Site(Path(data))
    network = open_all(settings_of(site), clock_of(site))
    with network["bank"].database.read() as session:
        consents = list(session.scalars(select(ConsentRow.consent_id).order_by(ConsentRow.consent_id)))
    network["bank"].call(ASK, Question(consent_id=consents[0]))  # tokens are had, and roots are read
    return network, consents


def one_by_one(data: str, size: str) -> Callable[[], None]:
    """A message each."""
    network, consents = _opened(data)

    def work() -> None:
        for number in range(int(size)):
            network["bank"].call(ASK, Question(consent_id=consents[number % len(consents)]))

    return work


def batched(data: str, size: str) -> Callable[[], None]:
    """All consents in a message, again and again."""
    network, consents = _opened(data)
    questions = [Question(consent_id=one) for one in consents]

    def work() -> None:
        left = int(size)
        while left > 0:
            network["bank"].call(ASK_BATCH, Batch(questions=questions[:left]))
            left -= len(questions)

    return work


def commits(data: str, size: str) -> Callable[[], None]:
    """The least that a change costs."""
    network, _ = _opened(data)

    def work() -> None:
        for _ in range(int(size)):
            with network["bank"].database.begin() as tx:
                tx.record("measured", subject=None, who="bank")

    return work
