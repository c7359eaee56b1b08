import threading
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from tegata.japan.dates import JST
from tegata.node import runs
from tegata.node.clock import ManualClock, NetworkClock
from tegata.node.jobs import Daily, Every, Job, Schedule
from tegata.node.node import Node
from tegata.wire.problems import CONFLICT, Refused
from tegata.wire.text import Text
from tests.node.pair import Pair, heard, note
from tests.support import START

SEVEN = Daily(time(7))
QUARTER = Every(timedelta(minutes=15))

Ran = list[tuple[str, str]]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2023, 9, day, hour, minute, tzinfo=JST)


class Stage:
    """Opens pairs on one data directory, as restarts would, and notes what ran and what the clock said."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.database_url, self.folder = database_url, folder
        self.ran: Ran = []
        self.open: list[Pair] = []

    def job(
        self, name: str, schedule: Schedule, do: Callable[[Node, datetime], None] | None = None, **rule: object
    ) -> Job:
        def run(node: Node, due: datetime) -> None:
            self.ran.append((name, f"{due:%d %H:%M}"))
            if not rule.get("newest_only"):
                assert due <= node.clock.now()
            if do is not None:
                do(node, due)

        return Job(name, schedule, run, Text(name, name), **rule)  # type: ignore[arg-type]

    def pair(self, jobs: list[Job], beta_jobs: list[Job] | None = None, clock: NetworkClock | None = None) -> Pair:
        pair = Pair(self.database_url, self.folder, clock=clock, jobs=jobs, beta_jobs=beta_jobs or [])
        self.open.append(pair)
        pair.scheduler.upcoming()
        return pair

    def close(self) -> None:
        while self.open:
            self.open.pop().close()


@pytest.fixture
def stage(database_url: str, tmp_path: Path):  # noqa: ANN201
    opened = Stage(database_url, tmp_path)
    yield opened
    opened.close()


def test_nothing_runs_before_it_is_due(stage: Stage) -> None:
    pair = stage.pair([stage.job("crl", SEVEN)])
    assert pair.scheduler.run_due() == 0
    pair.scheduler.advance_to(at(26, 6, 59))
    assert stage.ran == []
    upcoming = [(up.at, up.actor, up.job.name) for up in pair.scheduler.upcoming()]
    assert upcoming == [
        (at(26, 7), "alpha", "crl"),
        (at(27, 3), "alpha", "housekeeping"),
        (at(27, 3), "beta", "housekeeping"),
    ]


def test_a_leap_runs_what_falls_due_on_the_way_in_order_of_time_then_of_actors(stage: Stage) -> None:
    pair = stage.pair([stage.job("a7", SEVEN), stage.job("a8", Daily(time(8)))], [stage.job("b7", SEVEN)])
    assert pair.scheduler.advance_to(at(27, 7, 30)) == 5 + 4, "each actor's housekeeping is folded before 7 and 7"
    assert stage.ran == [
        ("a7", "26 07:00"),
        ("b7", "26 07:00"),
        ("a8", "26 08:00"),
        ("a7", "27 07:00"),
        ("b7", "27 07:00"),
    ]
    assert pair.clock.now() == at(27, 7, 30)


def test_the_clock_stands_at_each_due_time(stage: Stage) -> None:
    told: list[datetime] = []
    pair = stage.pair([stage.job("q", QUARTER, lambda node, due: told.append(node.clock.now()))])
    steps: list[datetime] = []
    pair.scheduler.advance_to(at(25, 10, 40), step=steps.append)
    assert told == steps == [at(25, 10, 15), at(25, 10, 30)]


def test_messages_are_delivered_before_the_next_job_runs(stage: Stage) -> None:
    seen: list[list[str]] = []
    pair = stage.pair(
        [stage.job("tell", SEVEN, lambda node, due: note(node, f"{due:%d}"))],
        [stage.job("look", SEVEN, lambda node, due: seen.append(heard(node)))],
    )
    pair.scheduler.advance_to(at(28, 0))
    assert seen == [["26"], ["26", "27"]]


def test_a_leap_stops_where_a_message_is_to_be_tried_again(stage: Stage) -> None:
    pair = stage.pair([])
    pair.local.take_down(pair.beta.base_url)
    note(pair.alpha, "one")
    pair.scheduler.settle()
    pair.local.bring_up(pair.beta.base_url)
    steps: list[datetime] = []
    pair.scheduler.advance_to(START + timedelta(hours=1), step=steps.append)
    assert steps == [START + timedelta(seconds=10)]
    assert heard(pair.beta) == ["one"]


def test_the_clock_does_not_go_back(stage: Stage) -> None:
    pair = stage.pair([])
    with pytest.raises(Refused, match="clock-would-go-back"):
        pair.scheduler.advance_to(START - timedelta(seconds=1))
    assert pair.clock.now() == START


def test_a_ticking_clock_stands_during_a_leap_and_ticks_afterwards(stage: Stage) -> None:
    def look(node: Node, due: datetime) -> None:
        assert node.clock.now() == due == node.clock.now()

    clock = NetworkClock(start=START)
    pair = stage.pair([stage.job("look", SEVEN, look)], clock=clock)
    pair.scheduler.advance_to(at(26, 7))
    assert stage.ran == [("look", "26 07:00")]
    assert runs.last_runs(pair.alpha)["look"].state == "done"  # type: ignore[union-attr]
    assert clock.now() > at(26, 7)


def test_a_job_that_only_needs_its_newest_run_is_folded_in_a_leap(stage: Stage) -> None:
    pair = stage.pair([stage.job("ocsp", QUARTER, newest_only=True), stage.job("crl", SEVEN)])
    pair.scheduler.advance_to(at(27, 7, 20))
    assert stage.ran == [
        ("ocsp", "26 07:00"), ("crl", "26 07:00"), ("ocsp", "27 07:00"), ("crl", "27 07:00"), ("ocsp", "27 07:15"),
    ]  # fmt: skip


def test_missed_runs_collapse_into_the_newest_after_a_restart(stage: Stage) -> None:
    stage.pair([stage.job("crl", SEVEN), stage.job("q", QUARTER)])
    stage.close()
    pair = stage.pair([stage.job("crl", SEVEN), stage.job("q", QUARTER)], clock=ManualClock(at(29, 9, 20)))
    assert pair.scheduler.run_due() == 2 + 2
    assert sorted(stage.ran) == [("crl", "29 07:00"), ("q", "29 09:15")]
    assert pair.scheduler.run_due() == 0


def test_a_leap_after_a_restart_collapses_what_was_missed_and_steps_through_the_rest(stage: Stage) -> None:
    stage.pair([stage.job("crl", SEVEN)])
    stage.close()
    pair = stage.pair([stage.job("crl", SEVEN)], clock=ManualClock(at(28, 9)))
    pair.scheduler.advance_to(at(30, 9))
    assert stage.ran == [("crl", "28 07:00"), ("crl", "29 07:00"), ("crl", "30 07:00")]


@pytest.mark.parametrize("restart_at", [at(26, 7), at(26, 9), at(28, 9)])
def test_a_run_that_was_cut_off_is_done_again(stage: Stage, restart_at: datetime) -> None:
    class Killed(BaseException):
        pass

    def kill(node: Node, due: datetime) -> None:
        raise Killed

    pair = stage.pair([stage.job("crl", SEVEN, kill)])
    with pytest.raises(Killed):
        pair.scheduler.advance_to(at(26, 7))
    stage.close()
    stage.ran.clear()
    pair = stage.pair([stage.job("crl", SEVEN)], clock=ManualClock(restart_at))
    pair.scheduler.run_due()
    assert stage.ran[0] == ("crl", "26 07:00")
    assert stage.ran[1:] == ([("crl", "28 07:00")] if restart_at.day == 28 else [])
    assert pair.scheduler.run_due() == 0


def fail_until(good: datetime) -> Callable[[Node, datetime], None]:
    def run(node: Node, due: datetime) -> None:
        if node.clock.now() < good:
            raise Refused(CONFLICT)

    return run


def test_a_failing_job_is_noted_tried_again_by_its_rule_and_stops_no_other(stage: Stage) -> None:
    retry = timedelta(minutes=10)
    pair = stage.pair([stage.job("crl", SEVEN, fail_until(at(26, 7, 25)), retry=retry), stage.job("other", SEVEN)])
    pair.scheduler.advance_to(at(26, 7, 15))
    run = runs.last_runs(pair.alpha)["crl"]
    assert run is not None
    assert (run.state, run.code, run.attempts, run.retry_at) == ("failed", "conflict", 2, at(26, 7, 20))
    assert ("other", "26 07:00") in stage.ran
    pair.scheduler.advance_to(at(26, 12))
    run = runs.last_runs(pair.alpha)["crl"]
    assert run is not None
    assert (run.state, run.code, run.attempts, run.due_at, run.ended_at) == ("done", None, 4, at(26, 7), at(26, 7, 30))
    assert [name for name, _ in stage.ran].count("crl") == 4


def test_without_a_retry_rule_a_failure_waits_for_the_next_due_time(stage: Stage) -> None:
    pair = stage.pair([stage.job("crl", SEVEN, fail_until(at(26, 8)))])
    pair.scheduler.advance_to(at(27, 8))
    assert stage.ran == [("crl", "26 07:00"), ("crl", "27 07:00")]


def test_a_retry_gives_way_to_the_next_due_time(stage: Stage) -> None:
    pair = stage.pair([stage.job("q", QUARTER, fail_until(at(25, 10, 20)), retry=timedelta(hours=1))])
    pair.scheduler.advance_to(at(25, 10, 40))
    assert stage.ran == [("q", "25 10:15"), ("q", "25 10:30")]


def test_a_job_can_be_run_by_hand(stage: Stage) -> None:
    pair = stage.pair([stage.job("crl", SEVEN)])
    pair.scheduler.run_job("alpha", "crl")
    assert stage.ran == [("crl", "25 10:00")]
    with pytest.raises(KeyError):
        pair.scheduler.run_job("beta", "crl")


def test_in_the_background_due_jobs_run_and_messages_go_out_until_it_is_stopped(stage: Stage) -> None:
    arrived = threading.Event()
    clock = NetworkClock(start=at(26, 6, 59) + timedelta(seconds=59))
    pair = stage.pair([stage.job("tell", SEVEN, lambda node, due: note(node, "one"))], clock=clock)
    pair.beta.state["answered"] = arrived.set
    pair.scheduler.start()
    pair.scheduler.start()
    assert arrived.wait(timeout=30)
    pair.scheduler.stop()
    assert stage.ran == [("tell", "26 07:00")]
    assert heard(pair.beta) == ["one"]
    names = {thread.name for thread in threading.enumerate()}
    assert not names & {"scheduler", "outbox alpha", "outbox beta"}


def test_start_ends_a_hold_that_a_killed_process_left(stage: Stage, tmp_path: Path) -> None:
    clock = NetworkClock(tmp_path / "clock.json", start=START)
    hold = clock.held()
    hold.__enter__()
    stood = clock.now()
    pair = stage.pair([], clock=NetworkClock(tmp_path / "clock.json"))
    pair.scheduler.start()
    pair.scheduler.stop()
    assert clock.now() > stood


def test_a_job_that_is_new_is_due_from_the_time_it_is_first_seen(stage: Stage) -> None:
    stage.pair([])
    stage.close()
    pair = stage.pair([stage.job("new", SEVEN)], clock=ManualClock(at(28, 9)))
    pair.scheduler.run_due()
    assert stage.ran == []
    assert [up.at for up in pair.scheduler.upcoming() if up.job.name == "new"] == [at(29, 7)]
