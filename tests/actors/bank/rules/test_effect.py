"""Figures of サービス活用前・後."""

from datetime import date, datetime, timedelta

import pytest

from tegata.actors.bank.rules import effect
from tegata.actors.bank.settings import RETURN_POSTCARDS
from tegata.japan.dates import JST

AT = datetime(2023, 9, 25, 10, tzinfo=JST)


@pytest.mark.rule("FI-11")
@pytest.mark.parametrize(
    ("day", "yen"),
    [(date(2019, 9, 30), 0), (date(2019, 10, 1), 126), (date(2024, 9, 30), 126), (date(2024, 10, 1), 170)],
)
def test_a_postcard_costs_what_it_cost_on_the_day(day: date, yen: int) -> None:
    assert effect.yen_of_card(RETURN_POSTCARDS, day) == yen


def test_waiting_for_a_yearly_card_takes_half_a_year_on_average() -> None:
    assert effect.wait_before(1) == timedelta(days=182.5)
    assert effect.wait_before(2) == timedelta(days=91.25)
    assert effect.wait_before(0) == timedelta(days=365)
    assert effect.letters_saved(3, 1.5) == 4


def test_times_are_sorted_into_steps() -> None:
    times = [timedelta(hours=2), timedelta(days=1), timedelta(days=1, seconds=1), timedelta(days=400)]
    assert effect.spread(times) == {"〜1日": 2, "〜2日": 1, "〜7日": 0, "〜30日": 0, "30日〜": 1}
    assert effect.middle(times) == timedelta(days=1, microseconds=500_000)
    assert effect.middle([]) is None
    assert effect.waited(AT, AT - timedelta(hours=1)) == timedelta(0)
