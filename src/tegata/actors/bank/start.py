"""What the bank does when its node is opened."""

from tegata.actors.bank.service import imports, letters
from tegata.node.node import Node


def on_start(node: Node) -> None:
    """Files whose reading was cut off are marked, and a font for letters is looked for."""
    imports.end_cut_off(node)
    letters.find_font(node)
