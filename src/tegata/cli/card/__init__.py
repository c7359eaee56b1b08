"""``tegata card``: a virtual card on a virtual reader, and any card in any reader."""

from tegata.cli.card.group import card

__all__ = ["card"]
