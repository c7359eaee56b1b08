"""Whether a caller is the person on record (SP-04): three answers, and all of them must fit one resident [GAP].

A name and an address fit where they differ in width, spaces or the way of writing numbers, or in forms of a character:
the operator types what was said, and none can hear which form it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tegata.japan.addresses import same_address
from tegata.japan.four_attributes import FourAttributes
from tegata.japan.likeness import Likeness
from tegata.japan.names import compare_names
from tegata.wire.problems import TOO_MANY, Refused
from tegata.wire.suspensions import CallerAnswers

ATTEMPTS_PER_CALL = 3
"""How often answers may be tried in one call [GAP]."""


@dataclass(frozen=True)
class Attempts:
    """How often a call centre tried: in this call, and in the last hour in all."""

    in_call: int
    in_hour: int


def too_many(attempts: Attempts, per_hour: int) -> Refused | None:
    """The refusal of one more attempt: who may guess without end finds out who lives where."""
    if attempts.in_call >= ATTEMPTS_PER_CALL:
        return Refused(TOO_MANY, {"limit": "call"})
    return Refused(TOO_MANY, {"limit": "hour"}) if attempts.in_hour >= per_hour else None


def fits(answers: CallerAnswers, on_record: FourAttributes) -> bool:
    """Whether all three answers fit a resident."""
    return (
        answers.birth_date == on_record.birth_date
        and compare_names(answers.name, on_record.name) is not Likeness.DIFFERENT
        and same_address(answers.address, on_record.address).grade is not Likeness.DIFFERENT
    )


def identify(answers: CallerAnswers, residents: Mapping[str, FourAttributes]) -> str | None:
    """The id of the one resident whom the answers fit; None for nobody, and for more than one."""
    fitting = [person_id for person_id, attributes in residents.items() if fits(answers, attributes)]
    return fitting[0] if len(fitting) == 1 else None
