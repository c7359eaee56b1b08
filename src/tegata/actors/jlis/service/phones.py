"""A phone's certificates: applied for with the card, revoked and resumed by their holder (SP-01, SP-03, SP-05).

Whoever brings a document that was carried out before gets the answer of then: what was signed once is done once.
"""

import hashlib
from typing import Final, TypeVar

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.actors.jlis.rules import phones as rules
from tegata.actors.jlis.rules.issue import Validity, read_public_key
from tegata.actors.jlis.service import authorities, issue, records, statements
from tegata.actors.jlis.service.revocations import Changed, end_all, named
from tegata.actors.jlis.tables import CertificateRow, Person, PhoneStatementRow
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.node.statements import Signed, read
from tegata.pki.profiles import USAGES
from tegata.wire.certificates import CertificateState, Issued, Usage
from tegata.wire.endpoint import Page
from tegata.wire.phones import PhoneApplication, PhoneCertificates, PhoneOrder, SignedApplication, SignedOrder
from tegata.wire.problems import CONFLICT, NOT_FOUND, Refused

APPLICATION: Final = "phone-application"
ORDER: Final = "phone-order"

AnswerT = TypeVar("AnswerT")


def apply(node: Node, signed: SignedApplication, caller: str) -> PhoneCertificates:
    """Issue both certificates of a phone; the person's earlier phone certificates end with that (superseded).

    Raises what :mod:`tegata.actors.jlis.rules.phones` lists, BAD_SIGNATURE, CERTIFICATE_NOT_VALID, WRONG_STATEMENT, or
    CONFLICT where the id is taken; each refusal is in the audit.
    """
    earlier = _answered(node, APPLICATION, signed.document, PhoneCertificates)
    if earlier is not None:
        return earlier
    try:
        verified = statements.verify(node, signed.document, "sign")
        application = read(verified, APPLICATION, PhoneApplication)
        keys = _proved_keys(application, signed, verified.payload)
        return _issue(node, signed, application, keys, verified, caller)
    except Refused as refused:
        statements.note_refusal(node, "phone-application-refused", caller, refused)
        raise


def _proved_keys(application: PhoneApplication, signed: SignedApplication, payload: bytes) -> rules.Keys:
    keys = rules.Keys(
        *(read_public_key(issue.decode_base64(key)) for key in (application.sign_key, application.auth_key))
    )
    rules.check_proof(keys.sign, issue.decode_base64(signed.sign_proof), payload, "sign")
    rules.check_proof(keys.auth, issue.decode_base64(signed.auth_proof), payload, "auth")
    return keys


def _issue(
    node: Node,
    signed: SignedApplication,
    application: PhoneApplication,
    keys: rules.Keys,
    verified: Signed,
    caller: str,
) -> PhoneCertificates:
    generations = {usage: authorities.newest(node, usage) for usage in USAGES}
    with node.database.begin() as tx:
        meanwhile = _repeated(tx, APPLICATION, application.application_id, signed.document, PhoneCertificates)
        if meanwhile is not None:
            return meanwhile
        card = statements.signer(tx, "sign", verified.serial)
        person = tx.session.get_one(Person, card.person_id)
        rules.check_application(
            application, _signer(tx, card), _owner(tx.session, application.phone_id),
            ended=records.has_ended(person), at=tx.now, lifetime=node.own.phone_lifetime,
        )  # fmt: skip
        rules.check_keys(keys, _card_keys(tx.session, person))
        cause = f"phone:{application.application_id}"
        before = records.certificates_of(tx.session, person.person_id, medium="phone")
        ended = end_all(tx, before, "superseded", cause)
        issued = {
            usage: _certificate(tx, generations[usage], application, card, person, getattr(keys, usage), node)
            for usage in USAGES
        }
        answer = PhoneCertificates(sign=issued["sign"], auth=issued["auth"])
        _keep(tx, APPLICATION, application.application_id, signed.document, application.phone_id, person, answer)
        detail = {
            "sign": answer.sign.serial, "auth": answer.auth.serial, "card": card.serial, "ended": named(ended),
        }  # fmt: skip
        tx.record("phone-certificates-issued", subject=person.person_id, who=caller, detail=detail)
    return answer


def _certificate(
    tx: Transaction,
    generation: authorities.Generation,
    application: PhoneApplication,
    card: CertificateRow,
    person: Person,
    key: rsa.RSAPublicKey,
    node: Node,
) -> Issued:
    """One of the two: to the end of the card's certificate, with the attributes of now."""
    usage = generation.authority.usage
    register = records.register_of(tx.session, person)
    before = records.newest_certificate(tx.session, person.person_id, usage, "phone")
    certificate = issue.certify(
        generation, authorities.next_serial(tx.session, usage), key, attributes=records.attributes_of(register),
        municipality_code=register.municipality_code,
        validity=Validity(tx.now.replace(microsecond=0), card.not_after), subject_key=node.secret("subject"),
        medium="phone",
    )  # fmt: skip
    row = issue.row_of(
        certificate, generation, person, register, issued_at=tx.now,
        on=issue.On("phone", application.phone_id, application.model, card.serial),
        application_id=f"phone:{application.application_id}:{usage}",
        content_hash=records.content_hash(application), replaces=before.serial if before else None,
    )  # fmt: skip
    tx.session.add(row)
    tx.session.flush()
    return issue.issued(row, generation.authority.certificate.public_bytes(Encoding.DER))


def _card_keys(session: Session, person: Person) -> list[rsa.RSAPublicKey]:
    """The keys of all certificates on the person's cards."""
    keys = (
        x509.load_der_x509_certificate(row.der).public_key()
        for row in records.certificates_of(session, person.person_id, medium="card")
    )
    return [key for key in keys if isinstance(key, rsa.RSAPublicKey)]


def order(node: Node, signed: SignedOrder, caller: str) -> Page[CertificateState]:
    """Revoke or resume the newest certificates of a phone; revoking what is revoked changes nothing.

    Raises what :mod:`tegata.actors.jlis.rules.phones` lists, BAD_SIGNATURE, CERTIFICATE_NOT_VALID, WRONG_STATEMENT,
    NOT_FOUND for a phone without certificates, NOT_SUSPENDED, or CONFLICT where the id is taken; each refusal is in the
    audit.
    """
    earlier = _answered(node, ORDER, signed.document, Page[CertificateState])
    if earlier is not None:
        return earlier
    try:
        usage, verified = statements.verify_even_if_held(node, signed.document)
        return _carry_out(node, signed, usage, verified, caller)
    except Refused as refused:
        statements.note_refusal(node, "phone-order-refused", caller, refused)
        raise


def _carry_out(node: Node, signed: SignedOrder, usage: Usage, verified: Signed, caller: str) -> Page[CertificateState]:
    wanted = read(verified, ORDER, PhoneOrder)
    with node.database.begin() as tx:
        meanwhile = _repeated(tx, ORDER, wanted.order_id, signed.document, Page[CertificateState])
        if meanwhile is not None:
            return meanwhile
        owner = _owner(tx.session, wanted.phone_id)
        if owner is None:
            raise Refused(NOT_FOUND)
        signer = _signer(tx, tx.session.get_one(CertificateRow, (usage, verified.serial)))
        rules.check_order(wanted, signer, owner, tx.now, node.own.phone_lifetime)
        rows = [row for row in _newest_of_phone(tx.session, wanted.phone_id) if row.usage in wanted.usages]
        if wanted.action == "resume":
            rules.check_resumable([records.state_now(tx.session, row, tx.now) for row in rows])
        changed = end_all(tx, rows, rules.reason_for(wanted), f"order:{wanted.order_id}")
        answer = Page(items=records.states(tx.session, rows, tx.now))
        _keep(tx, ORDER, wanted.order_id, signed.document, wanted.phone_id, tx.session.get_one(Person, owner), answer)
        _record(tx, wanted, signer, changed, caller)
    return answer


def _record(tx: Transaction, wanted: PhoneOrder, signer: rules.Signer, changed: list[Changed], caller: str) -> None:
    action = "phone-certificates-resumed" if wanted.action == "resume" else "phone-certificates-revoked"
    detail = {
        "certificates": named(changed), "occasion": wanted.occasion, "signed_by": f"{signer.medium}:{signer.usage}",
    }  # fmt: skip
    tx.record(action, subject=signer.person_id, who=caller, detail=detail)


def of_phone(node: Node, phone_id: str) -> Page[CertificateState]:
    """The newest certificates of a phone; none for an id that is not known."""
    now = node.clock.now()
    with node.database.read() as session:
        return Page(items=records.states(session, _newest_of_phone(session, phone_id), now))


def _newest_of_phone(session: Session, phone_id: str) -> list[CertificateRow]:
    query = select(CertificateRow).where(CertificateRow.card_id == phone_id, CertificateRow.medium == "phone")
    newest = {row.usage: row for row in session.scalars(query.order_by(CertificateRow.serial))}
    return [newest[usage] for usage in USAGES if usage in newest]


def _owner(session: Session, phone_id: str) -> str | None:
    rows = _newest_of_phone(session, phone_id)
    return rows[0].person_id if rows else None


def _signer(tx: Transaction, row: CertificateRow) -> rules.Signer:
    return rules.Signer(
        row.person_id, records.medium_of(row), records.usage_of(row), row.card_id,
        records.state_now(tx.session, row, tx.now),
    )  # fmt: skip


def _answered(node: Node, kind: str, document: str, answer: type[AnswerT]) -> AnswerT | None:
    """The answer to a document that was carried out before; its certificate may have ended by that very document."""
    query = select(PhoneStatementRow).where(
        PhoneStatementRow.document_hash == _hash(document), PhoneStatementRow.kind == kind
    )
    with node.database.read() as session:
        row = session.scalar(query)
        return None if row is None else msgspec.json.decode(row.answer, type=answer)


def _repeated(tx: Transaction, kind: str, statement_id: str, document: str, answer: type[AnswerT]) -> AnswerT | None:
    """The answer where another thread carried the document out meanwhile. Raises CONFLICT where the id is taken."""
    row = tx.session.get(PhoneStatementRow, (kind, statement_id))
    if row is None:
        return None
    if row.document_hash != _hash(document):
        raise Refused(CONFLICT, {"field": "application_id" if kind == APPLICATION else "order_id"})
    return msgspec.json.decode(row.answer, type=answer)


def _keep(
    tx: Transaction, kind: str, statement_id: str, document: str, phone_id: str, person: Person, answer: msgspec.Struct
) -> None:
    tx.session.add(
        PhoneStatementRow(
            kind=kind, statement_id=statement_id, document_hash=_hash(document), phone_id=phone_id,
            person_id=person.person_id, at=tx.now, answer=msgspec.json.encode(answer).decode(),
        )
    )  # fmt: skip


def _hash(document: str) -> bytes:
    return hashlib.sha256(document.encode("ascii")).digest()
