"""Consents: given, withdrawn, expired, and the numbered feed that operators poll (rules FI-02, FI-09)."""

import secrets
from collections.abc import Sequence
from typing import cast

from sqlalchemy import func, select

from tegata.actors.jlis.rules import consent as rules
from tegata.actors.jlis.service import consent_records, relying_parties, statements
from tegata.actors.jlis.service.consent_records import Known
from tegata.actors.jlis.tables import CertificateRow, ConsentEventRow, ConsentRow
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.node.statements import Signed, read
from tegata.wire.consents import (
    NOT_A_RELYING_PARTY,
    NOT_YOURS,
    WRONG_STATEMENT,
    Channel,
    ConsentEvent,
    ConsentRecord,
    ConsentStatement,
    SignedStatement,
    WithdrawalStatement,
)
from tegata.wire.endpoint import AfterQuery, Page
from tegata.wire.problems import NOT_FOUND, Refused


def give(node: Node, signed: SignedStatement, caller: str) -> ConsentRecord:
    """Keep a consent once its signature, certificate and content are verified; the same one again is kept once.

    Raises BAD_SIGNATURE, CERTIFICATE_NOT_VALID, WRONG_STATEMENT or NOT_A_RELYING_PARTY; each refusal is in the audit.
    """
    try:
        verified = statements.verify(node, signed.document, "sign")
        statement = read(verified, "consent", ConsentStatement)
        rules.check_time(statement.stated_at, node.clock.now())
        if len(set(statement.items)) != len(statement.items):
            raise Refused(WRONG_STATEMENT, {"field": "items"})
        return _keep(node, signed, statement, verified, caller)
    except Refused as refused:
        statements.note_refusal(node, "consent-refused", caller, refused)
        raise


def _keep(
    node: Node, signed: SignedStatement, statement: ConsentStatement, verified: Signed, caller: str
) -> ConsentRecord:
    with node.database.begin() as tx:
        _check_party(tx, statement.relying_party, signed.channel, caller)
        earlier = _of_statement(tx, statement)
        if earlier is not None:
            if earlier.document != signed.document:
                raise Refused(WRONG_STATEMENT, {"field": "statement_id"})
            return consent_records.records(tx.session, [earlier], tx.now)[0]
        certificate = statements.signer(tx, "sign", verified.serial)
        row = _row(tx, signed, statement, certificate)
        tx.session.add(row)
        tx.session.flush()
        _append(tx, row.consent_id, "given")
        tx.record(
            "consent-given", subject=row.person_id, who=caller, to=row.relying_party, items=list[str](statement.items),
            purpose=row.purpose, basis=row.consent_id, detail={"channel": row.channel, "serial": row.serial},
        )  # fmt: skip
        return consent_records.records(tx.session, [row], tx.now)[0]


def _check_party(tx: Transaction, relying_party: str, channel: Channel, caller: str) -> None:
    """An operator speaks for its own relying parties; the portal shows those of all operators."""
    known = relying_parties.is_registered(tx.session, relying_party)
    if not known or (channel == "relying_party" and not relying_parties.is_of(tx.session, relying_party, caller)):
        raise Refused(NOT_A_RELYING_PARTY, {"relying_party": relying_party})


def _of_statement(tx: Transaction, statement: ConsentStatement) -> ConsentRow | None:
    return tx.session.scalar(
        select(ConsentRow).where(
            ConsentRow.relying_party == statement.relying_party, ConsentRow.statement_id == statement.statement_id
        )
    )


def _row(
    tx: Transaction, signed: SignedStatement, statement: ConsentStatement, certificate: CertificateRow
) -> ConsentRow:
    term = rules.term(tx.now)
    replaced = _standing(tx, certificate.person_id, statement)
    return ConsentRow(
        consent_id=f"c{secrets.token_hex(12)}",
        person_id=certificate.person_id,
        relying_party=statement.relying_party,
        relying_party_name=statement.relying_party_name,
        service=statement.service,
        service_name=statement.service_name,
        items=list(statement.items),
        purpose=statement.purpose,
        reference=statement.reference,
        channel=signed.channel,
        statement_id=statement.statement_id,
        document=signed.document,
        given_at=tx.now,
        valid_from=term.valid_from,
        valid_until=term.valid_until,
        serial=certificate.serial,
        replaces=replaced.consent_id if replaced else None,
    )


def _standing(tx: Transaction, person_id: str, statement: ConsentStatement) -> ConsentRow | None:
    """The consent to the same service that stands now, if one does: there is one for each service (FACTS section 5)."""
    query = select(ConsentRow).where(
        ConsentRow.person_id == person_id,
        ConsentRow.relying_party == statement.relying_party,
        ConsentRow.service == statement.service,
    )
    known = consent_records.known(tx.session, tx.session.scalars(query).all())
    standing = [one for one in known if one.replaced_from is None and one.state(tx.now) == "active"]
    return standing[0].row if standing else None


def _append(tx: Transaction, consent_id: str, kind: rules.EventKind, document: str | None = None) -> None:
    last = tx.session.scalar(select(func.max(ConsentEventRow.number))) or 0
    tx.session.add(ConsentEventRow(number=last + 1, consent_id=consent_id, kind=kind, at=tx.now, document=document))
    tx.session.flush()


def withdraw(node: Node, consent_id: str, signed: SignedStatement, caller: str) -> ConsentRecord:
    """Withdraw a consent, at once, with the signature certificate of whoever gave it; a second time changes nothing.

    Raises NOT_FOUND, NOT_YOURS, and what :func:`give` raises for a statement; each refusal is in the audit.
    """
    try:
        verified = statements.verify(node, signed.document, "sign")
        statement = read(verified, "withdrawal", WithdrawalStatement)
        rules.check_time(statement.stated_at, node.clock.now())
        if statement.consent_id != consent_id:
            raise Refused(WRONG_STATEMENT, {"field": "consent_id"})
        return _withdraw(node, consent_id, signed, verified, caller)
    except Refused as refused:
        statements.note_refusal(node, "withdrawal-refused", caller, refused)
        raise


def _withdraw(node: Node, consent_id: str, signed: SignedStatement, verified: Signed, caller: str) -> ConsentRecord:
    with node.database.begin() as tx:
        row = tx.session.get(ConsentRow, consent_id)
        if row is None:
            raise Refused(NOT_FOUND)
        if statements.signer(tx, "sign", verified.serial).person_id != row.person_id:
            raise Refused(NOT_YOURS)
        if consent_records.known(tx.session, [row])[0].state(tx.now) == "active":
            _append(tx, consent_id, "withdrawn", signed.document)
            tx.record(
                "consent-withdrawn", subject=row.person_id, who=caller, to=row.relying_party, basis=consent_id,
                purpose=row.purpose,
            )  # fmt: skip
        return consent_records.records(tx.session, [row], tx.now)[0]


def expire(node: Node) -> int:
    """Write an entry of the feed for each consent whose term has ended, by itself or by a newer one.

    Returns how many there were.
    """
    with node.database.begin() as tx:
        ended = [one for one in _without_end(tx) if one.state(tx.now) == "expired"]
        for one in ended:
            _append(tx, one.row.consent_id, "expired")
            tx.record(
                "consent-expired", subject=one.row.person_id, who="jlis", to=one.row.relying_party,
                basis=one.row.consent_id,
            )  # fmt: skip
    return len(ended)


def _without_end(tx: Transaction) -> Sequence[Known]:
    """Consents that can have ended without an entry in the feed: their own term is over, or a newer one began."""
    ended = select(ConsentEventRow.consent_id).where(ConsentEventRow.kind.in_(("withdrawn", "expired")))
    replaced = select(ConsentRow.replaces).where(ConsentRow.valid_from <= tx.now, ConsentRow.replaces.is_not(None))
    query = select(ConsentRow).where(
        ConsentRow.consent_id.not_in(ended), (ConsentRow.valid_until < tx.now) | ConsentRow.consent_id.in_(replaced)
    )
    return consent_records.known(tx.session, tx.session.scalars(query.order_by(ConsentRow.consent_id)).all())


def feed(node: Node, query: AfterQuery) -> Page[ConsentEvent]:
    """Entries above a number, oldest first, each with the consent as it is now."""
    wanted = select(ConsentEventRow, ConsentRow).join(ConsentRow).where(ConsentEventRow.number > query.after)
    now = node.clock.now()
    with node.database.read() as session:
        pairs = session.execute(wanted.order_by(ConsentEventRow.number).limit(query.limit + 1)).all()
        given = consent_records.records(session, [consent for _, consent in pairs], now)
    items = [
        ConsentEvent(number=event.number, kind=cast(rules.EventKind, event.kind), at=event.at, consent=record)
        for (event, _), record in zip(pairs, given, strict=True)
    ][: query.limit]
    return Page(items=items, next_cursor=str(items[-1].number) if len(pairs) > query.limit else None)
