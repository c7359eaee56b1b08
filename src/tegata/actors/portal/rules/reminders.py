"""When a person is reminded of a consent: about once a year, and before its ten years end (FI-09; FACTS section 5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tegata.actors.portal.rules.calendar import months_from
from tegata.wire.consents import ConsentRecord

Kind = Literal["yearly", "ending"]

BEFORE_END_MONTHS = 3
"""How long before the end the person hears of it [GAP]."""

LOOK_AGAIN = timedelta(days=30)
"""After this time a person's consents are looked at again, as new ones may have come [GAP]."""


@dataclass(frozen=True)
class Reminder:
    """A reminder of one consent."""

    consent_id: str
    kind: Kind


Sent = Mapping[Reminder, datetime]
"""When a reminder was last made."""


def due(consents: Iterable[ConsentRecord], sent: Sent, at: datetime) -> list[Reminder]:
    """The reminders that are to be made now, at most one for each consent."""
    active = (consent for consent in consents if consent.state == "active")
    due_now = ([reminder for reminder, day in _due_dates(each, sent) if day <= at] for each in active)
    return [reminders[0] for reminders in due_now if reminders]


def _due_dates(consent: ConsentRecord, sent: Sent) -> list[tuple[Reminder, datetime]]:
    """What comes for a consent and when, the end before the year: who hears of the end needs no other reminder."""
    yearly, ending = Reminder(consent.consent_id, "yearly"), Reminder(consent.consent_id, "ending")
    if ending in sent:
        return []
    last = sent.get(yearly, consent.given_at)
    return [(ending, months_from(consent.valid_until, -BEFORE_END_MONTHS)), (yearly, months_from(last, 12))]


def look_again(consents: Iterable[ConsentRecord], sent: Sent, at: datetime) -> datetime:
    """When to look at this person's consents again: at the next reminder, or after :data:`LOOK_AGAIN`."""
    coming = [day for consent in consents if consent.state == "active" for _, day in _due_dates(consent, sent)]
    return min([day for day in coming if day > at] + [at + LOOK_AGAIN])
