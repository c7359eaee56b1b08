"""What the clock starts: a job and its schedule, in Japan time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, TypeAlias

from tegata.japan.dates import JST
from tegata.wire.text import Text

if TYPE_CHECKING:
    from tegata.node.node import Node

_EPOCH = datetime(2000, 1, 1, tzinfo=JST)


@dataclass(frozen=True)
class Daily:
    """Once a day at a time in Japan."""

    at: time

    def last(self, moment: datetime) -> datetime:
        """The newest due time that is not after ``moment``."""
        today = datetime.combine(moment.astimezone(JST).date(), self.at, JST)
        return today if today <= moment else today - timedelta(days=1)

    def following(self, moment: datetime) -> datetime:
        """The first due time after ``moment``."""
        return self.last(moment) + timedelta(days=1)


@dataclass(frozen=True)
class Every:
    """At each multiple of a period, counted from a midnight in Japan (so 15 minutes means :00, :15, :30, :45)."""

    period: timedelta

    def __post_init__(self) -> None:
        if self.period <= timedelta(0):
            raise ValueError("a period is longer than nothing")

    def last(self, moment: datetime) -> datetime:
        """The newest due time that is not after ``moment``."""
        moment = moment.astimezone(JST)
        return moment - (moment - _EPOCH) % self.period

    def following(self, moment: datetime) -> datetime:
        """The first due time after ``moment``."""
        return self.last(moment) + self.period


Schedule: TypeAlias = Daily | Every


@dataclass(frozen=True)
class Job:
    """Something that an actor does at set times.

    ``run`` gets the node and the due time. It may be run again for the same due time (after ``kill -9``, or by its
    retry rule), so it asks the records what is left to do. ``retry`` is how long after a failure it is tried again
    (None: not before its next due time). ``newest_only``: in a leap of the clock only the newest due time before
    anything else happens matters (fresh data every 15 minutes), the ones between are left out.
    """

    name: str
    schedule: Schedule
    run: "Callable[[Node, datetime], None]"
    title: Text
    retry: timedelta | None = None
    newest_only: bool = False

    def __post_init__(self) -> None:
        if self.retry is not None and self.retry <= timedelta(0):
            raise ValueError("a job is tried again after some time")
