from pathlib import Path

import sqlalchemy as sa
from alembic import command

from tegata.actors import citizen
from tegata.node import migrate
from tegata.node.clock import ManualClock
from tegata.node.node import Node
from tegata.node.transport import LocalApps
from tests.support import START, make_settings


def test_the_revisions_make_the_tables(database_url: str, tmp_path: Path) -> None:
    node = Node.open(citizen.SPEC, make_settings(tmp_path, database_url), clock=ManualClock(START))
    try:
        assert migrate.has_revisions(citizen.SPEC)
        assert migrate.check(node.database, citizen.SPEC) == []
    finally:
        node.close()


def test_cards_of_before_there_were_phones_stay_cards_and_phones_go_with_their_tables(
    database_url: str, tmp_path: Path
) -> None:
    spec = citizen.SPEC
    node = Node(spec, make_settings(tmp_path, database_url), ManualClock(START), LocalApps())
    try:
        _move(node, "upgrade", "citizen_0001")
        with node.database.alone() as connection:
            connection.execute(sa.text(PERSON))
            connection.execute(sa.text(CARD.format(names="", card_id="card-1", values="")))
        migrate.upgrade(node.database, spec)
        assert migrate.check(node.database, spec) == []
        with node.database.alone() as connection:
            connection.execute(sa.text(CARD.format(names=", medium", card_id="phone-1", values=", 'phone'")))
            connection.execute(sa.text("INSERT INTO phone (phone_id, model, attempt) VALUES ('phone-1', 'x', 1)"))
            rows = connection.execute(sa.text("SELECT card_id, medium FROM card ORDER BY card_id")).all()
        assert [tuple(row) for row in rows] == [("card-1", "card"), ("phone-1", "phone")]
        _move(node, "downgrade", "citizen@citizen_0001")
        with node.database.alone() as connection:
            assert connection.execute(sa.text("SELECT card_id FROM card")).scalars().all() == ["card-1"]
            assert "phone" not in sa.inspect(connection).get_table_names()
    finally:
        node.close()


PERSON = "INSERT INTO person (person_id, resident_code, name, name_key) VALUES ('P1', '1', 'n', 'n')"
CARD = (
    "INSERT INTO card (card_id, person_id, image, version, received_at{names}) "
    "VALUES ('{card_id}', 'P1', '', 1, '2023-09-25 01:00:00'{values})"
)


def _move(node: Node, way: str, to: str) -> None:
    with node.database.alone() as connection:
        plan = migrate.Plan(connection, [citizen.SPEC.base.metadata])
        getattr(command, way)(migrate._config(citizen.SPEC, plan), to)
