"""The clock, moved by people: where to, and the work of getting there."""

from datetime import datetime, time, timedelta

from tegata.japan.dates import JST, full_date
from tegata.network.conversation import LEAP_TOO_LONG, LONGEST_LEAP_DAYS, ClockAnswer, Leap, Next
from tegata.network.home.state import Home
from tegata.network.home.work import Work
from tegata.node.jobs import Daily
from tegata.node.scheduler import CLOCK_WOULD_GO_BACK
from tegata.wire.problems import INVALID, Refused
from tegata.wire.text import Language, Text

MORNING = Daily(time(7))
SHOWN = 8
TITLE = Text("時計を進めています", "The clock is moving")


def read(home: Home) -> ClockAnswer:
    """The clock, and the next jobs."""
    upcoming = [Next(each.at, each.actor, each.job.name, each.job.title) for each in home.network.scheduler.upcoming()]
    return ClockAnswer(now=home.now(), ticking=home.network.clock.ticking, upcoming=upcoming[:SHOWN])


def shown(home: Home, language: Language) -> dict[str, str]:
    """The time for a machine and for a person."""
    now = home.now()
    return {"now": now.isoformat(timespec="seconds"), "text": f"{full_date(now, language)} {now:%H:%M}"}


def target(now: datetime, leap: Leap) -> datetime:
    """Where a leap ends. Raises ``Refused``: invalid, clock-would-go-back, clock-leap-too-long."""
    wishes = [wish for wish in (leap.to, leap.seconds, leap.next) if wish is not None]
    if len(wishes) != 1 or (leap.to is not None and leap.to.tzinfo is None):
        raise Refused(INVALID, {"expected": "to (with an offset), seconds, or next"})
    if leap.seconds is not None:
        moment = now + timedelta(seconds=leap.seconds)
    else:
        moment = leap.to if leap.to is not None else MORNING.following(now)
    if moment < now:
        raise Refused(CLOCK_WOULD_GO_BACK, {"now": now.isoformat()})
    if moment - now > timedelta(days=LONGEST_LEAP_DAYS):
        raise Refused(LEAP_TOO_LONG)
    return moment.astimezone(JST)


def move(home: Home, leap: Leap) -> Work:
    """Begin a leap. Raises as :func:`target` does, and ``Refused`` (network-busy)."""
    moment = target(home.now(), leap)

    def run(work: Work) -> dict[str, object]:
        def step(at: datetime) -> None:
            work.says = Text(f"{at:%Y-%m-%d %H:%M} まで進みました", f"{at:%Y-%m-%d %H:%M} reached")

        runs = home.network.scheduler.advance_to(max(moment, home.now()), step=step)
        return {"now": home.now(), "runs": runs}

    return home.works.start("clock", TITLE, home.now(), run)
