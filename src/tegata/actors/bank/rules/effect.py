"""Figures of サービス活用前・後 (FI-11). Before: a return postcard to each customer, about yearly (attachment 7)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from statistics import median

from tegata.actors.bank.settings import Postage

YEAR = timedelta(days=365)

STEPS: tuple[tuple[timedelta, str], ...] = (
    (timedelta(days=1), "〜1日"),
    (timedelta(days=2), "〜2日"),
    (timedelta(days=7), "〜7日"),
    (timedelta(days=30), "〜30日"),
    (timedelta.max, "30日〜"),
)


def letters_saved(consenting: int, letters_a_year: float) -> int:
    """Postcards a year that customers who consented need no longer be sent."""
    return round(consenting * letters_a_year)


def yen_of_card(prices: Iterable[Postage], on: date) -> int:
    """The postage of a return postcard on a day, by the newest price that has begun; 0 before the first."""
    begun = [price for price in prices if price.begins <= on]
    return max(begun, key=lambda price: price.begins).yen if begun else 0


def wait_before(letters_a_year: float) -> timedelta:
    """How long a change stayed unknown on average, when it was asked for at even distances: half the distance."""
    return YEAR / letters_a_year / 2 if letters_a_year > 0 else YEAR


def waited(changed_at: datetime, updated_at: datetime) -> timedelta:
    """From the change in the register to the bank's record; never less than nothing."""
    return max(updated_at - changed_at, timedelta(0))


def middle(times: Sequence[timedelta]) -> timedelta | None:
    """The median; None for none."""
    return timedelta(seconds=median(each.total_seconds() for each in times)) if times else None


def spread(times: Iterable[timedelta]) -> dict[str, int]:
    """How many took how long, by the steps of :data:`STEPS`."""
    counts = {name: 0 for _, name in STEPS}
    for each in times:
        counts[next(name for limit, name in STEPS if each <= limit)] += 1
    return counts
