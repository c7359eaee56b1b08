"""The menus of the line and their hours: a function of a menu and a time (rules SP-04, SP-06).

A menu is open from its opening time, that second included, until its closing time, that second excluded: at 20:00:00
menu 4 is closed. A call that was taken before goes on. The source names no days on which the line rests at the turn of
the year, so none are made up [GAP]: 31 December is an ordinary day, 1 January a public holiday like any other.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import msgspec

from tegata.japan.calendar import LAST_YEAR, is_holiday
from tegata.japan.dates import JST
from tegata.wire.problems import NOT_FOUND, Refused
from tegata.wire.text import Text

DayKind = Literal["weekday", "holiday"]
MenuKind = Literal["loss", "enquiry"]
DAY_KINDS: tuple[DayKind, ...] = ("weekday", "holiday")
END_OF_DAY = "24:00"
HORIZON = timedelta(days=366)
"""How far the next opening is looked for."""

Minute = Annotated[str, msgspec.Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]


class Hours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a menu is open on some days, from a day on (``since`` None: from the start)."""

    days: Annotated[list[DayKind], msgspec.Meta(min_length=1)]
    opens: Minute
    closes: Minute
    source: str
    since: date | None = None

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError("a menu closes after it has opened, on the same day")

    def on(self, day: date) -> tuple[datetime, datetime]:
        """The first moment of a day at which it is open, and the first at which it is not any more."""
        return _moment(day, self.opens), _moment(day, self.closes)


class Menu(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A choice of the line. ``kind`` is what the operator's screen does for it."""

    number: Annotated[int, msgspec.Meta(ge=0, le=9)]
    kind: MenuKind
    name_ja: str
    name_en: str
    source: str
    hours: Annotated[list[Hours], msgspec.Meta(min_length=1)]

    @property
    def name(self) -> Text:
        """What it is called."""
        return Text(self.name_ja, self.name_en)

    def hours_for(self, kind: DayKind, day: date) -> Hours | None:
        """The row for a kind of day that holds on a day: of those that have begun, the newest. None: closed."""
        begun = [row for row in self.hours if kind in row.days and (row.since is None or row.since <= day)]
        return max(begun, key=lambda row: row.since or date.min, default=None)

    def hours_on(self, day: date) -> Hours | None:
        """The row that holds on a day."""
        return self.hours_for(day_kind(day), day)


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a menu is open; ``until`` when it closes, None where it never does within the horizon.

    ``following`` is when it opens next, for one that is closed; None where nothing within the horizon says.
    """

    is_open: bool
    until: datetime | None = None
    following: datetime | None = None


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file of menus."""

    menu: list[Menu]

    def __post_init__(self) -> None:
        if len({menu.number for menu in self.menu}) != len(self.menu):
            raise ValueError("two menus have the same number")


def read_table(content: bytes) -> dict[int, Menu]:
    """The menus of a file by their number, in its order. Raises ``msgspec.ValidationError``."""
    return {menu.number: menu for menu in msgspec.toml.decode(content, type=Table).menu}


@cache
def menus() -> dict[int, Menu]:
    """The menus of this line."""
    return read_table((files("tegata.actors.call_centre.rules") / "menus.toml").read_bytes())


def menu_of(number: int) -> Menu:
    """The menu of a number. Raises NOT_FOUND."""
    try:
        return menus()[number]
    except KeyError:
        raise Refused(NOT_FOUND, {"menu": number}) from None


def day_kind(day: date) -> DayKind:
    """Which hours a day has. Raises ``ValueError`` outside the years whose holidays are known (2000 to 2099)."""
    return "holiday" if day.weekday() >= 5 or is_holiday(day) else "weekday"


def opening(menu: Menu, now: datetime) -> Opening:
    """Whether a menu is open at a time, until when, or from when on."""
    spans = _spans(menu, now)
    opens, closes = next(spans, (None, None))
    if opens is None or closes is None:
        return Opening(is_open=False)
    if now < opens:
        return Opening(is_open=False, following=opens)
    for begins, ends in spans:
        if begins > closes:
            return Opening(is_open=True, until=closes)
        closes = ends
    return Opening(is_open=True)


def _spans(menu: Menu, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The times of opening that are not over yet, a day at a time, as far as holidays are known."""
    today = now.astimezone(JST).date()
    for days in range(HORIZON.days + 1):
        day = today + timedelta(days=days)
        if day.year > LAST_YEAR:
            return
        hours = menu.hours_on(day)
        if hours is not None and hours.on(day)[1] > now:
            yield hours.on(day)


def is_always_open(menu: Menu, day: date) -> bool:
    """Whether the rows that hold on a day leave no hour of any kind of day out."""
    rows = [menu.hours_for(kind, day) for kind in DAY_KINDS]
    return all(row is not None and (row.opens, row.closes) == ("00:00", END_OF_DAY) for row in rows)


def _moment(day: date, minute: str) -> datetime:
    if minute == END_OF_DAY:
        return datetime.combine(day + timedelta(days=1), time(0), JST)
    return datetime.combine(day, time.fromisoformat(minute), JST)
