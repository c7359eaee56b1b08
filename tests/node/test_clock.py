import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.japan.dates import JST
from tegata.node.clock import ClockWouldGoBack, ManualClock, NetworkClock, epoch

START = datetime(2023, 9, 29, 18, 0, tzinfo=JST)


def test_without_a_start_it_tells_the_real_time() -> None:
    before = time.time()  # noqa: TID251
    told = NetworkClock().now().timestamp()
    assert before - 1e-3 <= told <= time.time() + 1e-3  # noqa: TID251


def test_a_ticking_clock_goes_on_from_its_start() -> None:
    clock = NetworkClock(start=START)
    first = clock.now()
    second = clock.now()
    assert START <= first <= second < START + timedelta(minutes=1)
    assert clock.ticking


def test_a_frozen_clock_stands_until_it_is_moved() -> None:
    clock = NetworkClock(start=START, frozen=True)
    assert clock.now() == clock.now() == START
    clock.advance(timedelta(hours=13))
    assert clock.now() == datetime(2023, 9, 30, 7, 0, tzinfo=JST)
    assert not clock.ticking


def test_it_tells_japan_time_whatever_it_was_given() -> None:
    clock = ManualClock(datetime(2023, 9, 29, 9, 0, tzinfo=UTC))
    assert clock.now().isoformat() == "2023-09-29T18:00:00+09:00"


def test_it_does_not_go_back_and_stays_where_it_was() -> None:
    clock = ManualClock(START)
    with pytest.raises(ClockWouldGoBack):
        clock.set(START - timedelta(microseconds=1))
    assert clock.now() == START


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        NetworkClock(start=datetime(2023, 9, 29))
    with pytest.raises(ValueError, match="offset"):
        ManualClock(START).set(datetime(2030, 1, 1))


def test_freeze_and_run() -> None:
    clock = NetworkClock(start=START)
    clock.freeze()
    stood = clock.now()
    assert clock.now() == stood
    assert not clock.ticking
    clock.run()
    assert clock.ticking
    assert clock.now() >= stood


def test_a_hold_stands_and_then_ticks_again() -> None:
    clock = NetworkClock(start=START)
    with clock.held():
        stood = clock.now()
        assert clock.now() == stood
        assert clock.ticking
        clock.set(stood + timedelta(days=1))
        assert clock.now() == stood + timedelta(days=1)
    assert clock.now() > stood + timedelta(days=1)


def test_a_hold_leaves_a_frozen_clock_frozen() -> None:
    clock = ManualClock(START)
    with clock.held():
        clock.advance(timedelta(hours=1))
    assert not clock.ticking
    assert clock.now() == START + timedelta(hours=1)


def test_a_hold_ends_when_the_work_fails() -> None:
    clock = NetworkClock(start=START)
    with pytest.raises(ZeroDivisionError), clock.held():
        raise ZeroDivisionError
    first = clock.now()
    assert clock.now() > first


def test_processes_share_a_clock_by_its_file(tmp_path: Path) -> None:
    file = tmp_path / "clock" / "state.json"
    ours = NetworkClock(file, start=START, frozen=True)
    theirs = NetworkClock(file, start=START + timedelta(days=300))
    assert theirs.now() == START
    ours.advance(timedelta(hours=2))
    assert theirs.now() == START + timedelta(hours=2)
    theirs.run()
    assert ours.ticking
    assert [path.name for path in file.parent.iterdir()] == ["state.json"]


def test_a_hold_that_a_killed_process_left_can_be_ended(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    killed = NetworkClock(file, start=START)
    hold = killed.held()
    hold.__enter__()
    again = NetworkClock(file)
    stood = again.now()
    assert again.now() == stood
    again.release()
    assert again.now() > stood
    assert json.loads(file.read_text())["held"] is False


def test_release_leaves_a_clock_that_is_not_held() -> None:
    clock = ManualClock(START)
    clock.release()
    assert not clock.ticking


@given(st.lists(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)), max_size=8))
def test_steps_add_up(steps: list[timedelta]) -> None:
    clock = ManualClock(START)
    for step in steps:
        clock.advance(step)
    assert clock.now() == START + sum(steps, timedelta(0))


def test_epoch_is_whole_seconds() -> None:
    assert epoch(datetime(1970, 1, 1, 9, 0, 1, 900_000, tzinfo=JST)) == 1
