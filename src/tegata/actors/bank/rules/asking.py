"""When a question is asked again, and what a refusal means for the case (FI-07).

==============================================  =========================================================
refusal                                         what follows
==============================================  =========================================================
changed-not-yet-available                       asked again at the next 08:00; after two weeks once a week
certificate-revoked, for a hold                 the same: a hold can end
consent-not-yet-valid                           asked again when the consent begins to count
consent-withdrawn, consent-expired              the case ends: nothing may be asked any more
peer-unavailable and other trouble on the way   asked again after ten minutes
any other                                       a person looks at it
==============================================  =========================================================
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any, Literal

import msgspec

from tegata.japan.dates import JST
from tegata.wire.four_information import (
    CERTIFICATE_REVOKED,
    CONSENT_EXPIRED,
    CONSENT_NOT_YET_VALID,
    CONSENT_WITHDRAWN,
    NOT_YET_AVAILABLE,
)
from tegata.wire.problems import TOO_MANY, Refused

ASK_AGAIN_AT = time(8)
DAILY_ATTEMPTS = 14
"""So many days are asked in a row; then a week passes between two questions [GAP]."""
WEEK = timedelta(days=7)
PAUSE = timedelta(minutes=10)
HOLD = "certificateHold"

ENDS: Mapping[str, Literal["withdrawn", "expired"]] = {
    CONSENT_WITHDRAWN.code: "withdrawn",
    CONSENT_EXPIRED.code: "expired",
}


class Next(msgspec.Struct, frozen=True):
    """What follows: ``wait`` until ``ask_at``, the consent's ``end``, or a ``person``."""

    kind: Literal["wait", "end", "person"]
    ask_at: datetime | None = None


def next_morning(at: datetime) -> datetime:
    """The first 08:00 in Japan after a moment."""
    at = at.astimezone(JST)
    today = datetime.combine(at.date(), ASK_AGAIN_AT, JST)
    return today if at < today else today + timedelta(days=1)


def ask_again(attempts: int, at: datetime) -> datetime:
    """When to ask next, once ``attempts`` questions got no attributes yet."""
    return next_morning(at) if attempts < DAILY_ATTEMPTS else next_morning(at) + WEEK - timedelta(days=1)


def after_refusal(refused: Refused, attempts: int, at: datetime) -> Next:
    """What follows a refusal; ``attempts`` counts this question too."""
    code, detail = refused.code, refused.detail
    if code in ENDS:
        return Next("end")
    if code == CONSENT_NOT_YET_VALID.code:
        return Next("wait", _begins(detail, at))
    if code == NOT_YET_AVAILABLE.code or (code == CERTIFICATE_REVOKED.code and detail.get("reason") == HOLD):
        return Next("wait", ask_again(attempts, at))
    if refused.type.status >= 500 or code == TOO_MANY.code:
        return Next("wait", at + PAUSE)
    return Next("person")


def _begins(detail: Mapping[str, Any], at: datetime) -> datetime:
    """When the consent begins to count; the next morning where the refusal does not say it well."""
    try:
        begins = datetime.fromisoformat(str(detail.get("valid_from")))
    except ValueError:
        return next_morning(at)
    return max(begins, at) if begins.tzinfo is not None else next_morning(at)
