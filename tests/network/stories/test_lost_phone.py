"""The story of a lost phone: what OCSP (read by openssl), the CRL and a login say after each step."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tegata.network import stories
from tegata.network.stories import StoryRecord, lost_phone
from tegata.network.stories.lost_phone import Step
from tegata.node.audit import verify
from tegata.wire.problems import Refused
from tegata.wire.text import Text
from tests.whole import WholeNetwork

REFUSED = "consent-certificate-not-valid"
GONE = "phone-without-certificate"


class Played(NamedTuple):
    """The story once, for the tests of this module: two nights and three mornings take their time."""

    whole: WholeNetwork
    record: StoryRecord
    said: list[Text]


def play(whole: WholeNetwork, person_id: str | None = None) -> Played:
    said: list[Text] = []
    return Played(whole, stories.run(whole.network, lost_phone.STORY, said.append, person_id), said)


@pytest.fixture(scope="module")
def played(network_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    directory = Path(tmp_path_factory.mktemp("lost-phone")) / "data"
    shutil.copytree(network_template, directory)
    whole = WholeNetwork(directory)
    yield play(whole)
    whole.close()


def seen(record: StoryRecord) -> list[tuple[str, str, str, str]]:
    steps: list[Step] = record.facts["steps"]
    assert {step.ocsp.by for step in steps} == {"openssl"}
    return [(step.ocsp.status, step.ocsp.reason, step.crl, step.login) for step in steps]


@pytest.mark.rule("SP-01")
@pytest.mark.rule("SP-03")
@pytest.mark.rule("SP-04")
@pytest.mark.rule("SP-05")
@pytest.mark.rule("FI-04")
@pytest.mark.rule("FI-05")
def test_each_step_is_seen_by_ocsp_then_by_the_list_and_by_a_login_at_once(played: Played) -> None:
    record = played.record
    assert len(played.said) == 5
    assert record.outcome == "revoked"
    assert seen(record) == [
        ("good", "", "", "ok"),
        ("good", "", "", REFUSED),
        ("revoked", "certificateHold", "", REFUSED),
        ("revoked", "certificateHold", "certificateHold", REFUSED),
        ("good", "", "certificateHold", "ok"),
        ("good", "", "", "ok"),
        ("revoked", "cessationOfOperation", "", GONE),
        ("revoked", "cessationOfOperation", "cessationOfOperation", GONE),
    ]


@pytest.mark.rule("SP-04")
def test_the_call_is_made_at_night(played: Played) -> None:
    calls = [one for one in played.record.messages if (one.sender, one.receiver) == ("call_centre", "jlis")]
    assert [(message.what, f"{message.at:%H:%M}") for message in calls] == [
        ("本人の確認 (電話)", "02:30"), ("一時利用停止", "02:30"),
    ]  # fmt: skip


def test_no_message_holds_a_name_or_a_password(played: Played) -> None:
    told = " ".join(f"{message.path} {message.body_masked}" for message in played.record.passed)
    whole, who = played.whole, played.record.facts["person"]["id"]
    person = next(one for one in whole.people if one.person_id == who)
    for secret in (person.attributes.name, person.attributes.address, lost_phone.PASSWORD, person.sign_password):
        assert secret not in told


def test_every_audit_log_is_whole_afterwards_and_the_call_is_in_it(played: Played) -> None:
    reports = {name: verify(node.database) for name, node in played.whole.network.nodes.items()}
    assert {name: report.faults for name, report in reports.items()} == {name: [] for name in reports}
    assert reports["call_centre"].entries >= 5


def test_the_diagram_draws_the_call(played: Played) -> None:
    drawn = stories.diagram(played.whole.network, played.record, lost_phone.STORY.title, "ja")
    assert drawn.startswith("<svg")
    assert "一時利用停止" in drawn


@pytest.mark.parametrize("person_id", ["P999999", "P000000"])
def test_nobody_without_a_card_has_this_story(played: Played, person_id: str) -> None:
    with pytest.raises(Refused) as refused:
        play(played.whole, person_id)
    assert refused.value.code == "story-nobody-with-a-card"


@pytest.mark.parametrize("away", ["portal", "jlis"])
def test_an_actor_that_is_away_is_said_so(whole: WholeNetwork, away: str) -> None:
    whole.network.local.take_down(whole[away].base_url)
    with pytest.raises(Refused) as refused:
        play(whole)
    assert (refused.value.code, refused.value.detail["state"]) == ("story-phone-not-done", "waiting")
