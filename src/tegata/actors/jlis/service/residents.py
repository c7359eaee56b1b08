"""A change of the resident register arrives: keep it, and revoke what it ends (figure A, ②; rule FI-03)."""

import secrets
from typing import cast

from sqlalchemy import select

from tegata.actors.jlis.rules import residents as rules
from tegata.actors.jlis.service import records
from tegata.actors.jlis.service.revocations import end_all
from tegata.actors.jlis.tables import Person, RegisterRow, RevocationRow
from tegata.japan.four_attributes import FourAttributes
from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.node.sealing import fingerprint
from tegata.wire.problems import CONFLICT, Refused
from tegata.wire.residents import Event, ResidentEvent, ResidentReceipt


def take_event(node: Node, event: ResidentEvent, caller: str) -> ResidentReceipt:
    """Keep an event; the same one again gets the same receipt.

    Raises INVALID, OUT_OF_ORDER (an earlier one is missing) or CONFLICT (the number or the id is taken).
    """
    with node.database.begin() as tx:
        earlier = tx.session.scalar(select(RegisterRow).where(RegisterRow.event_id == event.event_id))
        if earlier is not None:
            return _repeated(tx, earlier, event)
        person = records.person_of_code(tx.session, event.resident_code)
        taken = rules.take(event, None if person is None else on_record(tx, person))
        person = person or new_person(event.resident_code)
        person.birth_fingerprint = birth_fingerprint(node, taken.attributes)
        append(tx, person, event, taken)
        revoked = [
            ended.serial for usage in taken.revoke
            for ended in end_all(
                tx, records.certificates_of(tx.session, person.person_id, usage), taken.reason, event.event_id
            )
        ]  # fmt: skip
        detail = {"event": event.event, "sequence": event.sequence, "revoked": revoked}
        tx.record("resident-changed", subject=person.person_id, who=caller, items=taken.changed, detail=detail)
    return ResidentReceipt(event_id=event.event_id, revoked=revoked)


def on_record(tx: Transaction, person: Person) -> rules.OnRecord:
    """What J-LIS knows of a person."""
    row = records.register_of(tx.session, person)
    return rules.OnRecord(person.sequence, cast(Event, person.event), records.attributes_of(row))


def new_person(resident_code: str) -> Person:
    """A person under an id that says nothing."""
    return Person(person_id=new_person_id(), resident_code=resident_code)


def new_person_id() -> str:
    """An id that says nothing."""
    return f"p{secrets.token_hex(10)}"


def birth_fingerprint(node: Node, attributes: FourAttributes) -> str:
    """What a person is found by when a caller tells a birth date."""
    return fingerprint(birth_date_key(node), attributes.birth_date)


def birth_date_key(node: Node) -> bytes:
    """The key of :func:`birth_fingerprint`."""
    return node.fingerprint_key("birth date")


def append(tx: Transaction, person: Person, event: ResidentEvent, taken: rules.Taken) -> None:
    """Write the state of the register from now on; unchanged attributes keep the time since which they stand."""
    before = records.register_of(tx.session, person) if person.sequence else None
    person.sequence, person.event = event.sequence, event.event
    person.municipality_code = event.municipality_code
    tx.session.add(person)
    tx.session.flush()
    tx.session.add(
        RegisterRow(
            person_id=person.person_id,
            sequence=event.sequence,
            event_id=event.event_id,
            event=event.event,
            municipality_code=event.municipality_code,
            effective_on=event.effective_on,
            recorded_at=event.recorded_at,
            received_at=tx.now,
            attributes_since=before.attributes_since if before and not taken.changed else event.recorded_at,
            attributes=records.encode_attributes(taken.attributes),
            content_hash=records.content_hash(event),
        )
    )


def _repeated(tx: Transaction, row: RegisterRow, event: ResidentEvent) -> ResidentReceipt:
    if row.content_hash != records.content_hash(event):
        raise Refused(CONFLICT, {"field": "event_id"})
    serials = select(RevocationRow.serial).where(RevocationRow.cause == event.event_id).order_by(RevocationRow.number)
    return ResidentReceipt(event_id=event.event_id, revoked=list(tx.session.scalars(serials)))
