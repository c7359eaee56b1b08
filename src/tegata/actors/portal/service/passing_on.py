"""What the card signed goes to J-LIS: consents, withdrawals, revocations of what is on a phone (FI-02, FI-09, SP-05).

It is kept until J-LIS has taken or refused it: a job passes on what a silent J-LIS left behind.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import select

from tegata.actors.portal.problems import OTHER_CARD
from tegata.actors.portal.service import card_requests, consents, invitations, phones
from tegata.actors.portal.service.card_requests import DONE
from tegata.actors.portal.tables import CardRequestRow
from tegata.node.node import Node
from tegata.pki.documents import read_document
from tegata.wire.consents import SignedStatement
from tegata.wire.phones import SignedOrder
from tegata.wire.problems import PEER_UNAVAILABLE, Refused

KINDS: Final = ("consent", "withdrawal", "phone-revocation")
SEEN_AT_ONCE: Final = timedelta(minutes=1)
"""What was refused this soon after the card signed, the person saw on the page they came back to."""


def pass_on(node: Node, row: CardRequestRow) -> CardRequestRow:
    """Pass on what the card signed; returns the request with its outcome, unchanged where it has one.

    J-LIS verifies signature and certificate; whether it is the card of the person who is logged in is checked here.
    Raises PEER_UNAVAILABLE: then it is kept, and tried again by the job.
    """
    if row.closed_at is not None:
        return row
    try:
        consent_id = _send(node, row)
    except Refused as refused:
        if refused.type.status >= 500:
            raise
        return _close(node, row, refused.code)
    return _close(node, row, DONE, consent_id)


def _send(node: Node, row: CardRequestRow) -> str | None:
    """The consent that it was about, where it was about one."""
    assert row.document is not None
    assert row.sub is not None
    serial = read_document(row.document).certificate.serial_number
    own = {known.serial for known in consents.certificates(node, row.sub) if known.usage == "sign"}
    if serial not in own:
        raise Refused(OTHER_CARD)
    if row.kind == "phone-revocation":
        phones.send(node, SignedOrder(document=row.document))
        return None
    send = consents.give if row.kind == "consent" else consents.withdraw
    return send(node, row, SignedStatement(document=row.document, channel="portal")).consent_id


def _close(node: Node, row: CardRequestRow, outcome: str, consent_id: str | None = None) -> CardRequestRow:
    context = card_requests.context_of(row)
    with node.database.begin() as tx:
        if card_requests.close(tx, row.request_id, outcome, consent_id):
            if consent_id is not None and row.kind == "consent":
                invitations.use(tx, context.code, consent_id)
            tx.record(
                f"{row.kind}-passed-on", subject=row.sub, who="citizen", to="jlis",
                basis=consent_id or context.consent_id, detail={"outcome": outcome},
            )  # fmt: skip
        return tx.session.get_one(CardRequestRow, row.request_id)


def waiting(node: Node, sub: str | None = None) -> list[CardRequestRow]:
    """What was signed and not passed on yet, oldest first; of one person, or of all."""
    query = select(CardRequestRow).where(
        CardRequestRow.kind.in_(KINDS), CardRequestRow.returned_at.is_not(None), CardRequestRow.closed_at.is_(None)
    )
    if sub is not None:
        query = query.where(CardRequestRow.sub == sub)
    with node.database.read() as session:
        return list(session.scalars(query.order_by(CardRequestRow.returned_at)))


def refused_later(node: Node, sub: str) -> list[CardRequestRow]:
    """What J-LIS refused when the job passed it on: the person was not there to see it. Newest first."""
    query = select(CardRequestRow).where(
        CardRequestRow.sub == sub, CardRequestRow.closed_at > CardRequestRow.returned_at, CardRequestRow.outcome != DONE
    )
    with node.database.read() as session:
        rows = session.scalars(query.order_by(CardRequestRow.closed_at.desc())).all()
    return [row for row in rows if row.closed_at and row.returned_at and row.closed_at - row.returned_at > SEEN_AT_ONCE]


def pass_on_waiting(node: Node) -> int:
    """Pass on what waits; returns how many were. One in trouble does not stop the others; its refusal is raised at the
    end, or at once where J-LIS does not answer.
    """
    passed, trouble = 0, None
    for row in waiting(node):
        try:
            pass_on(node, row)
        except Refused as refused:
            trouble = refused
            if unavailable(refused):
                break
        else:
            passed += 1
    if trouble is not None:
        raise trouble
    return passed


def unavailable(refused: Refused) -> bool:
    """Whether a refusal means that J-LIS does not answer now."""
    return refused.type is PEER_UNAVAILABLE
