"""Serial numbers that were issued, as runs: the same answers as a set of them gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.pki.ocsp import SerialRuns

SETS = st.sets(st.one_of(st.integers(0, 60), st.integers(2**64 - 40, 2**64 - 1)), max_size=60)


def runs(serials: set[int]) -> SerialRuns:
    return SerialRuns.of(np.array(sorted(serials), np.uint64))


@given(SETS)
def test_runs_hold_what_a_set_holds(serials: set[int]) -> None:
    made = runs(serials)
    assert len(made) == len(serials)
    for serial in (*range(62), *range(2**64 - 42, 2**64 + 2), -1, 2**100):
        assert (serial in made) == (serial in serials)


@given(SETS, st.integers(0, 60))
def test_later_ones_follow(serials: set[int], split: int) -> None:
    low, high = ({each for each in serials if (each < split) == below} for below in (True, False))
    joined, whole = runs(low).followed_by(runs(high)), runs(serials)
    assert joined.starts.tolist() == whole.starts.tolist()
    assert joined.ends.tolist() == whole.ends.tolist()


def test_a_row_is_one_run() -> None:
    made = SerialRuns.of(np.arange(1, 1000, dtype=np.uint64))
    assert (made.starts.tolist(), made.ends.tolist()) == ([1], [999])


@pytest.mark.parametrize("serials", [[2, 1], [1, 1]])
def test_what_does_not_count_up_is_refused(serials: list[int]) -> None:
    with pytest.raises(ValueError, match="count up"):
        SerialRuns.of(np.array(serials, np.uint64))
    with pytest.raises(ValueError, match="count up"):
        runs({serials[0]}).followed_by(runs({serials[1]}))
