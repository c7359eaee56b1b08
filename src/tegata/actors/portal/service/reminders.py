"""Reminders of consents: about once a year and before the end, shown on the first page (FI-09; FACTS section 5)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.actors.portal.rules import reminders as rules
from tegata.actors.portal.rules.reminders import Reminder
from tegata.actors.portal.service import consents
from tegata.actors.portal.tables import PersonRow, ReminderRow
from tegata.node.node import Node
from tegata.wire.consents import ConsentRecord

SHOWN_FOR = timedelta(days=60)


def remind(node: Node) -> int:
    """Make the reminders that are due, for everyone whose time to be looked at has come; returns how many were made.

    Raises PEER_UNAVAILABLE where J-LIS stops answering; who was looked at before stays done.
    """
    with node.database.read() as session:
        due = session.scalars(select(PersonRow.sub).where(PersonRow.look_at <= node.clock.now())).all()
    return sum(_remind(node, sub) for sub in due)


def _remind(node: Node, sub: str) -> int:
    known = consents.of_person(node, sub)
    with node.database.begin() as tx:
        sent = _sent(tx.session, sub)
        made = rules.due(known, sent, tx.now)
        by_id = {consent.consent_id: consent for consent in known}
        for reminder in made:
            tx.session.add(_row(sub, by_id[reminder.consent_id], reminder, tx.now))
            tx.record(f"reminded-{reminder.kind}", subject=sub, who="portal", basis=reminder.consent_id)
        person = tx.session.get_one(PersonRow, sub)
        person.look_at = rules.look_again(known, {**sent, **dict.fromkeys(made, tx.now)}, tx.now)
    return len(made)


def _sent(session: Session, sub: str) -> rules.Sent:
    rows = session.scalars(select(ReminderRow).where(ReminderRow.sub == sub).order_by(ReminderRow.number))
    return {Reminder(row.consent_id, "yearly" if row.kind == "yearly" else "ending"): row.at for row in rows}


def _row(sub: str, consent: ConsentRecord, reminder: Reminder, at: datetime) -> ReminderRow:
    return ReminderRow(
        sub=sub, consent_id=consent.consent_id, kind=reminder.kind, relying_party_name=consent.relying_party_name,
        service_name=consent.service_name, valid_until=consent.valid_until, at=at,
    )  # fmt: skip


def shown(node: Node, sub: str) -> Sequence[ReminderRow]:
    """The person's newest reminders, for as long as they are news."""
    wanted = select(ReminderRow).where(ReminderRow.sub == sub, ReminderRow.at > node.clock.now() - SHOWN_FOR)
    with node.database.read() as session:
        return session.scalars(wanted.order_by(ReminderRow.number.desc())).all()
