import importlib
import pkgutil
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

import tegata.actors
from tegata.node import migrate
from tegata.node.base import COLUMN_TYPES, metadata_for
from tegata.node.clock import ManualClock
from tegata.node.columns import Sealed
from tegata.node.database import Database
from tegata.node.spec import ActorSpec
from tegata.wire.text import Text
from tests.node.pair import NOTHING, spec
from tests.support import START

ACTORS = [
    name
    for _, name, _ in pkgutil.iter_modules(tegata.actors.__path__)
    if "SPEC" in (Path(tegata.actors.__path__[0]) / name / "__init__.py").read_text()
]


def opened(url: str, actor: str) -> Database:
    return Database(url.replace("{actor}", actor), actor, bytes(32), clock=ManualClock(START), durable=False)


def version_one() -> type[DeclarativeBase]:
    class Base(DeclarativeBase):
        metadata = metadata_for("changing")
        type_annotation_map = COLUMN_TYPES

    class Thing(Base):
        __tablename__ = "thing"
        number: Mapped[int] = mapped_column(primary_key=True)
        secret: Mapped[str] = mapped_column(Sealed())

    return Base


def version_two() -> type[DeclarativeBase]:
    class Base(DeclarativeBase):
        metadata = metadata_for("changing")
        type_annotation_map = COLUMN_TYPES

    class Thing(Base):
        __tablename__ = "thing"
        number: Mapped[int] = mapped_column(primary_key=True)
        secret: Mapped[str | None] = mapped_column(Sealed())
        word: Mapped[str | None] = mapped_column(index=True)

    class Other(Base):
        __tablename__ = "other"
        number: Mapped[int] = mapped_column(primary_key=True)
        items: Mapped[list[str]]

    return Base


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"changing_actor_{tmp_path.name}".replace("-", "_")
    (tmp_path / "100%" / name).mkdir(parents=True)
    (tmp_path / "100%" / name / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path / "100%")
    monkeypatch.delitem(sys.modules, name, raising=False)
    return name


def changing(base: type[DeclarativeBase], package: str) -> ActorSpec:
    return ActorSpec(name="changing", title=Text("", ""), role=NOTHING, colour="#000000", base=base, templates=package)


def tables(database: Database) -> set[str]:
    with database.alone() as connection:
        return set(inspect(connection).get_table_names())


def test_the_nodes_revisions_make_the_nodes_tables(database_url: str) -> None:
    database = opened(database_url, "alpha")
    assert migrate.check(database, spec("alpha"))[0] == "revision not applied: node_0002"
    migrate.upgrade(database, spec("alpha"))
    assert migrate.check(database, spec("alpha")) == []
    migrate.upgrade(database, spec("alpha"))
    assert migrate.check(database, spec("alpha")) == []
    database.close()


@pytest.mark.parametrize("actor", ACTORS)
def test_every_actors_revisions_make_its_tables(actor: str, database_url: str) -> None:
    actor_spec = importlib.import_module(f"tegata.actors.{actor}").SPEC
    database = opened(database_url, actor)
    assert migrate.has_revisions(actor_spec)
    migrate.upgrade(database, actor_spec)
    assert migrate.check(database, actor_spec) == []
    database.close()


def test_a_change_of_tables_becomes_a_revision_that_keeps_what_is_there(database_url: str, package: str) -> None:
    database = opened(database_url, "changing")
    before = changing(version_one(), package)
    first = migrate.revision(before, "The first tables")
    assert first.name == "changing_0001.py"
    assert "node_" not in first.read_text()
    migrate.upgrade(database, before)
    assert migrate.check(database, before) == []
    with database.begin() as transaction:
        transaction.session.execute(text("INSERT INTO thing (number, secret) VALUES (1, 'x')"))

    after = changing(version_two(), package)
    assert len(migrate.check(database, after)) >= 3
    second = migrate.revision(after, "A word")
    assert second.name == "changing_0002.py"
    migrate.upgrade(database, after)
    assert migrate.check(database, after) == []
    with database.read() as session:
        assert session.execute(text("SELECT number, word FROM thing")).all() == [(1, None)]
    database.close()


def test_revisions_can_be_written_anew(package: str) -> None:
    migrate.revision(changing(version_one(), package), "The first tables")
    migrate.revision(changing(version_two(), package), "A word")
    path = migrate.revision(changing(version_two(), package), "The first tables", again=True)
    assert [file.name for file in path.parent.glob("*.py")] == ["changing_0001.py"]
    assert "other" in path.read_text()


def test_a_revision_that_fails_leaves_the_database_as_it_was(database_url: str, package: str) -> None:
    database = opened(database_url, "changing")
    actor = changing(version_one(), package)
    path = migrate.revision(actor, "The first tables")
    path.write_text(path.read_text().replace("def downgrade", "    raise ZeroDivisionError\n\n\ndef downgrade"))
    with pytest.raises(ZeroDivisionError):
        migrate.upgrade(database, actor)
    assert tables(database) == set()
    database.close()


def test_two_processes_that_upgrade_at_once_do_it_once(database_url: str) -> None:
    failures: list[Exception] = []

    def upgrade() -> None:
        database = opened(database_url, "alpha")
        try:
            migrate.upgrade(database, spec("alpha"))
        except Exception as error:  # noqa: BLE001
            failures.append(error)
        database.close()

    threads = [threading.Thread(target=upgrade) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    database = opened(database_url, "alpha")
    assert migrate.check(database, spec("alpha")) == []
    database.close()


def test_what_does_not_fit_is_named(database_url: str) -> None:
    database = opened(database_url, "alpha")
    migrate.upgrade(database, spec("alpha"))
    with database.alone() as connection:
        connection.execute(text("DROP TABLE node_inbox"))
    assert any("node_inbox" in line for line in migrate.check(database, spec("alpha")))
    database.close()


def test_an_actor_without_a_package_has_no_place_for_revisions() -> None:
    with pytest.raises(ValueError, match="alpha has no package"):
        migrate.revision(spec("alpha"), "x")
    with pytest.raises(ModuleNotFoundError):
        migrate.versions_of(spec("alpha", templates="no_such_package_anywhere"))


def test_the_command_writes_the_nodes_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(migrate, "NODE_VERSIONS", tmp_path)
    assert migrate.main(["revision", "node", "--again", "-m", "Anew"]) == 0
    written = (tmp_path / "node_0001.py").read_text()
    assert written.startswith('"""Anew."""')
    assert str(tmp_path / "node_0001.py") in capsys.readouterr().out
    kept = [file.read_text() for file in (migrate.ENVIRONMENT / "versions").glob("node_*.py")]
    assert written.count("create_table") == sum(each.count("create_table") for each in kept)
