"""The clock of a network that runs, from the terminal."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from tegata.cli.clock import read_step
from tegata.cli.options import read_moment
from tests.cli.conftest import Run
from tests.fixtures.whole_network import served
from tests.whole import WholeNetwork


@pytest.fixture
def running(network_template: Path, tmp_path: Path) -> Iterator[WholeNetwork]:
    with served(network_template, tmp_path / "served") as network:
        yield network


def test_the_clock_is_shown_moved_and_set(run: Run, running: WholeNetwork) -> None:
    on = ("--on", running.base_url)
    assert run("clock", "show", *on).out.startswith("2023-09-25T10:00:00+09:00")
    assert run("clock", "advance", "1h30m", *on).out.startswith("2023-09-25T11:30:00+09:00")
    assert run("clock", "advance", "next-morning", *on).out.startswith("2023-09-26T07:00:00+09:00")
    told = json.loads(run("clock", "set", "2023-09-26T07:10", "--json", *on).out)
    assert told["now"] == "2023-09-26T07:10:00+09:00"
    assert running.passed("CRL")
    back = run("clock", "set", "2023-09-25T07:00", *on)
    assert back.code == 1
    assert "clock-would-go-back" in back.err


def test_a_story_is_played_in_the_running_network(run: Run, running: WholeNetwork, tmp_path: Path) -> None:
    ran = run("story", "move", "--json", "--svg", tmp_path / "move.svg", "--on", running.base_url)
    assert ran.code == 0
    told = json.loads(ran.out)
    assert told["after"] == told["register"] != told["before"]
    assert "diagram" not in told
    assert (tmp_path / "move.svg").read_text(encoding="utf-8").startswith("<svg")
    nobody = run("story", "move", "--person", "P999999", "--on", running.base_url)
    assert nobody.code == 1
    assert "story-nobody-to-move" in nobody.err


@pytest.mark.parametrize("command", [("clock", "show"), ("clock", "advance", "1h"), ("story", "move")])
def test_where_nothing_runs_it_is_said_so(run: Run, command: tuple[str, ...]) -> None:
    ran = run(*command, "--on", "http://127.0.0.1:1")
    assert ran.code == 1
    assert "network-not-running" in ran.err


@given(st.integers(0, 9999), st.integers(0, 99_999), st.integers(0, 999_999))
def test_steps_are_read(days: int, hours: int, minutes: int) -> None:
    step = timedelta(days=days, hours=hours, minutes=minutes)
    if step:
        assert read_step(f"{days}d{hours}h{minutes}m") == step
        assert read_step(f" {days}D{hours}H{minutes}M ") == step


@pytest.mark.parametrize("text", ["", "0h", "-1h", "1", "h", "1h1d", "1.5h", "１h", "99999d", "next"])
def test_steps_that_are_none(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        read_step(text)


def test_moments_without_an_offset_are_japans() -> None:
    assert read_moment("2023-09-29T18:00") == read_moment("2023-09-29T09:00Z")
    for text in ("", "tomorrow", "2023-13-01", "2023-09-29T25:00"):
        with pytest.raises(typer.BadParameter):
            read_moment(text)
