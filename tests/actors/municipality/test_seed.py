from datetime import timedelta

import pytest

from tegata.actors import municipality
from tegata.actors.municipality import figures, seed
from tegata.actors.municipality.service import records
from tegata.node import audit
from tests.actors.municipality.world import CHIYODA, FAMILY, HANAKO, HERE, World
from tests.support import make_node


def test_a_population_is_as_if_it_had_been_recorded(world: World) -> None:
    with world.node.database.read() as session:
        for who in FAMILY:
            row = records.by_code(session, who.resident_code)
            assert records.record_of(session, row.resident_id) == records.record_in(row)
            assert records.record_in(row).attributes == who.attributes
            cards = records.cards_of(session, row.resident_id)
            assert [one.card_id for one in cards] == ([who.card.card_id] if who.card else [])
    assert audit.verify(world.node.database).ok
    assert world.told(HANAKO) == ["registered"]
    assert world.network.recorder.messages == []


def test_nobody_is_loaded_twice(quick_world: World) -> None:
    with pytest.raises(ValueError, match="already"):
        seed.load(quick_world.node, FAMILY)
    assert seed.load(quick_world.node, ()) == 0


def test_counters_to_try_are_shown_again_after_a_restart(tmp_path: object) -> None:
    from pathlib import Path

    assert isinstance(tmp_path, Path)
    node = make_node(municipality.SPEC, "", data_dir=tmp_path)
    accounts = {seed.open_counter(node, CHIYODA).login for _ in range(2)} | {seed.open_counter(node, "131130").login}
    node.close()
    again = make_node(municipality.SPEC, "", data_dir=tmp_path)
    assert {one.login for one in again.state[seed.ACCOUNTS]} == accounts
    again.close()


def test_the_figure_counts_the_changes_of_the_day(quick_world: World) -> None:
    from tegata.actors.municipality.service import register

    register.die(quick_world.node, HERE, quick_world.id_of(HANAKO), effective_on=quick_world.today)
    told = figures.figure(quick_world.node, "ja")
    assert told is not None
    assert told.en == "1 changes today"
    quick_world.network.advance(timedelta(days=1))
    told = figures.figure(quick_world.node, "ja")
    assert told is not None
    assert told.en == "0 changes today"
