"""What stands now: the one place that adds to certificates' records and keeps :class:`StandingRow` (FI-04, FI-05).

The table says what each record comes to, in columns that CRLs and OCSP data are made of by the million. It is written
in the transaction of the record and can be made anew from it (:func:`rebuild`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice, pairwise
from typing import Any, Final, NamedTuple, TypeAlias, cast

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.orm import Session

from tegata.actors.jlis.rules.revocation import Entry, EntryReason, RevocationFact, effective, then
from tegata.actors.jlis.tables import CertificateRow, RevocationRow, StandingRow
from tegata.japan.dates import JST
from tegata.node.bulk.columns import BATCH_ROWS, View
from tegata.pki.crl import Reason, RevokedEntries
from tegata.pki.profiles import Usage
from tegata.wire import certificates

Column: TypeAlias = npt.NDArray[Any]

LAST_SERIAL: Final = 2**63 - 1

_CHUNK: Final = 500
_REBUILT_AT_ONCE: Final = 5_000
_RANGE: Final = 2 * BATCH_ROWS
_MOST_RANGES: Final = 4096
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_LISTED: Final = "FROM standing WHERE usage = $1 AND not_after >= $2"
_FACT: Final = "at * 16 + reason"
"""Time and reason in one number: a column less to hand over, which is what reading costs."""
_BY_SERIAL: Final = f"SELECT serial, {_FACT} {_LISTED} AND serial BETWEEN $3 AND $4"
_BY_PARTITION: Final = f"SELECT partition, serial, {_FACT} {_LISTED} ORDER BY partition, serial"
_FIRST: Final = "SELECT serial FROM standing WHERE usage = $1 ORDER BY serial LIMIT 1"
_LAST: Final = "SELECT serial FROM standing WHERE usage = $1 ORDER BY serial DESC LIMIT 1"
_AFTER_A_RANGE: Final = "SELECT serial FROM standing WHERE usage = $1 ORDER BY serial LIMIT 1 OFFSET $2"


@dataclass(frozen=True)
class Addition:
    """An entry for a certificate's record, its time in whole seconds, and what lists have to know of the certificate.

    ``cause`` is the event, application, order, call or request behind it.
    """

    usage: str
    serial: int
    generation: int
    municipality_code: str
    not_after: datetime
    entry: Entry
    cause: str


class _Key(NamedTuple):
    usage: str
    serial: int


def append(session: Session, additions: Sequence[Addition]) -> None:
    """Add entries to records, in their order, and bring what stands up to date."""
    if not additions:
        return
    session.execute(insert(RevocationRow), [_entry(one) for one in additions])
    before = {
        _Key(usage, serial): fact
        for usage in {one.usage for one in additions}
        for serial, fact in facts(session, usage, {one.serial for one in additions if one.usage == usage}).items()
    }
    after: dict[_Key, RevocationFact | None] = dict(before)
    certificate: dict[_Key, Addition] = {}
    for one in additions:
        key = _Key(one.usage, one.serial)
        after[key], certificate[key] = then(after.get(key), one.entry), one
    changed = [key for key in certificate if after[key] != before.get(key)]
    _forget(session, [key for key in changed if key in before])
    rows = [_row(certificate[key], fact) for key in changed if (fact := after[key]) is not None]
    if rows:
        session.execute(insert(StandingRow), rows)


def _entry(one: Addition) -> dict[str, Any]:
    return {
        "usage": one.usage, "serial": one.serial, "at": one.entry.at, "reason": one.entry.reason, "cause": one.cause,
    }  # fmt: skip


def _row(certificate: Addition, fact: RevocationFact) -> dict[str, Any]:
    return {
        "usage": certificate.usage, "serial": certificate.serial, "generation": certificate.generation,
        "partition": int(certificate.municipality_code), "not_after": seconds(certificate.not_after),
        "at": seconds(fact.at), "reason": Reason(fact.reason).code,
    }  # fmt: skip


def _forget(session: Session, keys: Sequence[_Key]) -> None:
    for usage in {key.usage for key in keys}:
        serials = [key.serial for key in keys if key.usage == usage]
        for part in _chunks(serials):
            session.execute(delete(StandingRow).where(StandingRow.usage == usage, StandingRow.serial.in_(part)))


def facts(session: Session, usage: str, serials: Iterable[int]) -> dict[int, RevocationFact]:
    """Those of some certificates that are revoked or held, with since when and why."""
    found: dict[int, RevocationFact] = {}
    for part in _chunks(list(serials)):
        query = select(StandingRow.serial, StandingRow.at, StandingRow.reason).where(
            StandingRow.usage == usage, StandingRow.serial.in_(part)
        )
        found.update((serial, _fact(at, reason)) for serial, at, reason in session.execute(query))
    return found


def _fact(at: int, code: int) -> RevocationFact:
    return RevocationFact(datetime.fromtimestamp(at, JST), cast(certificates.Reason, Reason.from_code(code).value))


def count(session: Session, usage: Usage) -> int:
    """How many certificates of a usage are revoked or held, expired ones too."""
    return session.scalar(select(func.count()).select_from(StandingRow).where(StandingRow.usage == usage)) or 0


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970 in UTC."""
    return (moment - _EPOCH) // timedelta(seconds=1)


def rebuild(connection: Connection) -> int:
    """Make the table anew from the record; returns how many certificates stand in it. In the memory of a few rows."""
    connection.execute(delete(StandingRow))
    standing = _folded(connection)
    rebuilt = 0
    while rows := list(islice(standing, _REBUILT_AT_ONCE)):
        connection.execute(insert(StandingRow), rows)
        rebuilt += len(rows)
    return rebuilt


def _folded(connection: Connection) -> Iterator[dict[str, Any]]:
    its_record = (RevocationRow.usage == CertificateRow.usage) & (RevocationRow.serial == CertificateRow.serial)
    query = (
        select(
            RevocationRow.usage, RevocationRow.serial, CertificateRow.generation, CertificateRow.municipality_code,
            CertificateRow.not_after, RevocationRow.at, RevocationRow.reason, RevocationRow.cause,
        )
        .join(CertificateRow, its_record)
        .order_by(RevocationRow.usage, RevocationRow.serial, RevocationRow.number)
    )  # fmt: skip
    rows = connection.execute(query, execution_options={"yield_per": _REBUILT_AT_ONCE})
    for _, record in groupby((_read(*row) for row in rows), key=lambda one: (one.usage, one.serial)):
        entries = list(record)
        fact = effective(one.entry for one in entries)
        if fact is not None:
            yield _row(entries[0], fact)


def _read(
    usage: str, serial: int, generation: int, code: str, not_after: datetime, at: datetime, reason: str, cause: str
) -> Addition:
    return Addition(usage, serial, generation, code, not_after, Entry(at, cast(EntryReason, reason)), cause)


def by_serial(
    view: View, usage: Usage, *, since: datetime = _EPOCH, generation: int | None = None
) -> Iterator[RevokedEntries]:
    """Everything that stands, in chunks, serials ascending: certificates that end at ``since`` or later."""
    sql, more = (_BY_SERIAL, ()) if generation is None else (f"{_BY_SERIAL} AND generation = $5", (generation,))
    ranges = [(usage, seconds(since), first, last, *more) for first, last in _ranges(view, usage)]
    for batch in view.read_ranges(f"{sql} ORDER BY serial", ranges):
        yield _entries(*batch)


def by_partition(view: View, usage: Usage, *, since: datetime = _EPOCH) -> Iterator[tuple[str, RevokedEntries]]:
    """The same by municipality: its code and a chunk of its entries; codes ascend, and within each the serials."""
    for batch in view.read(_BY_PARTITION, (usage, seconds(since))):
        partitions, *columns = batch
        borders = [0, *(np.flatnonzero(np.diff(partitions)) + 1).tolist(), len(partitions)]
        entries = _entries(*columns)
        for start, end in pairwise(borders):
            yield f"{partitions[start]:06}", entries.take(slice(start, end))


def _entries(serials: Column, packed: Column) -> RevokedEntries:
    """Columns as a list's entries: serials are positive and below 2^63, so signed and unsigned are the same bytes."""
    return RevokedEntries(serials.view(np.uint64), packed >> 4, (packed & 15).astype(np.uint8))


def _ranges(view: View, usage: Usage) -> list[tuple[int, int]]:
    """Ranges of serials for several threads, of about equal length if serials are spread evenly."""
    if view.threads == 1:
        return [(0, LAST_SERIAL)]
    first, last = _number(view, _FIRST, usage), _number(view, _LAST, usage)
    after = _number(view, _AFTER_A_RANGE, usage, _RANGE)
    if first is None or last is None or after is None:
        return [(0, LAST_SERIAL)]
    width = max(after - first, (last - first) // _MOST_RANGES + 1)
    return [(start, min(start + width - 1, last)) for start in range(first, last + 1, width)]


def _number(view: View, sql: str, *parameters: int | str) -> int | None:
    return next((int(column[0]) for (column,) in view.read(sql, parameters)), None)


def _chunks(serials: Sequence[int]) -> Iterator[Sequence[int]]:
    return (serials[start : start + _CHUNK] for start in range(0, len(serials), _CHUNK))
