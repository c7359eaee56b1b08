"""How far a population was loaded into an actor: noted in the transaction of each batch, so that a killed load goes on.

Everybody with a number up to ``people`` is there. ``household`` is the household that the next person belongs to, and
``first`` the number of its first member: a load goes on there without counting from the beginning.
"""

import msgspec

from tegata.node.database import Transaction
from tegata.node.node import Node
from tegata.node.tables import ValueRow

NAME = "population"


class Loaded(msgspec.Struct, frozen=True):
    """What is there, and where it goes on."""

    people: int
    household: int
    first: int


def note(tx: Transaction, loaded: Loaded | None) -> None:
    """Keep how far a load is once this transaction is committed; None leaves what is kept."""
    if loaded is not None:
        tx.session.merge(ValueRow(name=NAME, value=msgspec.to_builtins(loaded)))


def loaded(node: Node) -> Loaded | None:
    """How far the last load came; None where there was none after the network was made."""
    kept = node.kept(NAME)
    return msgspec.convert(kept, Loaded) if kept else None
