"""A verdict holds what it was made of, and the smaller one decides."""

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tegata.actors.bank.service.customer_matching.verdicts import MOST_LISTS, pack, unpack
from tegata.pki.crl import Reason
from tests.pki.crl_support import USABLE

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TIMES = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=0)
)


def packed(at: datetime, rank: int, reason: Reason) -> int:
    seconds = int((at - EPOCH).total_seconds())
    return int(pack(np.array([seconds]), rank, np.array([reason.code], np.uint8))[0])


@given(TIMES, st.integers(0, 3), st.sampled_from(USABLE))
def test_what_goes_in_comes_out(at: datetime, rank: int, reason: Reason) -> None:
    columns = unpack(np.array([packed(at, rank, reason)]), [10, 1 << 158, 30, 40])
    number = [10, 1 << 158, 30, 40][rank]
    assert [column.to_pylist() for column in columns] == [[at], [str(reason)], [str(number)]]


@given(TIMES, TIMES, st.integers(0, MOST_LISTS - 1), st.integers(0, MOST_LISTS - 1), st.sampled_from(USABLE))
def test_the_earlier_time_and_then_the_newer_list_is_smaller(
    one: datetime, other: datetime, rank: int, another: int, reason: Reason
) -> None:
    assert 0 <= packed(one, rank, reason) < 1 << 63
    assert (packed(one, rank, reason) < packed(other, another, Reason.AA_COMPROMISE)) == (
        (one, rank, reason.code) < (other, another, Reason.AA_COMPROMISE.code)
    )
