"""Consents: passed on to J-LIS and learned from its feed; nothing of the person is kept (FI-02, FI-09)."""

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tegata.actors.platform import rules
from tegata.actors.platform.service import crls, log, parties
from tegata.actors.platform.service.pointers import Pointer
from tegata.actors.platform.tables import ConsentEndRow, ConsentRow, PointerRow
from tegata.japan.four_attributes import Item
from tegata.node import statements
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.node.tables import ValueRow
from tegata.node.trust import by_ocsp, validator
from tegata.pki.validation import ByCrl, Revocation
from tegata.wire.changes import ChangeKind
from tegata.wire.consents import (
    FEED,
    GIVE,
    Channel,
    ConsentEvent,
    ConsentRecord,
    ConsentState,
    ConsentStatement,
    SignedStatement,
)
from tegata.wire.endpoint import AfterQuery, Page, PageQuery
from tegata.wire.problems import Refused

POSITION = "consent feed"
PAGE = 1000


def give(node: Node, party: str, signed: SignedStatement) -> ConsentRecord:
    """Check a consent that a relying party collected, and pass it on. Raises ``Refused`` (the refusals of FI-02)."""
    now = node.clock.now()
    verified = statements.verify(
        validator(node, "sign"), signed.document, usage="sign", at=now, revocation=_revocation(node, signed, now)
    )
    statement = statements.read(verified, "consent", ConsentStatement)
    with node.database.read() as session:
        denied = rules.may_collect(parties.facts(session, party), party, statement)
    if denied is not None:
        raise Refused(denied.problem, denied.detail)
    passed_on = SignedStatement(document=signed.document, channel="relying_party")
    record = node.call(GIVE, passed_on, key=f"consent.{party}.{statement.statement_id}")
    with node.database.begin() as tx:
        keep(node, tx, record)
    return record


def _revocation(node: Node, signed: SignedStatement, at: datetime) -> Revocation:
    """By the list of today; by OCSP where that is not there, or has the certificate on hold: a hold can be over."""
    known, certificate = crls.in_use(node, "sign"), statements.certificate_of(signed.document)
    if known is None or not rules.is_of_today(known.facts, at):
        return by_ocsp(node, "sign", certificate)
    listed = known.crl.lookup(certificate.serial_number)
    if rules.may_be_over(listed):
        return by_ocsp(node, "sign", certificate)
    return ByCrl(known.crl.about(certificate.serial_number))


def keep(node: Node, tx: Transaction, record: ConsentRecord) -> None:
    """Keep a consent, once; the log tells its party, and at once if the certificate stands on the list in use."""
    if not write(tx, record):
        return
    tx.record("consent-kept", subject=record.consent_id, who=record.relying_party, basis=record.consent_id)
    log.append(node, tx, [_news(record, "consent-given", record.given_at)])
    point(node, tx, Pointer(record.consent_id, record.relying_party, record.reference, record.serial))


def write(tx: Transaction, record: ConsentRecord) -> bool:
    """Write the rows of a consent; False where it is kept already."""
    if tx.session.get(ConsentRow, record.consent_id) is not None:
        return False
    tx.session.add(
        ConsentRow(
            consent_id=record.consent_id, relying_party=record.relying_party,
            relying_party_name=record.relying_party_name, service=record.service, service_name=record.service_name,
            items=list(record.items), purpose=record.purpose, reference=record.reference, channel=record.channel,
            given_at=record.given_at, valid_from=record.valid_from, valid_until=record.valid_until, learned_at=tx.now,
        )
    )  # fmt: skip
    tx.session.flush()
    tx.session.add(PointerRow(consent_id=record.consent_id, serial=record.serial, since=tx.now))
    tx.session.flush()
    return True


def point(node: Node, tx: Transaction, pointer: Pointer) -> None:
    """Let a consent point to a certificate from now on."""
    tx.session.merge(PointerRow(consent_id=pointer.consent_id, serial=pointer.serial, since=tx.now))
    tx.session.flush()
    log.append(node, tx, crls.if_listed(node, tx.session, pointer))


def learn(node: Node) -> int:
    """Read J-LIS's consent feed on from where it was left; returns how many entries there were."""
    read = 0
    while items := node.call(FEED, query=AfterQuery(after=_position(node), limit=PAGE)).items:
        with node.database.begin() as tx:
            for event in items:
                _learn(node, tx, event)
            move_on(tx, items[-1].number)
        read += len(items)
    return read


def move_on(tx: Transaction, number: int) -> None:
    """The feed was read up to a number."""
    tx.session.merge(ValueRow(name=POSITION, value={"number": number}))


def _position(node: Node) -> int:
    return int(node.kept(POSITION).get("number", 0))


def _learn(node: Node, tx: Transaction, event: ConsentEvent) -> None:
    record = event.consent
    if parties.facts(tx.session, record.relying_party) is None:
        return
    keep(node, tx, record)
    if event.kind == "given" or tx.session.get(ConsentEndRow, (record.consent_id, event.kind)) is not None:
        return
    tx.session.add(ConsentEndRow(consent_id=record.consent_id, kind=event.kind, at=event.at))
    tx.record(f"consent-{event.kind}", subject=record.consent_id, who="jlis", basis=record.consent_id)
    kind: ChangeKind = "consent-withdrawn" if event.kind == "withdrawn" else "consent-expired"
    log.append(node, tx, [_news(record, kind, event.at)])


def _news(record: ConsentRecord, kind: ChangeKind, at: datetime) -> log.News:
    return log.News(record.relying_party, kind, at, record.consent_id, record.reference, record.serial)


def of_party(node: Node, party: str, query: PageQuery) -> Page[ConsentRecord]:
    """A party's consents with their state, by id (FI-09)."""
    wanted = (
        select(ConsentRow, PointerRow.serial)
        .join(PointerRow, PointerRow.consent_id == ConsentRow.consent_id)
        .where(ConsentRow.relying_party == party, ConsentRow.consent_id > (query.cursor or ""))
        .order_by(ConsentRow.consent_id)
        .limit(query.limit + 1)
    )
    with node.database.read() as session:
        rows = session.execute(wanted).all()
        ends = _ends(session, [row.consent_id for row, _ in rows])
    records = [_record(row, serial, ends.get(row.consent_id, []), node.clock.now()) for row, serial in rows]
    items = records[: query.limit]
    return Page(items=items, next_cursor=items[-1].consent_id if len(records) > query.limit else None)


def _ends(session: Session, consent_ids: Iterable[str]) -> dict[str, list[ConsentEndRow]]:
    ends: dict[str, list[ConsentEndRow]] = {}
    for row in session.scalars(select(ConsentEndRow).where(ConsentEndRow.consent_id.in_(list(consent_ids)))):
        ends.setdefault(row.consent_id, []).append(row)
    return ends


def _record(row: ConsentRow, serial: int, ends: list[ConsentEndRow], at: datetime) -> ConsentRecord:
    withdrawn = next((end.at for end in ends if end.kind == "withdrawn"), None)
    state: ConsentState = "withdrawn" if withdrawn else "expired" if ends or row.valid_until < at else "active"
    return ConsentRecord(
        consent_id=row.consent_id, relying_party=row.relying_party, relying_party_name=row.relying_party_name,
        service=row.service, service_name=row.service_name, items=cast("list[Item]", row.items), purpose=row.purpose,
        reference=row.reference, channel=cast("Channel", row.channel), state=state, given_at=row.given_at,
        valid_from=row.valid_from, valid_until=row.valid_until, withdrawn_at=withdrawn, serial=serial,
    )  # fmt: skip


def facts(session: Session, consent_id: str) -> tuple[rules.ConsentFacts, Pointer] | None:
    """What the rules need to know of a consent, and where it points; None where it is not known."""
    row, pointer = session.get(ConsentRow, consent_id), session.get(PointerRow, consent_id)
    if row is None or pointer is None:
        return None
    ends = {end.kind: end.at for end in _ends(session, [consent_id]).get(consent_id, [])}
    known = rules.ConsentFacts(row.relying_party, row.valid_until, ends.get("withdrawn"), ends.get("expired"))
    return known, Pointer(consent_id, row.relying_party, row.reference, pointer.serial)


def counts(session: Session, at: datetime) -> dict[str, int]:
    """How many consents of each party count now."""
    ended = select(ConsentEndRow.consent_id)
    query = select(ConsentRow.relying_party, func.count()).where(
        ConsentRow.valid_until >= at, ConsentRow.consent_id.not_in(ended)
    )
    return dict(session.execute(query.group_by(ConsentRow.relying_party)).all())
