"""CRLs: the whole list, one for each municipality, and that of revoked authorities (rule FI-04; RFC 5280 section 5).

Every generation signs every list, with the same entries and the same number: a relying party holds certificates of
several generations under one issuer name, and verifies with whichever root it trusts. All lists of one due time carry
one number, which counts up by one from issue to issue.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session, undefer

from tegata.actors.jlis.rules.revocation import crl_next_update, stands_on_crl
from tegata.actors.jlis.service import authorities, status
from tegata.actors.jlis.service.status import RevokedRow
from tegata.actors.jlis.tables import CertificateRow, CrlRow
from tegata.japan.municipalities import municipality
from tegata.node.node import Node
from tegata.pki import names
from tegata.pki.crl import Reason, RevokedEntries, Scope, newly_revoked, read_crl, removed, write_crl
from tegata.pki.profiles import USAGES, Usage
from tegata.wire.problems import NOT_FOUND, Refused
from tegata.wire.revocation import NO_CRL_YET, CrlInfo

WHOLE, ARL = "all", "authority"
PARTITIONS_KEPT = 2
"""How many issues of a municipality's list are kept; of the whole list and the ARL the settings say it."""


@dataclass(frozen=True)
class _Facts:
    """What an issue is made of: the number, the revoked, the municipalities with certificates, the issue before."""

    number: int
    revoked: Sequence[RevokedRow]
    places: Sequence[str]
    previous: datetime | None


@dataclass(frozen=True)
class _Part:
    """One list of an issue."""

    partition: str
    name: x509.Name | None
    only: Scope | None
    entries: RevokedEntries


def issue_all(node: Node, due: datetime) -> int:
    """Issue the lists that were due at ``due``; returns how many, 0 where it was done before.

    All lists of a usage are committed together, so a run that was killed leaves none and is done again as a whole.
    """
    return sum(_issue(node, usage, due) for usage in USAGES)


def _issue(node: Node, usage: Usage, due: datetime) -> int:
    now = node.clock.now().replace(microsecond=0)
    with node.database.read() as session:
        if _is_issued(session, usage, due):
            return 0
        facts = _facts(session, usage)
    rows = [
        _row(part, generation, usage=usage, number=facts.number, due=due, now=now)
        for generation in authorities.generations(node, usage)
        for part in _parts(usage, facts)
    ]
    with node.database.begin() as tx:
        if _is_issued(tx.session, usage, due):
            return 0
        tx.session.execute(insert(CrlRow), rows)
        _forget_old(tx.session, usage, facts.number, node.own.crl_kept)
        detail = {"usage": usage, "number": facts.number, "entries": len(facts.revoked), "lists": len(rows)}
        tx.record("crl-issued", subject=None, who="jlis", detail=detail)
    return len(rows)


def _is_issued(session: Session, usage: Usage, due: datetime) -> bool:
    query = select(CrlRow.number).where(CrlRow.usage == usage, CrlRow.partition == WHOLE, CrlRow.due_at == due)
    return session.scalar(query.limit(1)) is not None


def _facts(session: Session, usage: Usage) -> _Facts:
    newest = select(CrlRow.number, CrlRow.this_update).where(CrlRow.usage == usage, CrlRow.partition == WHOLE)
    last = session.execute(newest.order_by(CrlRow.number.desc()).limit(1)).one_or_none()
    places = select(CertificateRow.municipality_code).where(CertificateRow.usage == usage).distinct()
    return _Facts(
        number=last.number + 1 if last else 1,
        revoked=status.revoked(session, usage),
        places=sorted(session.scalars(places)),
        previous=last.this_update if last else None,
    )


def _parts(usage: Usage, facts: _Facts) -> Iterable[_Part]:
    listed = [row for row in facts.revoked if stands_on_crl(row.not_after, facts.previous)]
    by_place = defaultdict[str, list[RevokedRow]](list)
    for row in listed:
        by_place[row.municipality_code].append(row)
    yield _Part(WHOLE, None, None, _entries(listed))
    yield _Part(ARL, names.root_name(usage), "authority", RevokedEntries.empty())
    for code in facts.places:
        yield _Part(code, names.partition_name(usage, municipality(code)), None, _entries(by_place[code]))


def _entries(rows: Iterable[RevokedRow]) -> RevokedEntries:
    return RevokedEntries.from_rows((row.serial, row.fact.at, Reason(row.fact.reason)) for row in rows)


def _row(
    part: _Part, generation: authorities.Generation, *, usage: Usage, number: int, due: datetime, now: datetime
) -> dict[str, Any]:
    next_update = crl_next_update(due)
    der = write_crl(
        generation.authority, part.entries, number=number, this_update=now, next_update=next_update,
        partition=part.name, only=part.only,
    )  # fmt: skip
    return {
        "usage": usage, "partition": part.partition, "generation": generation.number, "due_at": due, "number": number,
        "this_update": now, "next_update": next_update, "entries": len(part.entries), "size": len(der),
        "sha256": hashlib.sha256(der).hexdigest(), "der": der,
    }  # fmt: skip


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
class Difference:
    """What changed from the issue before to this one. ``before`` is its number, None where it is not kept."""

    before: int | None
    added: RevokedEntries
    gone: RevokedEntries


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
    old, new = None if before is None else read_crl(before.der).entries, read_crl(row.der).entries
    return Difference(before.number if before else None, newly_revoked(old, new), removed(old, new))
