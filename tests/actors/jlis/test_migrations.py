"""The revisions make the tables that the code has, on both databases, and keep what is there."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command

from tegata.actors.jlis import SPEC
from tegata.actors.jlis.tables import Base
from tegata.node import migrate
from tegata.node.database import Database
from tegata.node.node import Node
from tests.actors.jlis.world import World
from tests.support import START, ManualClock, make_settings

FRESH = {"certificate": {"medium", "model", "hangs_on"}, "person": {"birth_fingerprint"}}
"""Columns that came with the second revision."""


def test_tables_and_revisions_agree(database_url: str, tmp_path: Path) -> None:
    node = Node.open(SPEC, make_settings(tmp_path, database_url), clock=ManualClock(START))
    try:
        assert migrate.check(node.database, SPEC) == []
        assert migrate.has_revisions(SPEC)
    finally:
        node.close()


def test_what_was_issued_before_phones_is_on_a_card(world: World, database_url: str, tmp_path: Path) -> None:
    """A database of the first revision, with people, certificates and a record, is brought to the newest."""
    person = world.resident()
    serial = person.gets("sign").serial
    world.suspends(person, "card")
    url = database_url.replace("{actor}", "before") or f"sqlite:///{tmp_path}/before.db"
    before = Database(url, "before", bytes(32), clock=world.clock, durable=False)
    metadata = [Base.metadata]
    with before.alone() as connection:
        command.upgrade(migrate._config(SPEC, migrate.Plan(connection, metadata)), "jlis_0001")
        _copy(world.node.database, connection)
    migrate.upgrade(before, SPEC)
    assert migrate.check(before, SPEC) == []
    with before.read() as session:
        rows = session.execute(sa.text("SELECT medium, model, hangs_on FROM certificate")).all()
        held = session.execute(sa.text("SELECT reason FROM revocation")).scalars().all()
        standing = session.execute(sa.text("SELECT serial, partition, reason FROM standing")).all()
        waiting = session.execute(sa.text("SELECT birth_fingerprint FROM person")).scalars().all()
    before.close()
    assert [tuple(row) for row in rows] == [("card", "", None)]
    assert held == ["certificateHold"]
    assert [tuple(row) for row in standing] == [(serial, 131016, 6)]
    assert waiting == [None]


def _copy(source: Database, target: sa.Connection) -> None:
    """What the first revision knew, as it stands: sealed columns are copied as they are."""
    for name in ("generation", "person", "register", "certificate", "revocation"):
        table = Base.metadata.tables[name]
        columns = [column.name for column in table.columns if column.name not in FRESH.get(name, set())]
        listed = ", ".join(f'"{column}"' for column in columns)
        with source.alone() as connection:
            rows = connection.execute(sa.text(f'SELECT {listed} FROM "{name}"')).mappings().all()
        places = ", ".join(f":{column}" for column in columns)
        for row in rows:
            target.execute(sa.text(f'INSERT INTO "{name}" ({listed}) VALUES ({places})'), dict(row))
