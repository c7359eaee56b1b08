"""The fuzzer finds faults, says them shortly and the same way again, and finds none in the card."""

import json
from pathlib import Path
from typing import Any

import pytest

from scripts import fuzz_card
from scripts.card_oracle import Broken, Oracle
from scripts.card_sequences import PROVE, RELOAD, RESET
from scripts.card_tables import DIGEST_INFOS, KINDS, Contents, Switches
from scripts.fuzz_card import Bench, Tally, bench, fuzz, main, minimise, run_steps, sequence
from tegata.card import Behaviour, Card
from tegata.card.signing import WITH_NULL, WITHOUT_NULL
from tests.card.faults import NAMES, fault

SEQUENCES = 2000
ENOUGH = 3000
"""Sequences within which every fault here has to be found; most are in the first hundred."""


@pytest.fixture(scope="module")
def on() -> Bench:
    """A bench of cards."""
    return bench(load=lambda image: Card.load(image))  # noqa: PLW0108 - a fault may be in Card.load


def test_a_phone_breaks_no_rule() -> None:
    tally, findings = fuzz(bench("phone"), SEQUENCES // 2, seed=20232)
    assert [str(finding) for finding in findings] == []
    assert tally.answers["2A 9000"] > 10


def test_the_card_breaks_no_rule(on: Bench) -> None:
    tally, findings = fuzz(on, SEQUENCES, seed=20231)
    assert [str(finding) for finding in findings] == []
    assert tally.sequences == SEQUENCES
    reached = {answer.split()[1] for answer in tally.answers}
    assert {
        "9000", "61xx", "6282", "6300", "63Cx", "6700", "6881", "6882", "6883", "6884", "6981", "6982", "6983",
        "6984", "6985", "6986", "6A80", "6A82", "6A84", "6A86", "6B00", "6C10", "6D00", "6E00",
    } == reached  # fmt: skip
    done = {answer.split()[0] for answer in tally.answers if answer.endswith(("9000", "61xx"))}
    assert done == {"0E", "20", "24", "2A", "2C", "47", "82", "84", "A4", "B0", "C0", "D6", "D8"}


@pytest.mark.parametrize("name", NAMES)
def test_a_card_with_a_fault_is_found_out(on: Bench, name: str) -> None:
    with fault(name):
        tally, findings = fuzz(on, ENOUGH, seed=7, most=1)
        assert findings, f"not found in {tally.sequences} sequences"
        assert len(findings[0].steps) <= 8
        with pytest.raises(Broken):
            run_steps(on, setting_of(on, findings[0].switches), findings[0].steps)
    run_steps(on, setting_of(on, findings[0].switches), findings[0].steps)


def setting_of(on: Bench, switches: Switches) -> int:
    return [each for each, _ in on.images].index(switches)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("reads_for_anybody", "what a PIN protects is read with that PIN only"),
        ("signs_for_anybody", "what a PIN protects is used with that PIN only"),
        ("gives_a_try_back", "tries rise by a right PIN or the issuer only"),
        ("tries_come_back_with_the_power", "dump and load change nothing but the session"),
        ("changes_unproven", "each command is answered as documented"),
        ("reads_past_the_end", "never raises"),
    ],
)
def test_a_finding_says_which_rule_was_broken_and_by_what(on: Bench, name: str, rule: str) -> None:
    with fault(name):
        _, findings = fuzz(on, ENOUGH, seed=7, most=4)
    finding = next(each for each in findings if each.rule.startswith(rule))
    assert str(finding).startswith(f"sequence {finding.number}: {rule}")
    assert "Switches(" in str(finding)
    assert len(str(finding).splitlines()) == 2 + len(finding.steps)


def test_the_same_seed_gives_the_same_sequences(on: Bench) -> None:
    once, again = ([sequence(on, on.sequences, seed, number) for number in range(200)] for seed in (5, 5))
    assert once == again
    assert once != [sequence(on, on.sequences, 6, number) for number in range(200)]
    steps = [step for _, sequence_ in once for step in sequence_]
    assert {RESET, RELOAD, PROVE} <= {step for step in steps if isinstance(step, str)}


def test_a_long_sequence_is_cut_down_to_what_breaks_the_rule(on: Bench) -> None:
    aid, file = bytes.fromhex("00A4040C0AD3921000310001010408"), bytes.fromhex("00A4020C020001")
    noise = [bytes.fromhex("00C0000010"), b"\0", bytes.fromhex("0084000010")] * 20
    with fault("reads_for_anybody"):
        finding = minimise(on, 0, [*noise, aid, *noise, file, bytes.fromhex("00B0000004"), *noise])
    assert finding.steps == [aid, file, bytes.fromhex("00B0000004")]


def test_an_answer_that_is_none_is_seen(on: Bench) -> None:
    switches, image = on.images[0]
    for answer in (b"", b"\x90", b"\x90\x00", b"x\x6d\x00"):
        oracle = Oracle(Contents.of_image(image), fuzz_card.ISSUER_KEY, switches, on.keys)
        with pytest.raises(Broken):
            oracle.judge(b"\x00\xff\x00\x00", answer)


def test_the_tables_of_the_oracle_are_the_cards(on: Bench) -> None:
    """Two hands wrote them from the same page."""
    assert {field: getattr(Behaviour(), field) for field in Behaviour.__struct_fields__} == vars(Switches())
    assert set(DIGEST_INFOS) == set(WITH_NULL) | set(WITHOUT_NULL)
    from tegata.card.files import APPLICATIONS_OF

    for kind, applications in KINDS.items():
        assert {aid: set(files) for aid, files in applications.items()} == {
            aid: set(application.files)
            for aid, application in APPLICATIONS_OF[kind].items()  # type: ignore[index]
        }
    assert len(on.images) == 2 ** len(Behaviour.__struct_fields__)


def test_the_command_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "report.json"
    assert main(["--sequences", "30", "--seed", "9", "--json", str(file)]) == 0
    assert "30 sequences" in capsys.readouterr().out
    record: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    assert (record["seed"], record["sequences"], record["findings"]) == (9, 30, [])
    assert record["commands"] == sum(record["answers"].values()) > 30


def test_the_command_fails_where_a_rule_is_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fuzz_card, "NOTE_EVERY", 10)
    with fault("anybody_writes"):
        assert main(["--sequences", "500", "--seed", "9"]) == 1
    assert "broke a rule" in capsys.readouterr().out
    assert Tally().commands == 0
