"""CRLs: the whole list, one for each municipality, and that of revoked authorities (rule FI-04; RFC 5280 section 5).

Every generation signs every list, with the same entries and the same number: a relying party holds certificates of
several generations under one issuer name, and verifies with whichever root it trusts. All lists of one due time carry
one number, which counts up by one from issue to issue.

What stands is read in columns, whole by serial and once more by municipality, from one state of the database; nothing
here grows with the number of entries (docs/decisions/0015).
"""

from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Final

from cryptography import x509
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session, undefer

from tegata.actors.jlis.rules.revocation import crl_next_update, listed_from
from tegata.actors.jlis.service import authorities, records, standing
from tegata.actors.jlis.tables import CertificateRow, CrlRow
from tegata.japan.municipalities import municipality
from tegata.node.bulk.views import view_of
from tegata.node.contents import Adding, Written
from tegata.node.node import Node
from tegata.pki import names
from tegata.pki.crl import (
    CrlFile,
    Revocation,
    RevokedEntries,
    Scope,
    Spool,
    news_between,
    read_crl_file,
    removed,
    stream_crl,
)
from tegata.pki.profiles import USAGES, Usage
from tegata.wire.problems import NOT_FOUND, Refused
from tegata.wire.revocation import NO_CRL_YET, CrlInfo

WHOLE, ARL = "all", "authority"
PARTITIONS_KEPT = 2
"""How many issues of a municipality's list are kept; of the whole list and the ARL the settings say it."""

IN_MEMORY: Final = 1 << 26
"""Bytes of small lists that wait in memory for the commit; what is more waits in a temporary file."""
ROWS_AT_ONCE: Final = 64
SHOWN: Final = 200
"""How many entries of a comparison are told one by one."""


@dataclass(frozen=True)
class _Issue:
    """What an issue is made of. ``places``: the municipalities with certificates; ``previous``: of the issue before."""

    usage: Usage
    generations: list[authorities.Generation]
    number: int
    due: datetime
    now: datetime
    places: list[str]
    previous: datetime | None


@dataclass(frozen=True)
class _Part:
    """One list of an issue."""

    partition: str
    name: x509.Name | None
    only: Scope | None
    entries: Spool


def issue_all(node: Node, due: datetime) -> int:
    """Issue the lists that were due at ``due``; returns how many, 0 where it was done before.

    All lists of a usage are committed together, so a run that was killed leaves none and is done again as a whole.
    Files that no list refers to any more, or that a killed run left, are removed at the end.
    """
    made = sum(_issue(node, usage, due) for usage in USAGES)
    node.contents.sweep(lambda: _in_files(node))
    return made


def _issue(node: Node, usage: Usage, due: datetime) -> int:
    now = node.clock.now().replace(microsecond=0)
    generations = authorities.generations(node, usage)
    with node.database.read() as session:
        if _is_issued(session, usage, due):
            return 0
        issue = _facts(session, usage, generations, due, now)
    with node.contents.adding() as adding, closing(_Waiting(node.settings.data_dir)) as waiting:
        with closing(_parts(node, issue)) as parts:
            for part in parts:
                waiting.extend(_signed(issue, part, adding))
        return _commit(node, issue, waiting)


def _commit(node: Node, issue: _Issue, waiting: "_Waiting") -> int:
    """All lists at once, unless another run was faster."""
    with node.database.begin() as tx:
        if _is_issued(tx.session, issue.usage, issue.due):
            return 0
        for rows in records.chunks(waiting.rows, ROWS_AT_ONCE):
            tx.session.execute(insert(CrlRow), [waiting.whole(row) for row in rows])
        _forget_old(tx.session, issue.usage, issue.number, node.own.crl_kept)
        detail = {
            "usage": issue.usage, "number": issue.number, "entries": waiting.rows[0]["entries"],
            "lists": len(waiting.rows),
        }  # fmt: skip
        tx.record("crl-issued", subject=None, who="jlis", detail=detail)
    return len(waiting.rows)


class _Waiting:
    """Rows that wait for the commit; the small lists' bytes, together, may be many."""

    def __init__(self, folder: Path) -> None:
        self.rows: list[dict[str, Any]] = []
        self._bytes = SpooledTemporaryFile(IN_MEMORY, dir=str(folder))  # noqa: SIM115 - closed by close

    def extend(self, made: Iterable[tuple[dict[str, Any], Written]]) -> None:
        """Keep rows, and the bytes of lists that stand in them."""
        for row, written in made:
            if written.inline is None:
                self.rows.append(row | {"der": None})
            else:
                self.rows.append(row | {"der": self._bytes.tell()})
                self._bytes.write(written.inline)

    def whole(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row with its bytes."""
        if row["der"] is None:
            return row
        self._bytes.seek(row["der"])
        return row | {"der": self._bytes.read(row["size"])}

    def close(self) -> None:
        """Forget the bytes."""
        self._bytes.close()


def _is_issued(session: Session, usage: Usage, due: datetime) -> bool:
    query = select(CrlRow.number).where(CrlRow.usage == usage, CrlRow.partition == WHOLE, CrlRow.due_at == due)
    return session.scalar(query.limit(1)) is not None


def _facts(
    session: Session, usage: Usage, generations: list[authorities.Generation], due: datetime, now: datetime
) -> _Issue:
    newest = select(CrlRow.number, CrlRow.this_update).where(CrlRow.usage == usage, CrlRow.partition == WHOLE)
    last = session.execute(newest.order_by(CrlRow.number.desc()).limit(1)).one_or_none()
    return _Issue(
        usage=usage, generations=generations, number=last.number + 1 if last else 1, due=due, now=now,
        places=_places(session, usage), previous=last.this_update if last else None,
    )  # fmt: skip


def _places(session: Session, usage: Usage) -> list[str]:
    """The municipalities that issued certificates: from one to the next in the index, not over all certificates."""
    mine = CertificateRow.usage == usage
    first = select(func.min(CertificateRow.municipality_code).label("code")).where(mine)
    places = first.cte("places", recursive=True)
    following = select(func.min(CertificateRow.municipality_code)).where(
        mine, CertificateRow.municipality_code > places.c.code
    )
    places = places.union_all(select(following.scalar_subquery()).where(places.c.code.is_not(None)))
    return list(session.scalars(select(places.c.code).where(places.c.code.is_not(None))))


def _parts(node: Node, issue: _Issue) -> Generator[_Part, None, None]:
    """The lists one after the other, each to be used before the next is asked for; the whole one first."""
    since, folder = listed_from(issue.previous), node.settings.data_dir
    with view_of(node.database) as view:
        with spooled(standing.by_serial(view, issue.usage, since=since), folder) as entries:
            yield _Part(WHOLE, None, None, entries)
        with spooled((), folder) as entries:
            yield _Part(ARL, names.root_name(issue.usage), "authority", entries)
        without = set(issue.places)
        for code, found in groupby(standing.by_partition(view, issue.usage, since=since), itemgetter(0)):
            without.discard(code)
            with spooled((chunk for _, chunk in found), folder) as entries:
                yield _municipality(issue.usage, code, entries)
    with spooled((), folder) as entries:
        yield from (_municipality(issue.usage, code, entries) for code in sorted(without))


def _municipality(usage: Usage, code: str, entries: Spool) -> _Part:
    return _Part(code, names.partition_name(usage, municipality(code)), None, entries)


@contextmanager
def spooled(chunks: Iterable[RevokedEntries], folder: Path) -> Iterator[Spool]:
    """Chunks in a spool in ``folder``, for as long as the block lasts: each generation signs the same."""
    with Spool(folder) as entries:
        for chunk in chunks:
            entries.add(chunk)
        yield entries


def _signed(issue: _Issue, part: _Part, adding: Adding) -> Iterator[tuple[dict[str, Any], Written]]:
    """A list as each generation signs it."""
    next_update = crl_next_update(issue.due)
    for generation in issue.generations:
        with adding.new() as content:
            stream_crl(
                content, generation.authority, part.entries, number=issue.number, this_update=issue.now,
                next_update=next_update, partition=part.name, only=part.only,
            )  # fmt: skip
        written = content.written
        yield {
            "usage": issue.usage, "partition": part.partition, "generation": generation.number, "due_at": issue.due,
            "number": issue.number, "this_update": issue.now, "next_update": next_update,
            "entries": len(part.entries), "size": written.size, "sha256": written.sha256,
        }, written  # fmt: skip


def _in_files(node: Node) -> set[str]:
    with node.database.read() as session:
        return set(session.scalars(select(CrlRow.sha256).where(CrlRow.der.is_(None))))


def _forget_old(session: Session, usage: Usage, number: int, kept: int) -> None:
    for partitions, issues in (
        (CrlRow.partition.in_((WHOLE, ARL)), kept),
        (~CrlRow.partition.in_((WHOLE, ARL)), PARTITIONS_KEPT),
    ):
        session.execute(delete(CrlRow).where(CrlRow.usage == usage, partitions, CrlRow.number <= number - issues))


def newest(node: Node, usage: Usage, partition: str, generation: int | None = None) -> CrlRow:
    """The newest list of a partition, with its bytes, signed by the newest or the named generation.

    Raises NO_CRL_YET, or NOT_FOUND for a partition without certificates.
    """
    query = select(CrlRow).where(CrlRow.usage == usage, CrlRow.partition == partition)
    if generation is not None:
        query = query.where(CrlRow.generation == generation)
    query = query.order_by(CrlRow.number.desc(), CrlRow.generation.desc()).limit(1)
    with node.database.read() as session:
        row = session.scalar(query.options(undefer(CrlRow.der)))
        if row is None:
            raise Refused(NOT_FOUND if newest_number(session, usage) else NO_CRL_YET)
    return row


def opened(node: Node, row: CrlRow) -> BinaryIO:
    """The bytes of a list that was read with them, to be read. Raises what :meth:`Contents.open` raises."""
    return node.contents.open(row.sha256, row.size, row.der)


def newest_number(session: Session, usage: Usage) -> int:
    """The number of the newest issue, 0 where there is none."""
    return session.scalar(select(func.max(CrlRow.number)).where(CrlRow.usage == usage)) or 0


def current(node: Node) -> list[CrlRow]:
    """The lists of the newest issue of both usages: every partition and generation, without their bytes."""
    with node.database.read() as session:
        rows: list[CrlRow] = []
        for usage in USAGES:
            number = newest_number(session, usage)
            query = select(CrlRow).where(CrlRow.usage == usage, CrlRow.number == number)
            rows += session.scalars(query.order_by(CrlRow.partition, CrlRow.generation))
    return rows


def info(row: CrlRow) -> CrlInfo:
    """A list as callers see it."""
    return CrlInfo(
        usage=row.usage, partition=row.partition, generation=row.generation, number=row.number,
        this_update=row.this_update, next_update=row.next_update, entries=row.entries, size=row.size,
        sha256=row.sha256,
    )  # fmt: skip


@dataclass(frozen=True)
class Found:
    """Entries in which lists differ: how many, and the first :data:`SHOWN` of them."""

    total: int
    first: list[Revocation]


@dataclass(frozen=True)
class Difference:
    """What changed from the issue before to this one. ``before`` is its number, None where it is not kept."""

    before: int | None
    added: Found
    gone: Found


def one(node: Node, usage: Usage, partition: str, number: int, generation: int) -> CrlRow:
    """One list of any issue that is kept, with its bytes. Raises NOT_FOUND."""
    query = select(CrlRow).where(
        CrlRow.usage == usage, CrlRow.partition == partition, CrlRow.number == number, CrlRow.generation == generation
    )
    with node.database.read() as session:
        row = session.scalar(query.options(undefer(CrlRow.der)))
    if row is None:
        raise Refused(NOT_FOUND)
    return row


def history(node: Node, usage: Usage, partition: str, generation: int) -> list[CrlRow]:
    """The issues of one list that are kept, newest first, without their bytes."""
    query = select(CrlRow).where(CrlRow.usage == usage, CrlRow.partition == partition, CrlRow.generation == generation)
    with node.database.read() as session:
        return list(session.scalars(query.order_by(CrlRow.number.desc())))


def difference(node: Node, row: CrlRow) -> Difference:
    """What is new and what is gone since the issue before."""
    query = select(CrlRow).where(
        CrlRow.usage == row.usage, CrlRow.partition == row.partition, CrlRow.generation == row.generation,
        CrlRow.number < row.number,
    ).order_by(CrlRow.number.desc()).limit(1)  # fmt: skip
    with node.database.read() as session:
        before = session.scalar(query.options(undefer(CrlRow.der)))
    with ExitStack() as stack:
        old = None if before is None else stack.enter_context(_entries(node, before))
        new = stack.enter_context(_entries(node, row))
        gone = _found(()) if old is None else _found(_removed(old.entries, new.entries))
        added = _found(news_between(None if old is None else old.entries, new.entries))
    return Difference(before.number if before else None, added, gone)


def _entries(node: Node, row: CrlRow) -> CrlFile:
    with opened(node, row) as der:
        return read_crl_file(der)


def _removed(old: Spool, new: Spool) -> Iterator[RevokedEntries]:
    return (removed(before, now) for chunk in old.chunks() for now, before in new.beside(chunk))


def _found(chunks: Iterable[RevokedEntries]) -> Found:
    total, first = 0, list[Revocation]()
    for chunk in chunks:
        total += len(chunk)
        first += islice(chunk, SHOWN - len(first))
    return Found(total, first)
