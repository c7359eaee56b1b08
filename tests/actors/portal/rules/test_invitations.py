from datetime import timedelta

import pytest

from tegata.actors.portal.problems import INVITATION_EXPIRED, INVITATION_UNKNOWN, INVITATION_USED
from tegata.actors.portal.rules.invitations import InvitationFacts, refusal
from tegata.wire.problems import ProblemType
from tests.support import START

OPEN = InvitationFacts(START, used=False)
SECOND = timedelta(seconds=1)


@pytest.mark.rule("FI-10")
@pytest.mark.parametrize(
    ("facts", "after", "expected"),
    [
        (None, -SECOND, INVITATION_UNKNOWN),
        (OPEN, -SECOND, None),
        (OPEN, timedelta(0), None),
        (OPEN, SECOND, INVITATION_EXPIRED),
        (InvitationFacts(START, used=True), -SECOND, INVITATION_USED),
        (InvitationFacts(START, used=True), SECOND, INVITATION_USED),
    ],
)
def test_each_state_of_a_code(
    facts: InvitationFacts | None, after: timedelta, expected: ProblemType | None
) -> None:  # fmt: skip
    assert refusal(facts, START + after) is expected
