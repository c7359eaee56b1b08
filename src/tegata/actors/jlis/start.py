"""What J-LIS does when its node is opened."""

from tegata.actors.jlis.service import authorities, ocsp, relying_parties
from tegata.node.node import Node


def on_start(node: Node) -> None:
    """The roots stand, the relying parties of the settings are registered, OCSP is ready to answer."""
    authorities.set_up(node)
    for party in node.own.relying_parties:
        relying_parties.register(node, party)
    ocsp.refresh(node)
