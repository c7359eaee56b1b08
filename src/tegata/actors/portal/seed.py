"""Many letters at once, as they stand when a network is set up."""

from collections.abc import Iterable
from itertools import islice

from tegata.actors.portal.service import invitations
from tegata.node.node import Node
from tegata.wire.invitations import Invitation

BATCH = 1000


def load_invitations(node: Node, letters: Iterable[Invitation], relying_party: str) -> int:
    """Keep letters by the rules of a single offer, a thousand in a transaction; returns how many there were."""
    waiting, loaded = iter(letters), 0
    while part := list(islice(waiting, BATCH)):
        loaded += invitations.offer(node, part, relying_party).accepted
    return loaded
