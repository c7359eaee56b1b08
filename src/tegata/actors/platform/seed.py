"""Many consents at once, as they stand at J-LIS when a network is set up."""

from collections.abc import Sequence

from tegata.actors.platform.service import consents
from tegata.node.node import Node
from tegata.wire.consents import ConsentRecord


def load_consents(node: Node, records: Sequence[ConsentRecord], feed_position: int = 0) -> int:
    """Keep consents that their parties have on record as well: the log does not tell of them. Returns how many are new.

    ``feed_position``: the number of J-LIS's consent feed up to which these are all.
    """
    with node.database.begin() as tx:
        new = sum(consents.write(tx, record) for record in records)
        tx.record("consents-loaded", subject=None, who="platform", detail={"consents": new})
        consents.move_on(tx, feed_position)
    return new
