"""Whether the code of a letter still opens the consent (FI-10).

1. it was registered                else invitation-unknown
2. nobody has used it               else invitation-used
3. its time is not over             else invitation-expired
"""

from dataclasses import dataclass
from datetime import datetime

from tegata.actors.portal.problems import INVITATION_EXPIRED, INVITATION_UNKNOWN, INVITATION_USED
from tegata.wire.problems import ProblemType


@dataclass(frozen=True)
class InvitationFacts:
    """A registered code: until when it counts, and whether a consent was given by it."""

    expires_at: datetime
    used: bool


def refusal(facts: InvitationFacts | None, at: datetime) -> ProblemType | None:
    """Why the code does not open the consent; None where it does. Used is told before expired: it is no news."""
    if facts is None:
        return INVITATION_UNKNOWN
    if facts.used:
        return INVITATION_USED
    return INVITATION_EXPIRED if facts.expires_at < at else None
