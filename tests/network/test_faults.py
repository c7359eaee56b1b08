"""Bad input and faults: each ends in a clear error or a catch-up, nothing is lost and nothing done twice."""

import pytest

from tests.whole import WholeNetwork


@pytest.mark.rule("FI-03")
@pytest.mark.rule("FI-07")
def test_a_move_reaches_the_banks_record(whole: WholeNetwork) -> None:
    person = whole.holders(consented=True)[0]
    before = whole.customer(person).address
    address = whole.moves(person)
    whole.reissues(person)
    whole.to_next(8, 30)
    assert whole.customer(person).address == address != before
