"""Somebody to try things with."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.whole import PEOPLE


def listed(run: Run, data: Path, *arguments: object) -> list[dict[str, Any]]:
    ran = run("people", "list", "--json", "--data", data, *arguments)
    assert ran.code == 0
    people: list[dict[str, Any]] = json.loads(ran.out)
    return people


def test_everybody_is_listed_without_secrets(run: Run, data: Path) -> None:
    people = listed(run, data, "--limit", 1000)
    assert len(people) == PEOPLE
    assert {"id", "name", "municipality", "age", "has_card", "customer_number"} <= people[0].keys()
    assert not any("pins" in person or "my_number" in person for person in people)


def test_filters_narrow(run: Run, data: Path) -> None:
    everybody = {person["id"]: person for person in listed(run, data, "--limit", 1000)}

    def found(*arguments: object) -> set[str]:
        return {person["id"] for person in listed(run, data, "--limit", 1000, *arguments)}

    assert found("--min-age", 40, "--max-age", 45) == {i for i, p in everybody.items() if 40 <= p["age"] <= 45}
    assert found("--card") == {i for i, p in everybody.items() if p["has_card"]}
    assert found("--customer") == {i for i, p in everybody.items() if p["customer_number"]}
    first = everybody["P000001"]
    assert "P000001" in found("--name", first["name"].split("\u3000")[0])
    assert "P000001" in found("--name", first["kana"].split("\u3000")[1])
    assert "P000001" in found("--municipality", first["municipality_code"])
    assert found("--municipality", "nowhere") == set()


def test_a_list_is_cut(run: Run, data: Path) -> None:
    assert [person["id"] for person in listed(run, data, "--limit", 2)] == ["P000001", "P000002"]


def test_one_person_is_shown_whole(run: Run, data: Path) -> None:
    shown = json.loads(run("people", "show", "P000001", "--json", "--data", data).out)
    assert shown["age"] == 45
    assert shown["pins"].keys() == {"auth", "text", "sign"}
    words = run("people", "show", "P000001", "--data", data).out
    assert shown["name"] in words
    assert shown["pins"]["sign"] in words


def test_a_table_for_people(run: Run, data: Path) -> None:
    ran = run("people", "list", "--data", data, "--limit", 3)
    assert ran.code == 0
    assert "P000003" in ran.out
    assert "P000004" not in ran.out


@pytest.mark.parametrize("person", ["P999999", "", "'; --", "\u202e"])
def test_somebody_who_is_not_there(run: Run, data: Path, person: str) -> None:
    ran = run("people", "show", person, "--data", data)
    assert ran.code == 1
    assert "no-such-person" in ran.err


def test_no_network_no_people(run: Run, tmp_path: Path) -> None:
    ran = run("people", "list", "--data", tmp_path / "nothing")
    assert (ran.code, ran.out) == (1, "")
    assert "no-network-here" in ran.err
    assert "tegata up" in ran.err
