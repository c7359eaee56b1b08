"""Serial numbers that were issued, as runs: the same answers as a set of them gives."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.pki.ocsp import SerialRuns

SETS = st.sets(st.one_of(st.integers(0, 60), st.integers(2**64 - 40, 2**64 - 1)), max_size=60)


def runs(serials: set[int]) -> SerialRuns:
    return SerialRuns.of((each, each) for each in sorted(serials))


@given(SETS)
def test_runs_hold_what_a_set_holds(serials: set[int]) -> None:
    made = runs(serials)
    assert len(made) == len(serials)
    for serial in (*range(62), *range(2**64 - 42, 2**64 + 2), -1, 2**100):
        assert (serial in made) == (serial in serials)
    assert all(last + 1 < first for (_, last), (first, _) in zip(list(made), list(made)[1:], strict=False))


@given(SETS, st.integers(0, 60))
def test_later_ones_follow(serials: set[int], split: int) -> None:
    low, high = ({each for each in serials if (each < split) == below} for below in (True, False))
    assert list(SerialRuns.of(chain(runs(low), runs(high)))) == list(runs(serials))


def test_a_row_is_one_run() -> None:
    assert list(runs(set(range(1, 1000)))) == [(1, 999)]


@pytest.mark.parametrize("listed", [[(2, 1)], [(1, 1), (1, 1)], [(1, 3), (2, 4)], [(5, 6), (1, 2)]])
def test_what_does_not_count_up_is_refused(listed: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="count up"):
        SerialRuns.of(listed)
