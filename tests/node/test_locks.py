"""Locks between processes, on both databases; a process that dies holds none, and one that lost its session knows."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from tegata.node.locks import LockLost, Locks, locks_for

ROOT = Path(__file__).parents[2]


class Opened:
    """The locks of one actor as several processes have them open."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url.replace("{actor}", "alpha"))
        self._all: list[Locks] = []

    def __call__(self, actor: str = "alpha") -> Locks:
        self._all.append(locks_for(self.url, actor))
        return self._all[-1]

    def close(self) -> None:
        for locks in self._all:
            locks.close()


@pytest.fixture
def opened(database_url: str) -> Iterator[Opened]:
    locks = Opened(database_url)
    yield locks
    locks.close()


@pytest.fixture
def on_postgresql(postgres_database: str) -> Iterator[Opened]:
    locks = Opened(postgres_database)
    yield locks
    locks.close()


def cut(opened: Opened) -> int:
    """End every session that holds locks, as an administrator or a broken line does; returns how many."""
    engine = create_engine(opened.url)
    with engine.connect() as connection:
        query = text(
            "SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity"
            " WHERE application_name LIKE 'tegata locks%' AND datname = current_database()"
        )
        ended = connection.scalar(query)
    engine.dispose()
    return int(ended or 0)


def test_one_has_a_lock_at_a_time(opened: Opened) -> None:
    here, there = opened(), opened()
    hold = here.try_hold("jobs")
    assert hold is not None
    assert hold.held
    assert there.try_hold("jobs") is None
    assert here.try_hold("jobs") is None, "threads of one process exclude one another too"
    with there.hold("outbox https://rp.example/events"):
        assert hold.held
    hold.release()
    assert not hold.held
    hold.release()
    with there.hold("jobs") as taken:
        assert taken.held
        assert here.try_hold("jobs") is None
    here.hold("jobs").release()


def test_actors_do_not_disturb_one_another(opened: Opened) -> None:
    with opened("alpha").hold("jobs"), opened("beta").hold("jobs"):
        pass


def test_a_lock_is_waited_for(opened: Opened) -> None:
    here, there = opened(), opened()
    hold = here.hold("jobs")
    waiting = threading.Thread(target=lambda: there.hold("jobs").release())
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    hold.release()
    waiting.join(30)
    assert not waiting.is_alive()


def test_many_may_stand_by_a_lock_or_one_alone(opened: Opened) -> None:
    assert opened().stand_by("process", shared=True)
    second = opened()
    assert second.stand_by("process", shared=True)
    assert not opened().stand_by("process", shared=False)
    second.close()
    alone = Opened(str(opened.url))
    assert not alone().stand_by("process", shared=False), "the first is still there"
    opened.close()
    assert alone().stand_by("process", shared=False)
    assert not alone().stand_by("process", shared=True)
    alone.close()


def test_the_lock_of_a_killed_process_is_free(opened: Opened) -> None:
    code = (
        "import sys; from sqlalchemy import make_url; from tegata.node.locks import locks_for\n"
        "hold = locks_for(make_url(sys.argv[1]), 'alpha').hold('jobs'); print('ready', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, opened.url.render_as_string(hide_password=False)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        locks = opened()
        assert locks.try_hold("jobs") is None
        child.kill()
        child.wait()
        locks.hold("jobs").release()


def test_whoever_lost_the_session_knows_it_and_can_go_on(on_postgresql: Opened) -> None:
    here, there = on_postgresql(), on_postgresql()
    hold, other = here.hold("jobs"), here.hold("outbox")
    assert cut(on_postgresql) == 1
    taken = there.try_hold("jobs")
    assert taken is not None
    assert not hold.held
    assert not other.held
    hold.release()
    assert taken.held, "letting go of what was lost takes nothing from its new holder"
    assert here.try_hold("jobs") is None
    here.hold("outbox").release()


def test_what_a_process_stands_by_is_taken_again(on_postgresql: Opened) -> None:
    here, there = on_postgresql(), on_postgresql()
    assert here.stand_by("process", shared=False)
    cut(on_postgresql)
    here.hold("jobs").release()
    assert not there.stand_by("process", shared=True)
    cut(on_postgresql)
    assert there.stand_by("process", shared=True)
    with pytest.raises(LockLost):
        here.try_hold("jobs")


def test_a_database_that_is_away_is_an_error(tmp_path: Path) -> None:
    locks = locks_for(make_url(f"postgresql+psycopg://nobody@/none?host={tmp_path}"), "alpha")
    with pytest.raises(OperationalError):
        locks.try_hold("jobs")
    locks.close()
