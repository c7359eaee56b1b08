"""The revisions make the tables that the code has, on both databases."""

from pathlib import Path

from tegata.actors.call_centre import SPEC
from tegata.node import migrate
from tegata.node.clock import ManualClock
from tegata.node.node import Node
from tests.support import START, make_settings


def test_tables_and_revisions_agree(database_url: str, tmp_path: Path) -> None:
    node = Node.open(SPEC, make_settings(tmp_path, database_url), clock=ManualClock(START))
    try:
        assert migrate.check(node.database, SPEC) == []
        assert migrate.has_revisions(SPEC)
    finally:
        node.close()
