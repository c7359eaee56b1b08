"""The person behind a card or a phone: who it is, their certificates, consents, and who saw what (rule FI-09)."""

import base64
import hashlib
import hmac
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.actors.jlis.rules.consent import check_time
from tegata.actors.jlis.service import consent_records, records, relying_parties, statements
from tegata.actors.jlis.service.four_information import ACTION as ASKED
from tegata.actors.jlis.tables import ConsentRow, HandleRow, Person, RelyingPartyRow
from tegata.japan.four_attributes import ITEMS
from tegata.node.audit import entry_of
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.node.statements import read
from tegata.node.tables import AuditRow
from tegata.wire.certificates import CertificateState
from tegata.wire.consents import WRONG_STATEMENT, ConsentRecord
from tegata.wire.endpoint import Page, PageQuery
from tegata.wire.holders import Access, CardLogin, CertificateLogin, Holder, LoginStatement
from tegata.wire.problems import INVALID, NOT_FOUND, Refused

IDENTIFIED = "holder-identified"
CALLED = "caller-identified"
MOST_CHARACTERS = 80


def identify(node: Node, login: CardLogin, caller: str) -> Holder:
    """Who holds the card that signed this login; the four attributes only where the person agreed to give them.

    The nonce is the caller's to use once. Raises BAD_SIGNATURE, CERTIFICATE_NOT_VALID or WRONG_STATEMENT; each refusal
    is in the audit.
    """
    if len(login.on_behalf_of) > MOST_CHARACTERS:
        raise Refused(INVALID, {"field": "on_behalf_of"})
    try:
        verified = statements.verify(node, login.document, "auth")
        statement = read(verified, "login", LoginStatement)
        if (statement.audience, statement.nonce) != (login.audience, login.nonce):
            raise Refused(WRONG_STATEMENT, {"field": "nonce"})
        check_time(statement.stated_at, node.clock.now(), node.own.login_lifetime)
        return _identified(node, login, verified.serial, caller)
    except Refused as refused:
        statements.note_refusal(node, "identification-refused", caller, refused)
        raise


def identify_by_certificate(node: Node, login: CertificateLogin, caller: str) -> Holder:
    """The same for a TLS client certificate: the front that ended the handshake saw the proof of the private key.

    Raises BAD_SIGNATURE or CERTIFICATE_NOT_VALID; each refusal is in the audit.
    """
    if len(login.on_behalf_of) > MOST_CHARACTERS:
        raise Refused(INVALID, {"field": "on_behalf_of"})
    try:
        return _identified(node, login, statements.verify_certificate(node, login.certificate, "auth"), caller)
    except Refused as refused:
        statements.note_refusal(node, "identification-refused", caller, refused)
        raise


def _identified(node: Node, login: CardLogin | CertificateLogin, serial: int, caller: str) -> Holder:
    with node.database.begin() as tx:
        certificate = statements.signer(tx, "auth", serial)
        person = tx.session.get_one(Person, certificate.person_id)
        attributes = records.attributes_of(records.register_of(tx.session, person)) if login.with_attributes else None
        sub = handle(tx, node.secret("handles"), caller, person.person_id)
        tx.record(
            IDENTIFIED, subject=person.person_id, who=caller, to=login.on_behalf_of or caller,
            items=ITEMS if attributes else (), purpose="login", basis=certificate.medium, detail={"outcome": "given"},
        )  # fmt: skip
    return Holder(sub=sub, certificate_serial=certificate.serial, authenticated_at=tx.now, attributes=attributes)


def handle(tx: Transaction, key: bytes, client_id: str, person_id: str) -> str:
    """The handle of a person for one client: made from the person, so that it is the same after every reissue."""
    digest = hmac.new(key, f"{client_id}\0{person_id}".encode(), hashlib.sha256).digest()
    sub = base64.b32encode(digest[:20]).decode().lower()
    if tx.session.get(HandleRow, (client_id, sub)) is None:
        tx.session.add(HandleRow(client_id=client_id, sub=sub, person_id=person_id))
    return sub


def person_id_of(session: Session, caller: str, sub: str) -> str:
    """The person behind a handle of this caller. Raises NOT_FOUND."""
    row = session.get(HandleRow, (caller, sub))
    if row is None:
        raise Refused(NOT_FOUND)
    return row.person_id


def certificates(node: Node, sub: str, caller: str) -> Page[CertificateState]:
    """The person's certificates, oldest first. Raises NOT_FOUND for a handle that is not the caller's."""
    now = node.clock.now()
    with node.database.read() as session:
        rows = records.certificates_of(session, person_id_of(session, caller, sub))
        return Page(items=records.states(session, rows, now))


def certificates_of_resident(node: Node, resident_code: str) -> Page[CertificateState]:
    """The certificates of a resident, oldest first; none for a code that is not known."""
    now = node.clock.now()
    with node.database.read() as session:
        person = records.person_of_code(session, resident_code)
        rows = records.certificates_of(session, person.person_id) if person else []
        return Page(items=records.states(session, rows, now))


def consents(node: Node, sub: str, query: PageQuery, caller: str) -> Page[ConsentRecord]:
    """The person's consents, newest first. Raises NOT_FOUND, or INVALID for a cursor that is none."""
    now = node.clock.now()
    with node.database.read() as session:
        mine = ConsentRow.person_id == person_id_of(session, caller, sub)
        rows = list(session.scalars(select(ConsentRow).where(mine)))
        rows.sort(key=lambda row: (row.given_at, row.consent_id), reverse=True)
        start = _after([row.consent_id for row in rows], query.cursor)
        part = rows[start : start + query.limit]
        more = start + query.limit < len(rows)
        items = consent_records.records(session, part, now)
    return Page(items=items, next_cursor=items[-1].consent_id if more else None)


def _after(ids: list[str], cursor: str | None) -> int:
    if cursor is None:
        return 0
    if cursor not in ids:
        raise Refused(INVALID, {"field": "cursor"})
    return ids.index(cursor) + 1


def accesses(node: Node, sub: str, query: PageQuery, caller: str) -> Page[Access]:
    """Who saw which of the person's data, and who asked in vain, newest first, from the audit log."""
    if query.cursor is not None and not (query.cursor.isascii() and query.cursor.isdecimal()):
        raise Refused(INVALID, {"field": "cursor"})
    with node.database.read() as session:
        wanted = select(AuditRow).where(
            AuditRow.subject == person_id_of(session, caller, sub), AuditRow.action.in_((ASKED, IDENTIFIED, CALLED))
        )
        if query.cursor is not None:
            wanted = wanted.where(AuditRow.number < min(int(query.cursor), 2**62))
        rows = session.scalars(wanted.order_by(AuditRow.number.desc()).limit(query.limit + 1)).all()
        names = relying_parties.names(session)
    part = rows[: query.limit]
    return Page(
        items=[_access(row, names) for row in part],
        next_cursor=str(part[-1].number) if len(rows) > query.limit else None,
    )


def _access(row: AuditRow, names: dict[str, RelyingPartyRow]) -> Access:
    entry = entry_of(row)
    who = entry.to or entry.who
    detail: dict[str, Any] = entry.detail
    return Access(
        at=entry.at,
        who=who,
        who_name=names[who].name_ja if who in names else who,
        items=entry.items,
        purpose=entry.purpose,
        basis=entry.basis,
        outcome=str(detail.get("outcome", "")),
    )
