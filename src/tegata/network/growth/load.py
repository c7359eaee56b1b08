"""The load itself: what is there, what is missing, and writing it."""

import shutil
import time
from collections.abc import Iterator, Mapping
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from operator import attrgetter

import msgspec
from sqlalchemy.exc import DBAPIError

from tegata.actors.citizen import seed as citizen
from tegata.actors.jlis import seed as jlis
from tegata.actors.municipality import seed as municipality
from tegata.network.assembly import Network
from tegata.network.growth.batches import Batch, batches, place_of
from tegata.network.growth.crew import Kit, Rows, Task, crew
from tegata.network.growth.refusals import ANOTHER_SEED, CUT_OFF, FEWER_THAN_THERE_ARE, NO_ROOM, TOO_MANY
from tegata.network.phases import Phases
from tegata.network.seeding import pool_size, public_keys
from tegata.network.site import Record
from tegata.node import loading
from tegata.node.loading import Loaded
from tegata.pki.authority import MAXIMUM_CARD_SERIAL
from tegata.wire.problems import Refused
from tegata.wire.text import Text

ACTORS = ("municipality", "jlis")
"""Who is told of the people, in the order of writing."""

BYTES_A_PERSON = 8_000
"""What a resident takes on the disk, with some room: 5,500 were measured, indices included (decision 0019)."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """How many residents there shall be, what share of those who come had certificates before, and who does it.

    ``seed`` is None where it is as the network has it. ``workers`` processes; 0: this one.
    """

    people: int
    revoked: float
    workers: int
    seed: int | None = None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a load has done: residents before and now, certificates issued and revoked by it, customers of the bank that
    are new, and how many seconds the residents took.
    """

    before: int
    people: int
    certificates: int
    revoked: int
    customers: int = 0
    seconds: float


@dataclass
class Tally:
    """What was written at J-LIS."""

    certificates: int = 0
    revoked: int = 0


def grow(network: Network, record: Record, wanted: Wanted, phase: Phases) -> Report:
    """Bring a network that stands to a number of residents; nothing is done where it has them.

    Raises ``Refused``: population-is-larger, population-of-another-seed, population-too-large,
    population-needs-more-disk; population-cut-off where a database takes no more, or a worker has died.
    """
    begun, tally = time.monotonic(), Tally()
    there = {name: loading.loaded(network[name]) or place_of(record, record.people) for name in ACTORS}
    fewest, most = (choose(there.values(), key=attrgetter("people")) for choose in (min, max))
    _check(network, record, wanted, fewest, most)
    if fewest.people < wanted.people:
        kit = _kit(network, wanted.people - record.people, phase)
        title = Text("住民と電子証明書", "Residents and certificates")
        try:
            with phase(title, wanted.people - fewest.people) as done, crew(kit, wanted.workers) as make:
                for batch, rows in make(_tasks(network, record, wanted, there)):
                    _write(network, batch, rows, there, tally)
                    done(len(batch.people))
        except (DBAPIError, BrokenProcessPool) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise Refused(CUT_OFF, {"cause": str(cause)}) from error
    return Report(
        before=fewest.people, people=wanted.people, certificates=tally.certificates, revoked=tally.revoked,
        seconds=round(time.monotonic() - begun, 3),
    )  # fmt: skip


def _check(network: Network, record: Record, wanted: Wanted, fewest: Loaded, most: Loaded) -> None:
    if wanted.seed not in (None, record.seed):
        raise Refused(ANOTHER_SEED, {"seed": record.seed})
    if wanted.people < most.people:
        raise Refused(FEWER_THAN_THERE_ARE, {"residents": most.people})
    more = wanted.people - fewest.people
    if max(jlis.next_serials(network["jlis"]).values()) + 2 * more > MAXIMUM_CARD_SERIAL:
        raise Refused(TOO_MANY, {"people": wanted.people})
    data, needed = network.settings.data_dir, more * BYTES_A_PERSON
    if not network.settings.database_url and shutil.disk_usage(data).free < needed:
        raise Refused(NO_ROOM, {"needed_mb": needed // 10**6, "free_mb": shutil.disk_usage(data).free // 10**6})


def _kit(network: Network, more: int, phase: Phases) -> Kit:
    with phase(Text("カードの鍵", "Keys of cards")):
        pool = citizen.kept_pool(network["citizen"], pool_size(more))
    return Kit(
        jlis.tools(network["jlis"]), municipality.fingerprint_key(network["municipality"]), public_keys(pool),
        network.clock.now(),
    )  # fmt: skip


def _tasks(network: Network, record: Record, wanted: Wanted, there: Mapping[str, Loaded]) -> Iterator[Task]:
    """Batches with their serials: first those that one of the actors has already, then those that are new to both."""
    serials = jlis.next_serials(network["jlis"])
    fewest, most = (choose(there.values(), key=attrgetter("people")) for choose in (min, max))
    known_to_jlis = there["jlis"].people
    for after, until in ((fewest, most.people), (most, wanted.people)):
        for batch in batches(record, wanted.revoked, after, until):
            yield Task(batch, dict(serials))
            if batch.loaded.people > known_to_jlis:
                for usage, count in batch.serials().items():
                    serials[usage] += count


def _write(network: Network, batch: Batch, rows: Rows, there: Mapping[str, Loaded], tally: Tally) -> None:
    """Write a batch where it is not yet."""
    if batch.loaded.people > there["municipality"].people:
        municipality.write(network["municipality"], rows.municipality, batch.loaded)
    if batch.loaded.people > there["jlis"].people:
        jlis.write(network["jlis"], rows.jlis, batch.loaded)
        tally.certificates += len(rows.jlis.certificates)
        tally.revoked += len(rows.jlis.revocations)
