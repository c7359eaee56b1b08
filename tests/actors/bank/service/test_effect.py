"""FI-11 over real cases."""

from datetime import timedelta

import pytest

from tegata.actors.bank.pages.effect import duration
from tegata.actors.bank.service.effect import effect
from tests.actors.bank.world import Banked


@pytest.mark.rule("FI-11")
def test_the_time_from_a_move_to_the_record_is_measured(quick_bank: Banked) -> None:
    person, _ = quick_bank.with_consent()
    quick_bank.add("1000002")
    quick_bank.to_next(10)
    person.moves()
    person.gets("sign")
    quick_bank.to_next(7, 15)
    found = effect(quick_bank.node)
    assert (found.customers, found.consenting, found.letters_a_year, found.yen_a_year) == (2, 1, 1, 126)
    assert (found.updates, found.by_itself, found.by_person) == (1, 1, 0)
    assert found.wait == timedelta(hours=21)
    assert found.by_day[-1] == (quick_bank.now.date(), 1)
    assert sum(number for _, number in found.by_day) == 1
    assert dict(found.waits)["〜1日"] == 1


def test_an_empty_bank_has_figures_too(quick_bank: Banked) -> None:
    found = effect(quick_bank.node)
    assert (found.updates, found.wait, found.letters_a_year, found.not_answered) == (0, None, 0, 0)
    assert len(found.by_day) == 30


@pytest.mark.parametrize(
    ("time", "ja"),
    [
        (None, "—"), (timedelta(0), "0分"), (timedelta(minutes=61), "1時間1分"),
        (timedelta(days=1, hours=3), "1日3時間"), (timedelta(days=182.5), "182日"),
    ],
)  # fmt: skip
def test_times_are_told_in_two_units(time: timedelta | None, ja: str) -> None:
    assert duration(time).ja == ja
