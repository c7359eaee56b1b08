"""State of a certificate in time, and what a CRL holds (rules FI-04, FI-05, SP-04, SP-05; RFC 5280 sections 3.3, 5).

A certificate's record is a list of entries, each added and none edited: revoked for good, held, or released from a
hold (``removeFromCRL``). A hold of a phone's certificate is released by its holder, that of a card's never (FACTS
section 2).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Final, Literal

from tegata.wire.certificates import Medium, Reason, State
from tegata.wire.residents import Event

CRL_GRACE = timedelta(hours=2)
"""How long a CRL counts beyond the next issue: time to issue and fetch it [GAP]."""

CRL_PERIOD = timedelta(days=1)
_BEFORE_ALL: Final = datetime(1970, 1, 1, tzinfo=UTC)

OCSP_GRACE = timedelta(minutes=5)
"""How long an OCSP answer counts beyond the next refresh of the data [GAP]."""


HOLD: Final = "certificateHold"
RELEASE: Final = "removeFromCRL"

EntryReason = Literal[Reason, "removeFromCRL"]


@dataclass(frozen=True)
class Entry:
    """One entry of a certificate's record: from ``at`` on it is revoked, held, or released from a hold."""

    at: datetime
    reason: EntryReason


@dataclass(frozen=True)
class RevocationFact(Entry):
    """That a certificate is revoked, or held (``certificateHold``), and since when."""

    reason: Reason


def then(standing: RevocationFact | None, entry: Entry) -> RevocationFact | None:
    """What a record comes to with one more entry: the first revocation for good stands, the first hold stays.

    A revocation for good ends a hold, and so does a release; a release of what is not held says nothing.
    """
    if standing is not None and standing.reason != HOLD:
        return standing
    if entry.reason == RELEASE:
        return None
    if standing is not None and entry.reason == HOLD:
        return standing
    return RevocationFact(entry.at, entry.reason)


def effective(record: Iterable[Entry]) -> RevocationFact | None:
    """What a certificate's record, from the oldest entry to the newest, comes to."""
    return reduce(then, record, None)


def may_be_added(record: Sequence[Entry], reason: EntryReason, medium: Medium) -> bool:
    """Whether another entry would change anything, and may.

    What is revoked for good stays so; what is held can be revoked; only what is held on a phone can be released.
    """
    now = effective(record)
    if reason == RELEASE:
        return medium == "phone" and now is not None and now.reason == HOLD
    return now is None or (now.reason == HOLD and reason != HOLD)


def state_of(not_after: datetime, revocation: RevocationFact | None, at: datetime) -> State:
    """The state at a moment; revoked stands before expired, as the reason says more."""
    if revocation is not None and revocation.at <= at:
        return "suspended" if revocation.reason == HOLD else "revoked"
    return "expired" if not_after < at else "valid"


def reason_for(event: Event) -> Reason:
    """Why an event ends certificates: residence has ended, or a four-attribute changed (FACTS section 2)."""
    return "cessationOfOperation" if event in ("death", "left_country") else "affiliationChanged"


def listed_from(previous_issue: datetime | None) -> datetime:
    """The notAfter from which on a revoked certificate is listed; the first list holds all.

    It stays until it stood on one CRL issued after its expiry (RFC 5280 section 3.3), and ``previous_issue`` is that of
    the last one.
    """
    return previous_issue or _BEFORE_ALL


def crl_next_update(due: datetime) -> datetime:
    """NextUpdate of the CRL that was due at ``due``: the following day's issue and the grace."""
    return due + CRL_PERIOD + CRL_GRACE


def ocsp_next_update(this_update: datetime, interval: timedelta) -> datetime:
    """NextUpdate of OCSP answers from data of ``this_update``."""
    return this_update + interval + OCSP_GRACE
