"""The list of the day is fetched, checked and used (③; FI-04, FI-06).

1. fetch what changed since the list in use                         else peer-unavailable, no-crl-yet
2. check it: form, issuer, signature, time, scope, number           else refused, and the list in use stays
3. whose certificates does it show as newly revoked?
4. keep the list, write the logs and the pushes in one transaction: killed before that, the whole is done again

Then the list must be the one of today: until it is, the job fails and is tried again. A list may have tens of millions
of entries: it goes into a file as it comes, and is checked, compared and kept without ever being in memory as a whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, Final

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session, undefer

from tegata.actors.platform import rules
from tegata.actors.platform.service import log, pointers
from tegata.actors.platform.service.pointers import Pointer
from tegata.actors.platform.tables import CrlAttemptRow, CrlRow
from tegata.node.contents import Adding, Written
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.node.trust import roots
from tegata.pki.crl import CrlFile, CrlRefused, Revocation, Spool, news_between, read_crl_file, verify_crl_file
from tegata.pki.profiles import Usage
from tegata.wire.problems import Refused, problem
from tegata.wire.revocation import CRL, NO_CRL_YET, CrlQuery

WHOLE = "all"
_KEPT: Final = "list in use "
"""What the node keeps of each usage: the SHA-256 of a list, and its entries in a temporary file."""

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
    """A list in use: its facts, and its entries to be looked up."""

    facts: rules.ListFacts
    crl: CrlFile


def refresh(node: Node, usage: Usage) -> str:
    """Steps 1 to 4; returns ``accepted`` or ``not-modified``. Raises ``Refused``; each attempt is kept.

    Lists that were refused, or are not kept any longer, are removed at the end.
    """
    try:
        with node.contents.adding() as adding:
            outcome = _refresh(node, usage, adding)
    except Refused as refused:
        _note(node, usage, refused.code, str(refused.detail.get("cause", "")))
        raise
    finally:
        node.contents.sweep(lambda: _in_files(node))
    _note(node, usage, outcome, "")
    if not rules.is_of_today(facts(node, usage), node.clock.now()):
        raise Refused(CRL_NOT_OF_TODAY, {"usage": usage})
    return outcome


def _refresh(node: Node, usage: Usage, adding: Adding) -> str:
    known = _in_use(node, usage)
    # 1. fetch
    with adding.new() as content:
        fetched = node.fetch(
            CRL, path={"usage": usage, "partition": WHOLE}, query=CrlQuery(), etag=known.etag if known else "",
            into=content,
        )  # fmt: skip
    if fetched.not_modified:
        return "not-modified"
    # 2. check
    crl = _checked(node, usage, known, content.written)
    if known is not None and crl.facts.number == known.number:
        return "not-modified"
    # 3. who changed, 4. keep it with what follows from it
    new = _New(usage, fetched.etag, content.written, crl)
    while not _accepted(node, new):
        pass
    return "accepted"


def _checked(node: Node, usage: Usage, known: CrlRow | None, written: Written) -> CrlFile:
    number = known.number if known else None
    source = node.contents.path(written.sha256) if written.inline is None else BytesIO(written.inline)
    try:
        crl = verify_crl_file(source, roots(node, usage), at=node.clock.now(), previous_number=number)
    except CrlRefused as refused:
        raise Refused(CRL_NOT_ACCEPTED, {"usage": usage, "cause": refused.code}) from refused
    if known is not None and crl.facts.number == number and written.sha256 != known.sha256:
        raise Refused(CRL_NOT_ACCEPTED, {"usage": usage, "cause": "same-number-other-content"})
    return crl


@dataclass(frozen=True)
class _New:
    """A list that was checked, on its way to be the one in use."""

    usage: Usage
    etag: str
    written: Written
    crl: CrlFile


def _accepted(node: Node, new: _New) -> bool:
    """Compare the list with the one in use, and put it in its place; False where that was replaced meanwhile."""
    with node.database.read() as session:
        before = _newest(session, new.usage)
        earlier = _listed(node, before).entries if before is not None and new.usage == "sign" else None
    with Spool() as revoked:
        if new.usage == "sign":
            for chunk in news_between(earlier, new.crl.entries):
                revoked.add(chunk)
        with node.database.begin() as tx:
            newest = _newest(tx.session, new.usage)
            if newest is not None and newest.number >= new.crl.facts.number:
                return True
            if (newest.number if newest else 0) != (before.number if before else 0):
                return False
            _accept(node, tx, new, newest, revoked)
    node.state[_KEPT + new.usage] = (new.written.sha256, new.crl)
    return True


def _accept(node: Node, tx: Transaction, new: _New, before: CrlRow | None, revoked: Spool) -> None:
    row = _row(tx, new, before)
    row.changed = log.append(node, tx, _news(node, tx, revoked))
    tx.session.add(row)
    kept = CrlRow.number <= row.number - node.own.crls_kept
    tx.session.execute(delete(CrlRow).where(CrlRow.usage == new.usage, kept))
    detail = {"usage": new.usage, "number": row.number, "entries": row.entries, "changed": row.changed}
    tx.record("crl-accepted", subject=None, who="jlis", detail=detail)


def _news(node: Node, tx: Transaction, revoked: Spool) -> Iterator[log.News]:
    """Of each consent whose certificate is newly revoked, by serial."""
    if not len(revoked):
        return
    for serials in pointers.serials(node.database):
        for entries, part in revoked.among(serials):
            changed = rules.who_changed(part, entries)
            for pointer in pointers.standing(tx.session, tx.now, changed.serials.tolist()):
                revocation = changed.lookup(pointer.serial)
                assert revocation is not None
                yield _revoked(pointer, revocation)


def _revoked(pointer: Pointer, revocation: Revocation) -> log.News:
    return log.News(
        pointer.relying_party, "certificate-revoked", revocation.at, pointer.consent_id, pointer.reference,
        pointer.serial, str(revocation.reason),
    )  # fmt: skip


def if_listed(node: Node, session: Session, pointer: Pointer) -> list[log.News]:
    """The news that a consent's certificate stands on the list in use already: that list is not compared again."""
    row = _newest(session, "sign")
    revocation = _listed(node, row).lookup(pointer.serial) if row is not None else None
    return [_revoked(pointer, revocation)] if revocation else []


def _listed(node: Node, row: CrlRow) -> CrlFile:
    """A list's entries, read by this process once for each list; the row's session is open."""
    kept: tuple[str, CrlFile] | None = node.state.get(_KEPT + row.usage)
    if kept is None or kept[0] != row.sha256:
        with node.contents.open(row.sha256, row.size, row.der) as file:
            kept = node.state[_KEPT + row.usage] = (row.sha256, read_crl_file(file))
    return kept[1]


def _row(tx: Transaction, new: _New, before: CrlRow | None) -> CrlRow:
    listed, written = new.crl.facts, new.written
    return CrlRow(
        usage=new.usage, number=listed.number, etag=new.etag, sha256=written.sha256, size=written.size,
        this_update=listed.this_update, next_update=listed.next_update, entries=len(new.crl),
        skipped=rules.skipped(_facts(before) if before else None, listed.number), changed=0, accepted_at=tx.now,
        der=written.inline,
    )  # fmt: skip


def _in_files(node: Node) -> set[str]:
    with node.database.read() as session:
        return set(session.scalars(select(CrlRow.sha256).where(CrlRow.der.is_(None))))


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
    row = _in_use(node, usage)
    return _facts(row) if row else None


def in_use(node: Node, usage: Usage) -> Known | None:
    """The list in use; its entries are read once for each list."""
    with node.database.read() as session:
        row = _newest(session, usage)
        return Known(_facts(row), _listed(node, row)) if row else None


def _in_use(node: Node, usage: Usage) -> CrlRow | None:
    with node.database.read() as session:
        return _newest(session, usage)


def handed_on(node: Node, usage: Usage) -> CrlRow:
    """The list in use, for relying parties that match by themselves. Raises NO_CRL_YET."""
    with node.database.read() as session:
        row = session.scalar(_by_number(usage).options(undefer(CrlRow.der)))
    if row is None:
        raise Refused(NO_CRL_YET)
    return row


def opened(node: Node, row: CrlRow) -> BinaryIO:
    """The bytes of a list that was :func:`handed_on`, to be read. Raises what :meth:`Contents.open` raises."""
    return node.contents.open(row.sha256, row.size, row.der)


def attempts(node: Node, usage: Usage, limit: int = 20) -> list[CrlAttemptRow]:
    """The newest attempts, newest first."""
    query = select(CrlAttemptRow).where(CrlAttemptRow.usage == usage).order_by(CrlAttemptRow.number.desc())
    with node.database.read() as session:
        return list(session.scalars(query.limit(limit)))


def lists(node: Node, usage: Usage) -> list[CrlRow]:
    """The accepted lists, newest first."""
    with node.database.read() as session:
        return list(session.scalars(select(CrlRow).where(CrlRow.usage == usage).order_by(CrlRow.number.desc())))
