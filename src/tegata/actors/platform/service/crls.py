"""The list of the day is fetched, checked and used (③; FI-04, FI-06).

1. fetch what changed since the list in use                         else peer-unavailable, no-crl-yet
2. check it: form, issuer, signature, time, scope, number           else refused, and the list in use stays
3. whose certificates does it show as newly revoked?
4. keep the list, write the logs and the pushes in one transaction: killed before that, the whole is done again

Then the list must be the one of today: until it is, the job fails and is tried again.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session, undefer

from tegata.actors.platform import rules
from tegata.actors.platform.service import log, pointers
from tegata.actors.platform.service.pointers import Pointer
from tegata.actors.platform.tables import CrlAttemptRow, CrlRow
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.node.peers import Fetched
from tegata.node.trust import roots
from tegata.pki.crl import CrlRefused, Revocation, RevocationList, newly_revoked, read_crl, verify_crl
from tegata.pki.profiles import Usage
from tegata.wire.problems import Refused, problem
from tegata.wire.revocation import CRL, NO_CRL_YET, CrlQuery

WHOLE = "all"
LISTS_IN_MEMORY = 8
_kept: dict[str, RevocationList] = {}

CRL_NOT_ACCEPTED = problem(
    "crl-not-accepted",
    502,
    ja="受け取った失効リスト (CRL) を受け入れませんでした。前のリストを使い続けます。",
    en="The CRL that came was not accepted; the one before stays in use.",
    do_ja="理由を確かめ、J-LIS に連絡してください。",
    do_en="Look at the reason and tell J-LIS.",
)
CRL_NOT_OF_TODAY = problem(
    "crl-not-of-today",
    503,
    ja="今日の失効リスト (CRL) がまだ届いていません。",
    en="The CRL of today has not come yet.",
    do_ja="自動で取得をくり返します。続くときは J-LIS に連絡してください。",
    do_en="It is fetched again automatically; if this goes on, tell J-LIS.",
)


@dataclass(frozen=True)
class Known:
    """A list in use: its facts, and its entries read."""

    facts: rules.ListFacts
    etag: str
    crl: RevocationList


def refresh(node: Node, usage: Usage) -> str:
    """Steps 1 to 4; returns ``accepted`` or ``not-modified``. Raises ``Refused``; each attempt is kept."""
    known = in_use(node, usage)
    try:
        outcome = _refresh(node, usage, known)
    except Refused as refused:
        _note(node, usage, refused.code, str(refused.detail.get("cause", "")))
        raise
    _note(node, usage, outcome, "")
    if not rules.is_of_today(facts(node, usage), node.clock.now()):
        raise Refused(CRL_NOT_OF_TODAY, {"usage": usage})
    return outcome


def _refresh(node: Node, usage: Usage, known: Known | None) -> str:
    # 1. fetch
    fetched = node.fetch(
        CRL, path={"usage": usage, "partition": WHOLE}, query=CrlQuery(), etag=known.etag if known else ""
    )
    if fetched.not_modified:
        return "not-modified"
    # 2. check
    crl = _checked(node, usage, known, fetched.body)
    if known is not None and crl.number == known.facts.number:
        return "not-modified"
    # 3. who changed, 4. keep it with what follows from it
    _accept(node, usage, fetched, crl)
    return "accepted"


def _checked(node: Node, usage: Usage, known: Known | None, body: bytes) -> RevocationList:
    number = known.facts.number if known else None
    try:
        crl = verify_crl(body, roots(node, usage), at=node.clock.now(), previous_number=number)
    except CrlRefused as refused:
        raise Refused(CRL_NOT_ACCEPTED, {"usage": usage, "cause": refused.code}) from refused
    if known is not None and crl.number == number and hashlib.sha256(body).hexdigest() != known.facts.sha256:
        raise Refused(CRL_NOT_ACCEPTED, {"usage": usage, "cause": "same-number-other-content"})
    return crl


def _accept(node: Node, usage: Usage, fetched: Fetched, crl: RevocationList) -> None:
    with node.database.begin() as tx:
        before = _newest(tx.session, usage)
        # Another run may have been first since this one began.
        if before is not None and before.number >= crl.number:
            return
        news = list(_news(tx, before, crl)) if usage == "sign" else []
        row = _row(tx, usage, fetched, crl, before)
        row.changed = log.append(node, tx, news)
        tx.session.add(row)
        kept = CrlRow.number <= crl.number - node.own.crls_kept
        tx.session.execute(delete(CrlRow).where(CrlRow.usage == usage, kept))
        detail = {"usage": usage, "number": crl.number, "entries": len(crl.entries), "changed": row.changed}
        tx.record("crl-accepted", subject=None, who="jlis", detail=detail)


def _news(tx: Transaction, before: CrlRow | None, crl: RevocationList) -> Iterator[log.News]:
    earlier = _read(before).entries if before is not None else None
    standing = pointers.standing(tx.session, tx.now)
    revoked = newly_revoked(earlier, crl.entries)
    for pointer, revocation in rules.who_changed([each.rule for each in standing.values()], revoked):
        yield _revoked(standing[pointer.consent_id], revocation)


def _revoked(pointer: Pointer, revocation: Revocation) -> log.News:
    return log.News(
        pointer.relying_party, "certificate-revoked", revocation.at, pointer.consent_id, pointer.reference,
        pointer.serial, str(revocation.reason),
    )  # fmt: skip


def if_listed(session: Session, pointer: Pointer) -> list[log.News]:
    """The news that a consent's certificate stands on the list in use already: that list is not compared again."""
    row = _newest(session, "sign")
    revocation = _read(row).lookup(pointer.serial) if row is not None else None
    return [_revoked(pointer, revocation)] if revocation else []


def _read(row: CrlRow) -> RevocationList:
    """A list, its bytes fetched and read once for each; the row's session is open."""
    kept = _kept.get(row.sha256)
    if kept is None:
        while len(_kept) >= LISTS_IN_MEMORY:
            _kept.pop(next(iter(_kept)), None)
        kept = _kept[row.sha256] = read_crl(row.der)
    return kept


def _row(tx: Transaction, usage: Usage, fetched: Fetched, crl: RevocationList, before: CrlRow | None) -> CrlRow:
    return CrlRow(
        usage=usage, number=crl.number, etag=fetched.etag, sha256=hashlib.sha256(fetched.body).hexdigest(),
        this_update=crl.this_update, next_update=crl.next_update, entries=len(crl.entries),
        skipped=rules.skipped(_facts(before) if before else None, crl.number), changed=0, accepted_at=tx.now,
        der=fetched.body,
    )  # fmt: skip


def _note(node: Node, usage: Usage, outcome: str, detail: str) -> None:
    with node.database.begin() as tx:
        tx.session.add(CrlAttemptRow(usage=usage, at=tx.now, outcome=outcome, detail=detail))


def _newest(session: Session, usage: Usage) -> CrlRow | None:
    return session.scalar(_by_number(usage))


def _by_number(usage: Usage) -> Select[CrlRow]:
    return select(CrlRow).where(CrlRow.usage == usage).order_by(CrlRow.number.desc()).limit(1)


def _facts(row: CrlRow) -> rules.ListFacts:
    return rules.ListFacts(row.number, row.sha256, row.this_update, row.next_update)


def facts(node: Node, usage: Usage) -> rules.ListFacts | None:
    """The facts of the list in use."""
    with node.database.read() as session:
        row = _newest(session, usage)
        return _facts(row) if row else None


def in_use(node: Node, usage: Usage) -> Known | None:
    """The list in use, read once for each number."""
    with node.database.read() as session:
        row = _newest(session, usage)
        return Known(_facts(row), row.etag, _read(row)) if row else None


def handed_on(node: Node, usage: Usage) -> CrlRow:
    """The list in use with its bytes, for relying parties that match by themselves. Raises NO_CRL_YET."""
    with node.database.read() as session:
        row = session.scalar(_by_number(usage).options(undefer(CrlRow.der)))
    if row is None:
        raise Refused(NO_CRL_YET)
    return row


def attempts(node: Node, usage: Usage, limit: int = 20) -> list[CrlAttemptRow]:
    """The newest attempts, newest first."""
    query = select(CrlAttemptRow).where(CrlAttemptRow.usage == usage).order_by(CrlAttemptRow.number.desc())
    with node.database.read() as session:
        return list(session.scalars(query.limit(limit)))


def lists(node: Node, usage: Usage) -> list[CrlRow]:
    """The accepted lists, newest first."""
    with node.database.read() as session:
        return list(session.scalars(select(CrlRow).where(CrlRow.usage == usage).order_by(CrlRow.number.desc())))
