"""What the operator decides, as pure functions of facts and a time.

- :func:`who_changed`: whose certificates a list shows as revoked (FI-06)
- :func:`may_be_over`: whether a list's word on a certificate can be outdated by the holder (SP-05)
- :func:`may_ask`: whether a question is passed on (FI-07)
- :func:`is_of_today`, :func:`skipped`: whether the list of today is in use, and how many were missed (FI-04)
- :func:`may_collect`: whether a consent is one that the party may collect (FI-02)
- :func:`fee`: what an answer costs
"""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from tegata.japan.dates import JST
from tegata.node.checks import Health
from tegata.pki.crl import Reason, Revocation, RevokedEntries, match
from tegata.wire.consents import NOT_A_RELYING_PARTY, WRONG_STATEMENT, ConsentStatement
from tegata.wire.four_information import CONSENT_EXPIRED, CONSENT_WITHDRAWN, NO_CONSENT
from tegata.wire.problems import ProblemType

FEE_YEN = 20
"""For an answer with newer information (FACTS section 5)."""

CURRENT_AT = time(7)
"""From when on the list of the day must be there (FI-04)."""


def who_changed(serials: npt.NDArray[np.uint64], revoked: RevokedEntries) -> RevokedEntries:
    """Those of the revoked certificates whose serial is among ``serials``, which ascend: by columns, not one by one."""
    found = np.unique(serials[match(revoked, serials)])
    return revoked.take(np.searchsorted(revoked.serials, found))


def may_be_over(listed: Revocation | None) -> bool:
    """Whether a certificate stands on a list for a hold, which its holder may have ended since the list was made."""
    return listed is not None and listed.reason is Reason.CERTIFICATE_HOLD


@dataclass(frozen=True)
class Party:
    """A relying party and what it may collect consent for."""

    active: bool
    services: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Denied:
    """A refusal, with a detail that holds no personal data."""

    problem: ProblemType
    detail: dict[str, Any] = field(default_factory=dict)


def may_collect(party: Party | None, caller: str, statement: ConsentStatement) -> Denied | None:
    """In order: a registered party, its own statement, one of its services, items that it may ask for."""
    if party is None or not party.active:
        return Denied(NOT_A_RELYING_PARTY)
    if statement.relying_party != caller:
        return Denied(WRONG_STATEMENT, {"field": "relying_party"})
    if statement.service not in party.services:
        return Denied(WRONG_STATEMENT, {"field": "service"})
    if not set(statement.items) <= party.items:
        return Denied(WRONG_STATEMENT, {"field": "items"})
    return None


@dataclass(frozen=True)
class ConsentFacts:
    """What the operator knows of a consent: to whom, until when, and whether it was withdrawn or ended before that."""

    relying_party: str
    valid_until: datetime
    withdrawn_at: datetime | None = None
    ended_at: datetime | None = None


def may_ask(party: Party | None, caller: str, consent: ConsentFacts | None, at: datetime) -> Denied | None:
    """Whether a question is passed on; J-LIS decides again, with all that it knows.

    In order: a registered party; a consent to this very party; not withdrawn; not ended.
    """
    if party is None or not party.active:
        return Denied(NOT_A_RELYING_PARTY)
    # Whether another party has a consent of this name is not told.
    if consent is None or consent.relying_party != caller:
        return Denied(NO_CONSENT)
    if consent.withdrawn_at is not None and consent.withdrawn_at <= at:
        return Denied(CONSENT_WITHDRAWN, {"withdrawn_at": consent.withdrawn_at.isoformat()})
    ended = min(filter(None, (consent.ended_at, consent.valid_until)))
    if ended < at:
        return Denied(CONSENT_EXPIRED, {"valid_until": ended.isoformat()})
    return None


def due_list(at: datetime) -> datetime:
    """The 07:00 whose list must be there by now (FI-04)."""
    at = at.astimezone(JST)
    today = datetime.combine(at.date(), CURRENT_AT, JST)
    return today if today <= at else today - timedelta(days=1)


@dataclass(frozen=True)
class ListFacts:
    """A list in use: its number, when it was made and until when it counts."""

    number: int
    sha256: str
    this_update: datetime
    next_update: datetime


def is_of_today(known: ListFacts | None, at: datetime) -> bool:
    """Whether the list that must be there by now is the one in use."""
    return known is not None and known.this_update >= due_list(at)


def skipped(known: ListFacts | None, number: int) -> int:
    """How many lists lie unseen between the one in use and a new one: the operator was away, or one never came."""
    return 0 if known is None else max(number - known.number - 1, 0)


def fee(*, newer: bool) -> int:
    """Yen for an answer: only newer information costs."""
    return FEE_YEN if newer else 0


def list_health(known: ListFacts, at: datetime) -> Health:
    """Of today: fine. Of yesterday and still within its time: to be watched. Past its time: a failure."""
    if is_of_today(known, at):
        return "ok"
    return "warning" if at <= known.next_update else "failed"
