from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tegata.node.identity_tables import SeenProofRow
from tegata.node.node import Node
from tegata.node.oauth_proof import WINDOW, ProofsInMemory
from tegata.node.seen_proofs import ProofsInDatabase
from tests.node.pair import spec
from tests.support import START, make_node


def test_a_proof_is_taken_once_by_all_processes_together(database_url: str, tmp_path: Path) -> None:
    nodes = [make_node(spec("alpha"), database_url, data_dir=tmp_path, processes=2) for _ in range(2)]
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda number: nodes[number % 2].seen_proofs.add(f"p{number // 4}", START), range(40)))
    assert taken.count(True) == 10
    assert nodes[0].seen_proofs.add("new", START)
    assert not nodes[1].seen_proofs.add("new", START + WINDOW)
    for node in nodes:
        node.close()


def test_what_has_expired_is_taken_away(alpha: Node) -> None:
    proofs = ProofsInDatabase(alpha.database)
    for second in range(5):
        proofs.add(f"p{second}", START + timedelta(seconds=second))
    proofs.add("later", START + 2 * WINDOW + timedelta(seconds=3))
    with alpha.database.read() as session:
        assert session.scalar(select(func.count()).select_from(SeenProofRow)) == 3


def test_a_writer_does_not_hold_up_who_asks(postgres_database: str, tmp_path: Path) -> None:
    node = make_node(spec("alpha"), postgres_database, data_dir=tmp_path, processes=2)
    with node.database.begin(), ThreadPoolExecutor(1) as thread:
        assert thread.submit(node.seen_proofs.add, "p", START).result(timeout=30)
    node.close()


@pytest.mark.parametrize(("processes", "kind"), [(1, ProofsInMemory), (2, ProofsInDatabase)])
def test_the_number_of_processes_says_where_they_are_kept(processes: int, kind: type, tmp_path: Path) -> None:
    node = make_node(spec("alpha"), "", data_dir=tmp_path, processes=processes)
    assert isinstance(node.seen_proofs, kind)
    node.close()
