"""Consent on a screen of the bank's own: shown, signed by the card, verified here, and passed on (①; FI-02).

1. a link for one customer opens the screen; the person chooses items
2. the statement is made and kept; the reader fetches it, the card signs it
3. the document comes back, once, in the browser that asked: it is verified (signature, chain, validity, revocation)
   and must be the very statement that was asked for
4. it is passed on to the operator, and forgotten here as soon as the operator has it: the certificate is not kept
5. the consent is kept and the certificate's holder compared with the customer (:mod:`.identity`)

Where the operator does not answer, 4 and 5 are done later by :func:`pass_on_waiting`.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import select

from tegata.actors.bank.service import customers, identity
from tegata.actors.bank.service.statement import statement_text
from tegata.actors.bank.tables import CardRequestRow, ConsentLinkRow, ConsentRow, CustomerRow
from tegata.japan.four_attributes import FourAttributes, Item
from tegata.node import statements, trust
from tegata.node.node import Node
from tegata.pki.attributes import NotASignCertificate, attributes_of
from tegata.wire.consents import (
    BAD_SIGNATURE,
    GIVE_TO_OPERATOR,
    WRONG_STATEMENT,
    ConsentRecord,
    ConsentStatement,
    SignedStatement,
)
from tegata.wire.problems import NOT_FOUND, Refused, problem
from tegata.wire.reader import FETCH_PATH, OTHER_BROWSER, RETURN_PATH, SigningRequest
from tegata.wire.text import Text

LINK_UNKNOWN = problem(
    "consent-link-unknown", 404,
    ja="この同意の画面は、開けないか、期限が過ぎています。", en="This consent screen does not exist or has expired.",
    do_ja="オンラインバンキングから、もう一度お進みください。", do_en="Start again from online banking.",
)  # fmt: skip
REQUEST_USED = problem(
    "card-request-used", 409,
    ja="この署名の依頼は、すでに使われたか、期限が過ぎています。",
    en="This request to sign has been used or has expired.",
    do_ja="同意の画面から、もう一度お進みください。", do_en="Start again from the consent screen.",
)  # fmt: skip


@dataclass(frozen=True)
class Link:
    """A consent screen for one customer."""

    token_hash: str
    customer_number: str


@dataclass(frozen=True)
class Result:
    """What became of a signed statement: the consent, or that it is on its way to the operator."""

    consent_id: str | None


def make_link(node: Node, customer_number: str, who: str) -> str:
    """A way for one customer to the consent screen; returns its token, of which only the hash is kept."""
    token = secrets.token_urlsafe(24)
    with node.database.begin() as tx:
        customers.row_of(tx.session, customer_number)
        expires = tx.now + node.own.consent_lifetime
        tx.session.add(
            ConsentLinkRow(token_hash=_hash(token), customer_number=customer_number, made_at=tx.now, expires_at=expires)
        )
        tx.record("consent-screen-opened", subject=customer_number, who=who)
    return token


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def link_of(node: Node, token: str) -> Link:
    """The link of a token. Raises ``Refused`` (consent-link-unknown)."""
    with node.database.read() as session:
        row = session.get(ConsentLinkRow, _hash(token))
    if row is None or row.expires_at < node.clock.now():
        raise Refused(LINK_UNKNOWN)
    return Link(row.token_hash, row.customer_number)


def customer_of(node: Node, link: Link) -> CustomerRow:
    """The customer of a link."""
    with node.database.read() as session:
        return customers.row_of(session, link.customer_number)


def ask_to_sign(node: Node, link: Link, items: Sequence[Item], browser: str) -> str:
    """Make the statement that the card is to sign; returns the id under which the reader fetches it."""
    request_id = secrets.token_urlsafe(24)
    with node.database.begin() as tx:
        customer = customers.row_of(tx.session, link.customer_number)
        statement = ConsentStatement(
            statement_id=secrets.token_hex(16), relying_party=node.spec.name, relying_party_name=node.own.name_ja,
            service=node.own.service, service_name=node.own.service_name_ja, items=[*items],
            purpose=node.own.purpose_ja, text=statement_text(node.own, items), reference=customer.reference,
            stated_at=tx.now,
        )  # fmt: skip
        tx.session.add(
            CardRequestRow(
                request_id=request_id, link=link.token_hash, customer_number=customer.number,
                statement_id=statement.statement_id, payload=msgspec.json.encode(statement), browser=_hash(browser),
                made_at=tx.now, expires_at=tx.now + node.own.reader_lifetime, state="open",
            )
        )  # fmt: skip
    return request_id


def signing_request(node: Node, request_id: str) -> SigningRequest:
    """What the reader fetches. Raises ``Refused`` (not-found) for a request that is unknown, used or over."""
    with node.database.read() as session:
        row = session.get(CardRequestRow, request_id)
    if row is None or row.state != "open" or row.expires_at < node.clock.now():
        raise Refused(NOT_FOUND)
    own = node.own
    return SigningRequest(
        request_id=request_id, usage="sign", asker=Text(own.name_ja, own.name_en),
        title=Text("４情報の提供への同意", "Consent to hand over the four attributes"),
        summary=_summary(node, msgspec.json.decode(row.payload, type=ConsentStatement)),
        payload=base64.b64encode(row.payload).decode("ascii"),
        return_url=node.base_url + RETURN_PATH.format(request_id=request_id), expires_at=row.expires_at,
    )  # fmt: skip


def _summary(node: Node, statement: ConsentStatement) -> list[Text]:
    own = node.own
    names = [ITEM_NAMES[item] for item in statement.items]
    return [
        Text(f"提供する項目: {'、'.join(name.ja for name in names)}", f"Items: {', '.join(name.en for name in names)}"),
        Text(f"提供先: {own.name_ja}（{own.service_name_ja}）", f"Recipient: {own.name_en} ({own.service_name_en})"),
        Text(f"目的: {own.purpose_ja}", f"Purpose: {own.purpose_en}"),
        Text(
            "期間: 同意の翌日から10年間（いつでも取り消せます）", "Term: ten years from tomorrow; withdraw at any time"
        ),
    ]


ITEM_NAMES: dict[Item, Text] = {
    "name": Text("氏名", "Name"),
    "address": Text("住所", "Address"),
    "birth_date": Text("生年月日", "Date of birth"),
    "gender": Text("性別", "Gender"),
}


def fetch_url(node: Node, request_id: str) -> str:
    """Where the reader fetches a request."""
    return node.base_url + FETCH_PATH.format(request_id=request_id)


def cancel(node: Node, request_id: str, browser: str, code: str) -> None:
    """The reader came back without a signature. Raises ``Refused``."""
    with node.database.begin() as tx:
        row = _open_request(tx.session.get(CardRequestRow, request_id), browser, node)
        row.state, row.code = "refused", code


def take_signed(node: Node, request_id: str, document: str, browser: str) -> Result:
    """Steps 3 to 5. Raises ``Refused``: those of FI-02, or a request that is used, over, or of another browser."""
    with node.database.begin() as tx:
        row = _open_request(tx.session.get(CardRequestRow, request_id), browser, node)
        row.state = "checking"
        payload = row.payload
    try:
        verify(node, document, payload)
    except Refused as refused:
        _refuse(node, request_id, refused.code)
        raise
    with node.database.begin() as tx:
        row = tx.session.get_one(CardRequestRow, request_id)
        row.state, row.document = "passing", document
    try:
        return Result(_pass_on(node, request_id))
    except Refused as refused:
        if refused.type.status < 500:
            raise
    return Result(None)


def _open_request(row: CardRequestRow | None, browser: str, node: Node) -> CardRequestRow:
    if row is None:
        raise Refused(NOT_FOUND)
    if not hmac.compare_digest(row.browser, _hash(browser)):
        raise Refused(OTHER_BROWSER)
    if row.state != "open" or row.expires_at < node.clock.now():
        raise Refused(REQUEST_USED)
    return row


def verify(node: Node, document: str, payload: bytes) -> FourAttributes:
    """Step 3: what the certificate behind a signed statement shows. Raises ``Refused``."""
    certificate = statements.certificate_of(document)
    signed = statements.verify(
        trust.validator(node, "sign"), document, usage="sign", at=node.clock.now(),
        revocation=trust.by_ocsp(node, "sign", certificate),
    )  # fmt: skip
    if signed.payload != payload:
        raise Refused(WRONG_STATEMENT, {"cause": "not what was asked for"})
    return shown_by(document)


def shown_by(document: str) -> FourAttributes:
    """The four attributes of the certificate of a document. Raises ``Refused`` (consent-signature-invalid)."""
    try:
        return attributes_of(statements.certificate_of(document)).four
    except NotASignCertificate as refused:
        raise Refused(BAD_SIGNATURE, {"cause": refused.code}) from refused


def _pass_on(node: Node, request_id: str) -> str:
    """Steps 4 and 5; returns the consent's id. Raises ``Refused``; one that is for good ends the request."""
    with node.database.read() as session:
        row = session.get_one(CardRequestRow, request_id)
    assert row.document is not None
    statement = msgspec.json.decode(row.payload, type=ConsentStatement)
    signed = SignedStatement(document=row.document)
    try:
        record = node.call(GIVE_TO_OPERATOR, signed, key=f"consent.{row.statement_id}", to=node.own.operator)
        _check_record(node, record, statement)
    except Refused as refused:
        if refused.type.status < 500:
            _refuse(node, request_id, refused.code)
        raise
    _keep(node, request_id, record, shown_by(row.document))
    return record.consent_id


def _check_record(node: Node, record: ConsentRecord, statement: ConsentStatement) -> None:
    """The operator's record must be of this statement: it will be the ground of every question."""
    recorded = (record.relying_party, record.reference, record.service, record.items)
    if recorded != (node.spec.name, statement.reference, statement.service, statement.items):
        raise Refused(WRONG_STATEMENT, {"cause": "the operator recorded another consent"})


def _keep(node: Node, request_id: str, record: ConsentRecord, shown: FourAttributes) -> None:
    with node.database.begin() as tx:
        identity.keep_signed(tx, record, shown)
        row = tx.session.get_one(CardRequestRow, request_id)
        row.state, row.document, row.consent_id = "given", None, record.consent_id
        tx.record(
            "consent-collected", subject=row.customer_number, who=tx.actor, items=[*record.items],
            purpose=record.purpose, basis=record.consent_id,
        )  # fmt: skip


def _refuse(node: Node, request_id: str, code: str) -> None:
    with node.database.begin() as tx:
        row = tx.session.get_one(CardRequestRow, request_id)
        row.state, row.code, row.document = "refused", code, None


def pass_on_waiting(node: Node) -> int:
    """Pass on what is signed and still here; returns how many got through. Raises ``Refused`` (peer-unavailable)."""
    waiting = select(CardRequestRow.request_id).where(CardRequestRow.state == "passing")
    with node.database.read() as session:
        request_ids = session.scalars(waiting.order_by(CardRequestRow.made_at)).all()
    done = 0
    for request_id in request_ids:
        try:
            _pass_on(node, request_id)
        except Refused as refused:
            if refused.type.status >= 500:
                raise
        else:
            done += 1
    return done


def request_of_browser(node: Node, request_id: str, browser: str) -> CardRequestRow:
    """A request with its state, in the browser that made it. Raises ``Refused`` (not-found)."""
    with node.database.read() as session:
        row = session.get(CardRequestRow, request_id)
    if row is None or not hmac.compare_digest(row.browser, _hash(browser)):
        raise Refused(NOT_FOUND)
    return row


def consent_of(node: Node, row: CardRequestRow) -> ConsentRow | None:
    """The consent that a request led to."""
    if row.consent_id is None:
        return None
    with node.database.read() as session:
        return session.get(ConsentRow, row.consent_id)
