from pathlib import Path

from tegata.actors import municipality
from tegata.node import migrate
from tegata.node.clock import ManualClock
from tegata.node.node import Node
from tests.support import START, make_settings


def test_the_revisions_make_the_tables(database_url: str, tmp_path: Path) -> None:
    node = Node.open(municipality.SPEC, make_settings(tmp_path, database_url), clock=ManualClock(START))
    try:
        assert migrate.has_revisions(municipality.SPEC)
        assert migrate.check(node.database, municipality.SPEC) == []
    finally:
        node.close()
