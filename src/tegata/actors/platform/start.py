"""What the platform operator does when its node is opened."""

from tegata.actors.platform.service import parties
from tegata.node.node import Node


def on_start(node: Node) -> None:
    """The relying parties of the settings stand registered."""
    for party in node.own.relying_parties:
        parties.register(node, party)
