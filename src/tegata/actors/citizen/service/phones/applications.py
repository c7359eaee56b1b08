"""Applying for a phone's certificates (rules SP-01, SP-05).

draft   the card is chosen, then the phone's password and PIN
signed  the element has made two key pairs, the card has signed, each key has signed the proof: kept in one transaction
done    both certificates are in the element, and this element takes the place of the one before, in one transaction
refused J-LIS said no; the phone is as it was

Between signed and done the same bytes are sent, under the same application id, until they are answered: a kill, a
portal that is down, or an answer that is lost costs nothing, and J-LIS issues one pair. Until done the phone works with
what it had. [GAP]: that the element keeps old and new keys side by side meanwhile is our choice.
"""

import base64
import secrets

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.actors.citizen.problems import MALFORMED_PIN, NO_CERTIFICATE, PHONE_BUSY
from tegata.actors.citizen.service import cards, memory, signing
from tegata.actors.citizen.service.phones import element, shelf
from tegata.actors.citizen.service.phones.models import model_of
from tegata.actors.citizen.service.phones.talk import Outcome, ask, ended
from tegata.actors.citizen.tables import CardRow, PhoneApplicationRow, PhoneRow
from tegata.card import Card, MalformedPin
from tegata.card.client import encode_pin
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.wire.certificates import CertificateState, Issued, Usage
from tegata.wire.phones import APPLY, PhoneApplication, PhoneCertificates, SignedApplication
from tegata.wire.problems import CONFLICT, NOT_FOUND, ProblemType, Refused


def cards_of(node: Node, phone_id: str) -> list[CardRow]:
    """The cards of a phone's holder, the newest first. Raises NOT_FOUND."""
    with node.database.read() as session:
        person_id = cards.card_row(session, phone_id).person_id
        query = select(CardRow).where(CardRow.person_id == person_id, CardRow.medium == "card")
        return list(session.scalars(query.order_by(CardRow.received_at.desc(), CardRow.card_id)))


def begin(node: Node, phone_id: str, card_id: str) -> str:
    """The holder lays one of their cards on the phone; returns the application's id. A draft begins anew.

    Raises ``Refused``: not-found, phone-not-here, phone-has-something-open, card-without-certificate.
    """
    with node.database.begin() as tx:
        shelf.here(tx.session, phone_id)
        card = _card_of_holder(tx.session, phone_id, card_id)
        if not signing.can(card, "sign"):
            raise Refused(NO_CERTIFICATE)
        before = open_one(tx.session, phone_id)
        if before is not None and before.state == "signed":
            raise Refused(PHONE_BUSY)
        if before is not None:
            tx.session.delete(before)
        row = PhoneApplicationRow(
            application_id=f"a{secrets.token_hex(16)}", phone_id=phone_id, state="draft", card_id=card_id,
            begun_at=tx.now,
        )  # fmt: skip
        tx.session.add(row)
        return row.application_id


def choose_pin(node: Node, phone_id: str, usage: Usage, pin: str) -> None:
    """The phone's password (sign) or PIN (auth) is chosen. Raises ``Refused``: card-malformed-pin, conflict."""
    try:
        encode_pin(usage, pin)
    except MalformedPin as error:
        raise Refused(MALFORMED_PIN) from error
    with node.database.begin() as tx:
        shelf.here(tx.session, phone_id)
        row = open_one(tx.session, phone_id)
        if row is None or row.state != "draft":
            raise Refused(CONFLICT)
        row.pins = msgspec.json.encode({**_pins(row), usage: pin}).decode()


def chosen(row: PhoneApplicationRow) -> set[Usage]:
    """The usages whose PIN was chosen in a draft."""
    return set(_pins(row))


def sign(node: Node, phone_id: str, card_password: str) -> str:
    """Make the keys, have the card sign, prove the keys; returns the application's id. Nothing is sent yet.

    Raises ``Refused``: conflict where the draft is not complete, and what the card says
    (:func:`signing.sign_with_card`).
    """
    with node.database.read() as session:
        shelf.here(session, phone_id)
        row, model = open_one(session, phone_id), model_of(shelf.phone_row(session, phone_id).model)
    if row is None or row.state != "draft" or chosen(row) != {"auth", "sign"} or model is None:
        raise Refused(CONFLICT)
    pins = _pins(row)
    new = element.with_new_keys(node, phone_id, pins)
    application = PhoneApplication(
        application_id=row.application_id, phone_id=phone_id, model=model.name, stated_at=node.clock.now(),
        sign_key=_key(node, phone_id, new, "sign"), auth_key=_key(node, phone_id, new, "auth"),
    )  # fmt: skip
    payload = msgspec.json.encode(application)
    proofs = {usage: element.proof(new, usage, pins[usage], payload) for usage in pins}

    def keep(tx: Transaction, document: str) -> None:
        kept = tx.session.get(PhoneApplicationRow, application.application_id)
        if kept is None or kept.state != "draft" or _pins(kept) != pins:
            raise Refused(CONFLICT)
        kept.state, kept.document, kept.element = "signed", document, new.dump()
        kept.sign_proof, kept.auth_proof = proofs["sign"], proofs["auth"]

    signing.sign(node, row.card_id, "sign", card_password, payload, asker="portal", then=keep)
    return row.application_id


def pass_on(node: Node, application_id: str) -> Outcome:
    """Send what was signed, and write what comes back; harmless to repeat. Raises NOT_FOUND, CONFLICT for a draft.

    Raises also peer-misunderstood where the answer is not of these keys: then nothing was written, and it stays open.
    """
    with node.database.read() as session:
        row = session.get(PhoneApplicationRow, application_id)
        if row is None:
            raise Refused(NOT_FOUND)
        shelf.here(session, row.phone_id)
    if row.state in ("done", "refused"):
        return ended(row.state, row.refusal)
    if row.document is None or row.element is None or row.sign_proof is None or row.auth_proof is None:
        raise Refused(CONFLICT)
    signed = SignedApplication(document=row.document, sign_proof=row.sign_proof, auth_proof=row.auth_proof)
    answer = ask(node, APPLY, signed)
    if answer is None:
        return Outcome(state="waiting")
    if isinstance(answer, ProblemType):
        return _refused(node, application_id, answer)
    new = Card.load(row.element)
    element.write(node, row.phone_id, new, answer)
    return _done(node, application_id, new, answer)


def open_one(session: Session, phone_id: str) -> PhoneApplicationRow | None:
    """The application of a phone that is not over."""
    query = select(PhoneApplicationRow).where(PhoneApplicationRow.phone_id == phone_id)
    return session.scalar(query.where(PhoneApplicationRow.state.in_(("draft", "signed"))))


def of_phone(node: Node, phone_id: str, application_id: str) -> PhoneApplicationRow:
    """One application of a phone. Raises NOT_FOUND."""
    with node.database.read() as session:
        row = session.get(PhoneApplicationRow, application_id)
    if row is None or row.phone_id != phone_id:
        raise Refused(NOT_FOUND)
    return row


def _done(node: Node, application_id: str, new: Card, issued: PhoneCertificates) -> Outcome:
    with node.database.begin() as tx:
        row = tx.session.get_one(PhoneApplicationRow, application_id)
        if row.state != "signed":
            return ended(row.state, row.refusal)
        card, phone = cards.card_row(tx.session, row.phone_id), shelf.phone_row(tx.session, row.phone_id)
        cards.store(card, new)
        shelf.forget_biometrics(tx, phone)
        shelf.lock(tx, row.phone_id)
        shelf.keep_known(phone, _states(phone, issued), tx.now)
        if node.settings.demonstration:
            for usage, pin in _pins(row).items():
                memory.remember(tx, row.phone_id, usage, pin)
        _end(tx, row, "done")
        serials = {"auth": str(issued.auth.serial), "sign": str(issued.sign.serial)}
        detail = {"phone": row.phone_id, "application": application_id, **serials}
        tx.record("phone-certificates-received", subject=card.person_id, who="holder", detail=detail)
    return Outcome(state="done")


def _refused(node: Node, application_id: str, refusal: ProblemType) -> Outcome:
    with node.database.begin() as tx:
        row = tx.session.get_one(PhoneApplicationRow, application_id)
        if row.state == "signed":
            row.refusal = refusal.code
            _end(tx, row, "refused")
            detail = {"phone": row.phone_id, "application": application_id, "outcome": refusal.code}
            person = cards.card_row(tx.session, row.phone_id).person_id
            tx.record("phone-application-refused", subject=person, who="holder", detail=detail)
        return ended(row.state, row.refusal)


def _end(tx: Transaction, row: PhoneApplicationRow, state: str) -> None:
    row.state, row.ended_at = state, tx.now
    row.pins = row.element = row.document = None


def _states(phone: PhoneRow, issued: PhoneCertificates) -> list[CertificateState]:
    model = model_of(phone.model)
    pairs: list[tuple[Usage, Issued]] = [("auth", issued.auth), ("sign", issued.sign)]
    return [
        CertificateState(
            serial=one.serial, usage=usage, card_id=phone.phone_id, medium="phone", model=model.name if model else "",
            state="valid", not_before=one.not_before, not_after=one.not_after,
        )
        for usage, one in pairs
    ]  # fmt: skip


def _card_of_holder(session: Session, phone_id: str, card_id: str) -> CardRow:
    phone, card = cards.card_row(session, phone_id), cards.card_row(session, card_id)
    if card.medium != "card" or card.person_id != phone.person_id:
        raise Refused(NOT_FOUND)
    return card


def _pins(row: PhoneApplicationRow) -> dict[Usage, str]:
    return msgspec.json.decode(row.pins, type=dict[Usage, str]) if row.pins else {}


def _key(node: Node, phone_id: str, new: Card, usage: Usage) -> str:
    return base64.b64encode(element.public_key(node, phone_id, new, usage)).decode()
