from pathlib import Path

import msgspec
import pytest
from sqlalchemy import inspect

from tegata.node import migrate
from tegata.node.clock import ManualClock
from tegata.node.node import Node
from tegata.node.settings import Settings, SettingsError
from tests.node.pair import ASK, Count, Pair, spec
from tests.support import START, make_node, make_settings


class Own(msgspec.Struct, forbid_unknown_fields=True):
    feed: str = "push"


def test_a_node_opens_with_its_tables_its_settings_and_its_start(database_url: str, tmp_path: Path) -> None:
    started: list[str] = []
    node = Node.open(
        spec("alpha", settings_type=Own, on_start=lambda opened: started.append(opened.spec.name)),
        make_settings(tmp_path, database_url, actors={"alpha": {"feed": "poll"}}),
        clock=ManualClock(START),
    )
    assert started == ["alpha"]
    assert node.own == Own("poll")
    assert node.base_url == "http://127.0.0.1:8000/alpha"
    with node.database.alone() as connection:
        assert {"note", "node_outbox", "node_audit", "alembic_version"} <= set(inspect(connection).get_table_names())
    node.close()


def test_an_unknown_setting_of_an_actor_stops_the_opening(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"actors\.alpha"):
        make_node(spec("alpha", settings_type=Own), "", data_dir=tmp_path, actors={"alpha": {"fed": "poll"}})


def test_a_start_that_fails_closes_what_was_opened(tmp_path: Path) -> None:
    def fail(node: Node) -> None:
        node.dispatcher.start()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        make_node(spec("alpha", on_start=fail), "", data_dir=tmp_path)


def test_secrets_last_over_a_restart_and_differ_by_name_and_actor(tmp_path: Path) -> None:
    def secrets(name: str) -> list[bytes]:
        node = make_node(spec(name), "", data_dir=tmp_path)
        found = [node.secret("a"), node.secret("b"), node.fingerprint("my-number", "1").encode()]
        node.close()
        return found

    assert secrets("alpha") == secrets("alpha")
    assert len({*secrets("alpha"), *secrets("beta")}) == 6


def test_small_values_are_kept_by_name(alpha: Node) -> None:
    assert alpha.kept("cursor") == {}
    alpha.keep("cursor", {"after": 3})
    alpha.keep("cursor", {"after": 4})
    assert alpha.kept("cursor") == {"after": 4}


def test_a_sealed_value_of_another_network_does_not_open(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/{{actor}}.db"
    node = make_node(spec("alpha"), url, data_dir=tmp_path / "one")
    sealed = node.secret("x")
    node.close()
    other = make_node(spec("alpha"), url, data_dir=tmp_path / "two")
    assert other.secret("x") != sealed
    other.close()


def test_a_node_calls_its_peers(sqlite_pair: Pair) -> None:
    assert sqlite_pair.alpha.call(ASK) == Count(0)
    assert sqlite_pair.recorder.messages[0].receiver == "beta"


def test_an_observer_can_stop_listening(sqlite_pair: Pair) -> None:
    heard: list[str] = []

    class Listener:
        def passed(self, message: object) -> None:
            heard.append("message")

    stop = sqlite_pair.alpha.observer.add(Listener())
    sqlite_pair.alpha.call(ASK)
    stop()
    sqlite_pair.alpha.call(ASK)
    assert heard == ["message"]
    assert len(sqlite_pair.recorder.messages) == 2


def test_settings_are_shared_by_the_actors_of_a_machine(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, durable=False)
    nodes = [Node.open(spec(name), settings, clock=ManualClock(START)) for name in ("alpha", "beta")]
    assert sorted(path.name for path in tmp_path.glob("*.db")) == ["alpha.db", "beta.db"]
    assert all(migrate.check(node.database, node.spec) == [] for node in nodes)
    for node in nodes:
        node.close()
