"""The people of a network, put into the records of each actor that knows them."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from tegata.network.assembly import Network
from tegata.network.site import Record
from tegata.wire.text import Text

PhaseMaker = Callable[..., AbstractContextManager[Callable[[int], None]]]


def fill(network: Network, record: Record, phase: PhaseMaker) -> None:
    """Load the population into all actors."""
    with phase(Text("住民", "Residents"), record.people):
        pass
