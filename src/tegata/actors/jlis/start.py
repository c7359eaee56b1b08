"""What J-LIS does when its node is opened."""

from tegata.actors.jlis.service import authorities, callers, ocsp, relying_parties
from tegata.node.node import Node


def on_start(node: Node) -> None:
    """The roots stand, the relying parties are registered, callers can be found, OCSP is ready to answer."""
    authorities.set_up(node)
    for party in node.own.relying_parties:
        relying_parties.register(node, party)
    callers.fill_fingerprints(node)
    ocsp.refresh(node)
