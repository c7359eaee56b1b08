"""``tegata story`` as whoever wants to see it runs it: a process of its own, a network of its own."""

import itertools
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


@pytest.mark.rule("SP-04")
@pytest.mark.rule("SP-05")
def test_the_story_of_a_lost_phone_says_what_openssl_read_at_each_step(tmp_path: Path) -> None:
    ran = tegata("story", "lost-phone", "--json", "--svg", str(tmp_path / "phone.svg"))
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    answers = [step["ocsp"] for step in told["steps"]]
    assert {answer["by"] for answer in answers} == {"openssl"}
    states = [f"{answer['status']} {answer['reason']}".strip() for answer in answers]
    assert [state for state, _ in itertools.groupby(states)] == [
        "good", "revoked certificateHold", "good", "revoked cessationOfOperation",
    ]  # fmt: skip
    assert (tmp_path / "phone.svg").read_text(encoding="utf-8").count("<title>") == 1
