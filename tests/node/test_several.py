"""Two processes of the same actors: each pair here is what one of them has open, over the same databases."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, select, text
from sqlalchemy.exc import OperationalError

from tegata.japan.dates import JST
from tegata.node import runs, scheduler
from tegata.node.clock import NetworkClock
from tegata.node.database import is_away
from tegata.node.jobs import Daily, Job
from tegata.node.node import Node
from tegata.node.tables import JobRun, OutboxRow
from tegata.wire.problems import Refused
from tests.node.pair import NOTHING, Pair, heard, note, notes, spec
from tests.support import make_node

DUE = datetime(2023, 9, 26, 7, tzinfo=JST)
BEFORE = DUE - timedelta(hours=1)


class Two:
    """What two processes have open; ``ran`` is told by each run which of them it is in."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.ran: list[str] = []
        self.work: dict[str, Callable[[Node, datetime], None]] = {}
        self.folder = folder
        self.first, self.second = (self._pair(name, database_url) for name in ("first", "second"))

    def _pair(self, name: str, database_url: str) -> Pair:
        def run(node: Node, due: datetime) -> None:
            self.ran.append(name)
            self.work.get(name, lambda *_: None)(node, due)

        clock = NetworkClock(self.folder / "clock.json", start=BEFORE, frozen=True)
        pair = Pair(database_url, self.folder, clock=clock, jobs=[Job("crl", Daily(time(7)), run, NOTHING)])
        pair.scheduler.upcoming()
        return pair

    def go_to(self, moment: datetime) -> None:
        self.first.clock.set(moment)

    def record(self) -> tuple[str, int]:
        run = runs.last_runs(self.first.alpha)["crl"]
        assert run is not None
        return run.state, run.attempts

    def close(self) -> None:
        self.first.close()
        self.second.close()


@pytest.fixture
def two(database_url: str, tmp_path: Path) -> Iterator[Two]:
    opened = Two(database_url, tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def on_postgresql(postgres_database: str, tmp_path: Path) -> Iterator[Two]:
    opened = Two(postgres_database, tmp_path)
    yield opened
    opened.close()


def cut_sessions(node: Node, like: str = "%") -> None:
    """End the sessions of PostgreSQL that others than this one have."""
    engine = create_engine(make_url(node.settings.database_url))
    with engine.connect() as connection:
        query = (
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE :name"
        )
        connection.execute(text(query), {"name": like})
    engine.dispose()


def test_what_one_has_run_the_other_does_not(two: Two) -> None:
    two.go_to(DUE)
    assert two.first.scheduler.run_due() == 1
    assert two.second.scheduler.run_due() == 0
    assert two.ran == ["first"]
    assert [up.at for up in two.second.scheduler.upcoming() if up.job.name == "crl"] == [DUE + timedelta(days=1)]


def test_while_one_runs_the_other_waits_for_its_turn_and_takes_it_when_it_is_free(two: Two) -> None:
    two.go_to(DUE)
    two.work["first"] = lambda _node, _due: two.ran.append(f"second ran {two.second.scheduler.run_due()}")
    assert two.first.scheduler.run_due() == 1
    assert two.ran == ["first", "second ran 0"]
    two.go_to(DUE + timedelta(days=1))
    assert two.second.scheduler.run_due() == 3, "with the housekeeping of both actors"


def test_whoever_finds_it_due_at_once_it_runs_once(two: Two) -> None:
    two.go_to(DUE)
    with ThreadPoolExecutor(2) as threads:
        done = [threads.submit(pair.scheduler.run_due) for pair in (two.first, two.second)]
    assert sum(each.result() for each in done) == len(two.ran) == 1
    assert two.record() == ("done", 1)


def test_a_run_that_was_cut_off_is_done_again_by_the_other(two: Two) -> None:
    class Killed(BaseException):
        pass

    def kill(_node: Node, _due: datetime) -> None:
        raise Killed

    two.go_to(DUE)
    two.work["first"] = kill
    with pytest.raises(Killed):
        two.first.scheduler.run_due()
    assert two.record() == ("running", 1)
    assert two.second.scheduler.run_due() == 1
    assert two.record() == ("done", 2)
    assert two.first.scheduler.run_due() == 0


def test_in_anothers_leap_no_job_is_started(two: Two) -> None:
    def look(_node: Node, _due: datetime) -> None:
        two.ran.append(f"second ran {two.second.scheduler.run_due()}")
        with pytest.raises(Refused, match="clock-moved-elsewhere"):
            two.second.scheduler.advance_to(DUE + timedelta(hours=5))
        two.second.scheduler.start()  # must not end the hold of a process that lives
        two.second.scheduler.stop()

    two.first.clock.run()
    two.work["first"] = look
    two.first.scheduler.advance_to(DUE + timedelta(minutes=1))
    assert two.ran == ["first", "second ran 0"]
    assert two.record() == ("done", 1)
    assert two.second.scheduler.run_due() == 0
    two.second.scheduler.advance_to(DUE + timedelta(days=1))
    assert two.ran[2:] == ["second"]


def test_a_leap_waits_for_what_another_runs(two: Two) -> None:
    runs_now, may_end = threading.Event(), threading.Event()

    def run(_node: Node, _due: datetime) -> None:
        runs_now.set()
        may_end.wait(30)

    two.go_to(DUE)
    two.work["first"] = run
    with ThreadPoolExecutor(2) as threads:
        running = threads.submit(two.first.scheduler.run_due)
        assert runs_now.wait(30)
        leaping = threads.submit(two.second.scheduler.advance_to, DUE + timedelta(minutes=5))
        assert not leaping.done()
        may_end.set()
        assert (running.result(30), leaping.result(30)) == (1, 0)
    assert two.ran == ["first"]


def test_a_process_that_lost_its_turn_writes_no_more(on_postgresql: Two) -> None:
    """Its session is cut in the middle of a job, and another process begins the same run anew."""
    two = on_postgresql

    def lose(node: Node, _due: datetime) -> None:
        note(node, "before")
        cut_sessions(node, "tegata locks%")
        assert two.second.scheduler.run_due() == 1
        with pytest.raises(runs.TakenOver):
            note(node, "after")
        note_of_a_peer(two.first.beta)

    two.go_to(DUE)
    two.work["first"] = lose
    assert two.first.scheduler.run_due() == 0
    assert two.ran == ["first", "second"]
    assert two.record() == ("done", 2)
    assert notes(two.first.alpha) == ["before"]
    assert two.first.scheduler.run_due() == 0


def note_of_a_peer(node: Node) -> None:
    """Another actor's records are not those of the run."""
    node.keep("word", {"is": "kept"})


def test_a_leap_that_lost_its_turn_ends_where_it_is(on_postgresql: Two) -> None:
    two = on_postgresql
    two.work["first"] = lambda node, _due: cut_sessions(node, "tegata locks%")
    with pytest.raises(Refused, match="clock-moved-elsewhere"):
        two.first.scheduler.advance_to(DUE + timedelta(days=1))
    assert (two.ran, two.record()) == (["first"], ("done", 1))
    two.work.clear()
    two.first.scheduler.advance_to(DUE + timedelta(days=1))
    assert two.ran == ["first", "first"]


def test_a_turn_that_was_lost_begins_nothing(on_postgresql: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both believe that they have the turn, and both have seen that nobody has begun: the second is too late."""
    two = on_postgresql
    attempt = runs.attempt

    def late(node: Node, job: Job, due: datetime, *, after: int) -> object:
        monkeypatch.setattr(scheduler.runs, "attempt", attempt)
        cut_sessions(node, "tegata locks%")
        assert two.second.scheduler.run_due() == 1
        return attempt(node, job, due, after=after)

    two.go_to(DUE)
    monkeypatch.setattr(scheduler.runs, "attempt", late)
    assert two.first.scheduler.run_due() == 0
    assert two.ran == ["second"]
    assert two.record() == ("done", 1)


def test_a_run_whose_database_went_away_is_done_again_at_once(on_postgresql: Two) -> None:
    two = on_postgresql

    def lose(node: Node, _due: datetime) -> None:
        two.work.clear()
        with node.database.begin() as transaction:
            cut_sessions(node)
            transaction.session.execute(select(JobRun))

    two.go_to(DUE)
    two.work["first"] = lose
    with pytest.raises(OperationalError) as caught:
        two.first.scheduler.run_due()
    assert is_away(caught.value)
    assert two.record() == ("running", 1)
    assert two.first.scheduler.run_due() == 1
    assert two.record() == ("done", 2)


def test_other_errors_of_a_database_are_failures(two: Two) -> None:
    def fail(node: Node, _due: datetime) -> None:
        with node.database.begin() as transaction:
            transaction.session.execute(text("SELECT * FROM nothing_of_this_name"))

    two.go_to(DUE)
    two.work["first"] = fail
    assert two.first.scheduler.run_due() == 1
    assert two.record() == ("failed", 1)
    assert not is_away(ValueError())


def test_messages_to_one_receiver_go_out_by_one_process_at_a_time_and_in_order(two: Two) -> None:
    words = [f"w{number}" for number in range(12)]
    for word in words:
        note(two.first.alpha, word)
    with ThreadPoolExecutor(2) as threads:
        sent = [threads.submit(pair.alpha.dispatcher.run_once) for pair in (two.first, two.second)]
    assert sum(each.result() for each in sent) == 12
    assert heard(two.first.beta) == words
    assert [m.outcome for pair in (two.first, two.second) for m in pair.recorder.messages] == ["ok"] * 12


def test_what_another_delivers_is_left_to_it_in_the_background_and_waited_for_otherwise(two: Two) -> None:
    def look() -> None:
        assert two.second.alpha.dispatcher._round(None, wait=False) == 0
        waiting.append(threads.submit(two.second.alpha.dispatcher.run_once, to="beta"))

    waiting: list[object] = []
    note(two.first.alpha, "one")
    two.first.beta.state["answered"] = look
    with ThreadPoolExecutor(1) as threads:
        assert two.first.alpha.dispatcher.run_once() == 1
        assert waiting[0].result(30) == 0  # type: ignore[attr-defined]
    assert two.second.recorder.messages == []


def test_whoever_lost_the_right_to_deliver_notes_nothing_over_what_the_other_noted(on_postgresql: Two) -> None:
    two = on_postgresql

    def lose() -> None:
        two.first.beta.state.clear()
        cut_sessions(two.first.alpha, "tegata locks%")
        assert two.second.alpha.dispatcher.run_once() == 2

    note(two.first.alpha, "one")
    note(two.first.alpha, "two")
    two.first.beta.state["answered"] = lose
    assert two.first.alpha.dispatcher.run_once() == 0
    assert heard(two.first.beta) == ["one", "two"], "the same key again changed nothing"
    with two.first.alpha.database.read() as session:
        rows = session.execute(select(OutboxRow.state, OutboxRow.attempts).order_by(OutboxRow.number)).all()
    assert [tuple(row) for row in rows] == [("delivered", 1), ("delivered", 1)]


def test_everything_goes_on_after_postgresql_has_cut_every_session(on_postgresql: Two) -> None:
    two = on_postgresql
    two.first.scheduler.start()
    cut_sessions(two.first.alpha)
    note(two.first.alpha, "one")
    two.go_to(DUE)
    arrived = threading.Event()
    two.first.beta.state["answered"] = arrived.set
    assert arrived.wait(30) or heard(two.first.beta) == ["one"]
    while not two.ran:
        arrived.wait(0.05)
    two.first.scheduler.stop()
    assert two.record() == ("done", 1)


def test_what_is_done_at_the_start_is_done_by_one_after_the_other(database_url: str, tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def set_up(node: Node) -> None:
        inside.append(1)
        if not node.kept("root"):
            threading.Event().wait(0.05)
            most.append(len(inside))
            node.keep("root", {"made": len(most)})
        inside.pop()

    def start(_number: int) -> None:
        make_node(spec("alpha", on_start=set_up), database_url, data_dir=tmp_path).close()

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(start, range(3)))
    assert most == [1]
