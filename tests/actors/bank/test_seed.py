"""A bank as it stands when a network is set up."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tegata.actors import bank
from tegata.actors.bank import seed
from tegata.actors.bank.tables import CustomerRow
from tegata.network.population import bank_customers, generate
from tegata.node import audit
from tegata.node.node import Node
from tests.support import make_node


@pytest.fixture
def node(database_url: str, tmp_path: Path) -> Iterator[Node]:
    opened = make_node(bank.SPEC, database_url, data_dir=tmp_path)
    yield opened
    opened.close()


def test_customers_are_loaded_once(node: Node) -> None:
    rows = list(bank_customers(generate(1, 50), 1, 700))
    references = seed.load_customers(node, rows)
    assert seed.load_customers(node, rows) == references
    assert len(set(references.values())) == 700
    with node.database.read() as session:
        assert session.scalar(select(func.count()).select_from(CustomerRow)) == 700
    assert audit.verify(node.database).ok


def test_a_row_that_is_not_good_is_no_part_of_a_population(node: Node) -> None:
    (row,) = bank_customers(generate(1, 10), 1, 1)
    with pytest.raises(ValueError, match="not good"):
        seed.load_customers(node, [row | {"gender": "?"}])
