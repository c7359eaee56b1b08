"""The story of a move: the whole way of a change, over the code that serves everybody else."""

import pytest

from tegata.network import stories
from tegata.network.stories import StoryRecord, move
from tegata.node.audit import verify
from tegata.wire.problems import Refused
from tegata.wire.text import Text
from tests.whole import WholeNetwork


def play(whole: WholeNetwork, person_id: str | None = None) -> StoryRecord:
    said: list[Text] = []
    record = stories.run(whole.network, move.STORY, said.append, person_id)
    assert len(said) == 5
    return record


@pytest.mark.rule("FI-03")
@pytest.mark.rule("FI-04")
@pytest.mark.rule("FI-06")
@pytest.mark.rule("FI-07")
def test_the_banks_record_becomes_the_registers(whole: WholeNetwork) -> None:
    record = play(whole)
    before, after, register = (record.facts[which] for which in ("before", "after", "register"))
    assert record.outcome == "updated"
    assert after == register
    assert after.changed_from(before) == ("address",)
    assert after.address == "東京都千代田区千代田１丁目２番３号"


def test_the_numbered_steps_come_in_their_order(whole: WholeNetwork) -> None:
    messages = play(whole).messages
    steps = [message.step for message in messages if message.step]
    firsts = sorted(set(steps), key=steps.index)
    assert firsts == ["②", "①", "③", "④", "⑤", "⑥", "⑦", "⑧", "⑨"]
    assert [message.at for message in messages] == sorted(message.at for message in messages)
    numbered = {message.step: (message.sender, message.receiver) for message in messages}
    assert numbered["②"] == ("municipality", "jlis")
    assert numbered["④"] == ("platform", "bank")
    assert numbered["⑦"] == ("jlis", "jlis")
    assert numbered["⑧"] == ("jlis", "platform")
    assert numbered["⑨"] == ("platform", "bank")


def test_no_message_holds_a_name_or_an_address(whole: WholeNetwork) -> None:
    record = play(whole)
    told = " ".join(str(message.body_masked) for message in record.passed)
    for four in (record.facts["before"], record.facts["register"]):
        assert four.name not in told
        assert four.address not in told


def test_whoever_moved_can_move_on(whole: WholeNetwork) -> None:
    first = play(whole)
    again = play(whole, first.facts["person"]["id"])
    assert again.facts["before"] == first.facts["after"]
    assert again.facts["after"] == again.facts["register"]
    assert again.facts["after"].address.startswith("大阪府大阪市")


def test_every_audit_log_is_whole_afterwards(whole: WholeNetwork) -> None:
    play(whole)
    reports = {name: verify(node.database) for name, node in whole.network.nodes.items()}
    assert {name: report.faults for name, report in reports.items()} == {name: [] for name in reports}
    assert reports["municipality"].entries > 0


def test_nobody_can_be_moved_who_is_not_there(whole: WholeNetwork) -> None:
    with pytest.raises(Refused) as refused:
        play(whole, "P999999")
    assert refused.value.code == "story-nobody-to-move"


def test_a_bank_that_is_away_all_morning_is_said_so(whole: WholeNetwork) -> None:
    whole.network.local.take_down(whole["bank"].base_url)
    whole.network.local.take_down(whole["platform"].base_url)
    with pytest.raises(Refused) as refused:
        stories.run(whole.network, move.STORY, lambda _: None)
    assert refused.value.code == "story-not-finished"


def test_the_diagram_draws_every_message(whole: WholeNetwork) -> None:
    record = play(whole)
    drawn = stories.diagram(whole.network, record, move.STORY.title, "en")
    assert drawn.startswith("<svg")
    for step in "②③④⑤⑥⑦⑧⑨":
        assert step in drawn
