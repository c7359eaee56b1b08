"""State of a certificate in time, and what a CRL holds (rules FI-04, FI-05; RFC 5280 sections 3.3 and 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tegata.wire.certificates import Reason, State
from tegata.wire.residents import Event

CRL_GRACE = timedelta(hours=2)
"""How long a CRL counts beyond the next issue: time to issue and fetch it [GAP]."""

CRL_PERIOD = timedelta(days=1)

OCSP_GRACE = timedelta(minutes=5)
"""How long an OCSP answer counts beyond the next refresh of the data [GAP]."""


@dataclass(frozen=True)
class RevocationFact:
    """One entry of a certificate's record: from ``at`` on it is revoked, or held (``certificateHold``)."""

    at: datetime
    reason: Reason


def effective(record: Sequence[RevocationFact]) -> RevocationFact | None:
    """What a certificate's record comes to: a revocation for good ends a hold; the first one for good stands."""
    final = next((fact for fact in record if fact.reason != "certificateHold"), None)
    return final or (record[0] if record else None)


def may_be_added(record: Sequence[RevocationFact], reason: Reason) -> bool:
    """Whether another entry would change anything: what is revoked for good stays so, what is held can be revoked."""
    now = effective(record)
    return now is None or (now.reason == "certificateHold" and reason != "certificateHold")


def state_of(not_after: datetime, revocation: RevocationFact | None, at: datetime) -> State:
    """The state at a moment; revoked stands before expired, as the reason says more."""
    if revocation is not None and revocation.at <= at:
        return "suspended" if revocation.reason == "certificateHold" else "revoked"
    return "expired" if not_after < at else "valid"


def reason_for(event: Event) -> Reason:
    """Why an event ends certificates: residence has ended, or a four-attribute changed (FACTS section 2)."""
    return "cessationOfOperation" if event in ("death", "left_country") else "affiliationChanged"


def stands_on_crl(not_after: datetime, previous_issue: datetime | None) -> bool:
    """Whether it is listed once revoked: until it stood on one CRL issued after its expiry (RFC 5280 section 3.3)."""
    return previous_issue is None or not_after >= previous_issue


def crl_next_update(due: datetime) -> datetime:
    """NextUpdate of the CRL that was due at ``due``: the following day's issue and the grace."""
    return due + CRL_PERIOD + CRL_GRACE


def ocsp_next_update(this_update: datetime, interval: timedelta) -> datetime:
    """NextUpdate of OCSP answers from data of ``this_update``."""
    return this_update + interval + OCSP_GRACE
