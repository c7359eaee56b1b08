"""How far a load is, kept with what it wrote or not at all."""

from pathlib import Path

import pytest

from tegata.actors import municipality
from tegata.node import loading
from tegata.node.loading import Loaded
from tegata.node.node import Node
from tests.support import make_node


def cut_off(node: Node) -> None:
    """A transaction that notes how far it is and then is not committed."""
    with node.database.begin() as tx:
        loading.note(tx, Loaded(2000, 900, 2000))
        tx.record("cut-off", subject=None, who="test", detail={"never": 1 // 0})


def test_it_is_kept_with_the_transaction_or_not_at_all(tmp_path: Path) -> None:
    node = make_node(municipality.SPEC, "", data_dir=tmp_path)
    assert loading.loaded(node) is None
    with node.database.begin() as tx:
        loading.note(tx, Loaded(1000, 450, 998))
    with pytest.raises(ZeroDivisionError):
        cut_off(node)
    with node.database.begin() as tx:
        loading.note(tx, None)
    assert loading.loaded(node) == Loaded(1000, 450, 998)
    node.close()
