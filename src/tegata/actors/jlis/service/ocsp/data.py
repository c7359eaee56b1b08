"""What OCSP answers are made of: the state of every certificate as of a boundary of the interval.

Boundaries are multiples of the interval, so all processes tell the state of the same moments. The state as of a
boundary is what was changed before it, and is read when all of that is committed: who began to write before it has the
right to write until then. What changed at it or after it, and may be read along, is taken back by the record. So
processes that read at different times say the same, also where the clock stands.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from tegata.actors.jlis.rules.revocation import effective, ocsp_next_update
from tegata.actors.jlis.service import authorities, records, status
from tegata.actors.jlis.service.ocsp.answered import Answered, Window
from tegata.actors.jlis.service.ocsp.kept import Kept
from tegata.actors.jlis.tables import CertificateRow, RevocationRow
from tegata.node.jobs import Every
from tegata.node.node import Node
from tegata.pki.crl import Reason, RevokedEntries
from tegata.pki.ocsp import CertId, Good, OcspRequest, Responder, Revoked, SerialRuns, Snapshot, Status
from tegata.pki.profiles import Usage

_NONE = SerialRuns.of(())
_NEWEST = select(
    authorities.NEWEST_GENERATION.scalar_subquery(),
    select(func.max(CertificateRow.serial)).where(CertificateRow.usage == bindparam("usage")).scalar_subquery(),
)
"""Made once, as it is asked for each serial that is not known: making it took as long as asking."""


@dataclass(eq=False)
class Source:
    """The state of one generation's certificates as of a boundary; ``changed`` says it of what changed since."""

    snapshot: Snapshot
    changed: Mapping[int, Status]

    def status(self, serial: int) -> Status:
        """The state as of the boundary; what was issued since is good."""
        was = self.changed.get(serial)
        return self.snapshot.status(serial) if was is None else was


@dataclass(frozen=True, eq=False)
class Speaker:
    """A generation's responder, and what it tells of."""

    responder: Responder
    source: Source


@dataclass(eq=False)
class Data:
    """All of one usage, with a speaker for each generation. ``highest``: the last serial that is known.

    ``generations``: how many there were. Answers are kept with the data that they were made of, and go with them:
    ``certificates`` by CertID, however it was asked, ``unknown`` by CertID until another one is known to be issued, and
    ``requests`` by the whole request, to find those of ``certificates`` sooner.
    """

    window: Window
    speakers: dict[int, Speaker]
    highest: int
    generations: int
    most_kept: int
    certificates: Kept[bytes, Answered] = field(init=False)
    unknown: Kept[bytes, Answered] = field(init=False)
    requests: Kept[bytes, Answered] = field(init=False)

    def __post_init__(self) -> None:
        self.certificates, self.unknown, self.requests = (Kept(self.most_kept) for _ in range(3))

    def is_fresh(self, now: datetime) -> bool:
        """Whether there can be no newer data yet."""
        return now < self.window.fresh_until

    def may_be_given(self, now: datetime) -> bool:
        """Whether an answer made of these data still holds."""
        return now <= self.window.next_update

    def speaker_for(self, asked: OcspRequest) -> Speaker | None:
        """Who speaks for the authority that a request means."""
        for speaker in self.speakers.values():
            if any(map(speaker.responder.speaks_for, asked.certificates)):
                return speaker
        return None

    def knows(self, speaker: Speaker, wanted: CertId) -> bool:
        """Whether it is known of a certificate if it was issued: serials count up, so it may be above all known."""
        return wanted.serial <= self.highest or not speaker.responder.speaks_for(wanted)


def load(node: Node, usage: Usage, earlier: Data | None) -> Data:
    """The data as of the newest boundary; what was issued is read from where ``earlier`` knows it to."""
    interval = node.own.ocsp_interval
    boundary = Every(interval).last(node.clock.now())
    with node.database.begin():
        pass  # who began to write before the boundary has ended now
    generations, _ = _newest(node, usage)
    responders = authorities.responders(node, usage)
    revoked = {number: status.revoked_entries(node, usage, number) for number in responders}
    with node.database.read() as session:  # after them: what they tell of stands in the record
        changed = _changed_since(session, usage, boundary)
    issued, highest = _issued(node, usage, earlier)  # after the others: what they tell of is known to be issued
    return Data(
        Window(boundary, boundary + interval, _end(boundary, interval, responders)),
        {
            number: Speaker(responder, _source(issued.get(number, _NONE), revoked[number], changed))
            for number, responder in responders.items()
        },
        highest,
        generations,
        node.own.ocsp_kept,
    )


def topped_up(node: Node, usage: Usage, data: Data) -> bool:
    """Let data know what was issued since, which is good; False where a generation was added: they must be loaded."""
    generations, highest = _newest(node, usage)
    if generations != data.generations:
        return False
    if highest > data.highest:
        issued, highest = _issued(node, usage, data)
        for number, speaker in data.speakers.items():
            speaker.source.snapshot = Snapshot(issued.get(number, _NONE), speaker.source.snapshot.revoked)
        data.highest = highest
        data.unknown = Kept(data.most_kept)  # the last: who answers from what was before keeps it where nobody looks
    return True


def _newest(node: Node, usage: Usage) -> tuple[int, int]:
    """How many generations there are, and the highest serial of a certificate."""
    with node.database.read() as session:
        generations, highest = session.execute(_NEWEST, {"usage": usage}).one()
        return generations or 0, highest or 0


def _end(boundary: datetime, interval: timedelta, responders: Mapping[int, Responder]) -> datetime:
    """NextUpdate; no answer outlives the certificate of the responder that signed it."""
    ends = [one.certificate.not_valid_after_utc for one in responders.values()]
    return min([ocsp_next_update(boundary, interval), *ends])


def _source(issued: SerialRuns, revoked: RevokedEntries, changed: Mapping[int, Status]) -> Source:
    mine = {serial: was for serial, was in changed.items() if serial in issued}
    return Source(Snapshot(issued, revoked), mine)


def _issued(node: Node, usage: Usage, earlier: Data | None) -> tuple[dict[int, SerialRuns], int]:
    """The serials of each generation, and the highest of all; only those above what is known are read."""
    known = {} if earlier is None else {number: one.source.snapshot.issued for number, one in earlier.speakers.items()}
    runs = {number: list(one) for number, one in known.items()}
    highest = max((listed[-1][1] for listed in runs.values() if listed), default=0)
    with node.database.read() as session:
        for generation, first, last in _runs_above(session, usage, highest):
            runs.setdefault(generation, []).append((first, last))
            highest = last
    return {number: SerialRuns.of(listed) for number, listed in runs.items()}, highest


def _runs_above(session: Session, usage: Usage, serial: int) -> Iterator[tuple[int, int, int]]:
    """Generation, first and last serial of each run of certificates above a serial, lowest first.

    The database finds where runs begin, as there are millions of certificates and few runs.
    """
    serials = CertificateRow.serial
    before = func.lag(serials).over(order_by=serials).label("before")
    under = func.lag(CertificateRow.generation).over(order_by=serials).label("under")
    above = (CertificateRow.usage == usage) & (serials > serial)
    rows = select(serials, CertificateRow.generation, before, under).where(above).subquery()
    begins = rows.c.before.is_(None) | (rows.c.serial != rows.c.before + 1) | (rows.c.generation != rows.c.under)
    starts = session.execute(select(rows).where(begins).order_by(rows.c.serial)).all()
    lasts = [row.before for row in starts[1:]]
    if starts:
        lasts.append(session.scalar(select(func.max(serials)).where(above)))
    return ((row.generation, row.serial, last) for row, last in zip(starts, lasts, strict=True))


def _changed_since(session: Session, usage: Usage, boundary: datetime) -> dict[int, Status]:
    """The state as of a boundary of each certificate whose record has an entry from then on."""
    touched: set[int] = set()
    query = select(RevocationRow.usage, RevocationRow.serial, RevocationRow.at).order_by(RevocationRow.number.desc())
    with session.execute(query.execution_options(yield_per=500)) as newest_first:
        for of, serial, _ in takewhile(lambda row: row.at >= boundary, newest_first):
            if of == usage:
                touched.add(serial)
    found: dict[int, Status] = dict.fromkeys(touched, Good())
    for serial, record in records.record_of(session, usage, touched).items():
        stood = effective(entry for entry in record if entry.at < boundary)
        if stood is not None:
            found[serial] = Revoked(stood.at, Reason(stood.reason))
    return found
