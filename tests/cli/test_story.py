"""``tegata story move`` as whoever wants to see it runs it: a process of its own, a network of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ITEMS = {"name", "address", "birth_date", "gender"}


def tegata(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from tegata.cli import main; main()", *arguments],
        check=False, capture_output=True, text=True, env={**os.environ, "LC_ALL": "en_US.UTF-8"},
    )  # fmt: skip


@pytest.mark.rule("FI-03")
@pytest.mark.rule("FI-07")
def test_the_record_is_one_json_object(tmp_path: Path) -> None:
    ran = tegata("story", "move", "--json", "--svg", str(tmp_path / "move.svg"))
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["outcome"] == "updated"
    for which in ("before", "after", "register"):
        assert told[which].keys() == ITEMS
    assert told["after"] == told["register"]
    assert told["after"] != told["before"]
    times = [message["at"] for message in told["messages"]]
    assert times == sorted(times)
    assert all({"at", "from", "to", "what", "ms"} <= message.keys() for message in told["messages"])
    assert {message["step"] for message in told["messages"]} >= set("②③④⑤⑥⑦⑧⑨")
    drawn = (tmp_path / "move.svg").read_text(encoding="utf-8")
    assert drawn.count("url(#head)") >= len(told["messages"]) - 1


def test_for_people_it_is_a_line_a_message_and_a_table() -> None:
    ran = tegata("story", "move", "--seed", "2")
    assert ran.returncode == 0, ran.stderr
    assert "platform → bank" in ran.stdout
    assert "outcome: updated" in ran.stdout
    assert "before (bank)" in ran.stdout
