"""The person whose card is dealt with, what J-LIS has of them, and what happens to the card (decision 0011)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec
from sqlalchemy import select

from tegata.actors.municipality.problems import CHANGE_NOT_DELIVERED
from tegata.actors.municipality.rules.cards import CardFact, Happening, WhyGivenUp
from tegata.actors.municipality.rules.register import Record
from tegata.actors.municipality.service import records, register
from tegata.actors.municipality.service.records import Desk
from tegata.actors.municipality.tables import CardEventRow, EntryRow, MyNumberRow
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.wire.certificates import OF_RESIDENT, REVOKE, CertificateState, Reason, RevocationRequest
from tegata.wire.problems import Refused


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """What the counter knows of the person whose card it is."""

    resident_id: str
    resident_code: str
    record: Record
    my_number: str
    cards: list[CardFact]
    newest_event: str


def holder_of(node: Node, desk: Desk, resident_id: str) -> Holder:
    """A resident of this municipality with their cards. Raises NOT_FOUND."""
    with node.database.read() as session:
        row = records.resident_here(session, desk, resident_id)
        query = select(EntryRow.event_id).where(EntryRow.resident_id == resident_id)
        return Holder(
            resident_id=resident_id,
            resident_code=row.resident_code,
            record=records.record_in(row),
            my_number=session.get_one(MyNumberRow, resident_id).number,
            cards=records.cards_of(session, resident_id),
            newest_event=session.scalars(query.order_by(EntryRow.sequence.desc()).limit(1)).one(),
        )


@contextmanager
def turn(node: Node, resident_id: str) -> Iterator[None]:
    """One at a time for a person's card: two desks do not write or end it at once."""
    with node.database.turns.turn("card", resident_id):
        yield


def deliver_change(node: Node, holder: Holder) -> None:
    """J-LIS decides by the register that it knows: it has to know the newest. Raises CHANGE_NOT_DELIVERED."""
    node.dispatcher.run_once(to="jlis")
    if not register.event_delivered(node, holder.newest_event):
        raise Refused(CHANGE_NOT_DELIVERED)


def certificates_of(node: Node, resident_code: str) -> list[CertificateState]:
    """The resident's certificates as J-LIS has them, oldest first. Raises ``Refused`` (peer-unavailable)."""
    return node.call(OF_RESIDENT, path={"resident_code": resident_code}).items


def revoke(
    node: Node, desk: Desk, certificates: Sequence[CertificateState], reason: Reason, request_id: str
) -> list[CertificateState]:
    """Ask J-LIS to revoke or hold certificates, one after the other; what each is then. Raises ``Refused``.

    Where it stops on the way, the same request does the rest: what is revoked stays so.
    """
    return [
        node.call(
            REVOKE,
            RevocationRequest(
                serial=one.serial, usage=one.usage, municipality_code=desk.municipality_code, reason=reason
            ),
            key=f"{request_id}.{reason}.{one.usage}.{one.serial}",
        )
        for one in certificates
    ]  # fmt: skip


def after(before: Sequence[CertificateState], answers: Sequence[CertificateState]) -> list[CertificateState]:
    """Certificates as they are once J-LIS has answered."""
    answered = {(one.usage, one.serial): one for one in answers}
    return [answered.get((one.usage, one.serial), one) for one in before]


def has_happened(node: Node, request_id: str, event: Happening) -> bool:
    """Whether a request has come to its end before."""
    with node.database.read() as session:
        query = select(CardEventRow.number).where(CardEventRow.cause == request_id, CardEventRow.event == event)
        return session.scalar(query) is not None


def note(
    tx: Transaction, desk: Desk, holder: Holder, card: CardFact, event: Happening, request_id: str, *,
    reason: WhyGivenUp | None = None, police_report: str = "", certificates: Sequence[CertificateState] = (),
) -> None:  # fmt: skip
    """Append what happened to a card; all that it means has been done."""
    tx.session.add(
        CardEventRow(
            card_id=card.card_id, event=event, reason=reason, police_report=police_report or None, at=tx.now,
            who=desk.who, cause=request_id,
        )
    )  # fmt: skip
    detail = {"card": card.card_id, "reason": reason, "serials": [one.serial for one in certificates]}
    tx.record(f"card-{event.replace('_', '-')}", subject=holder.resident_id, who=desk.who, detail=detail)
