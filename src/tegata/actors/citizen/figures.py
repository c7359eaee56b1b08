"""The living figure on the map."""

from sqlalchemy import func, select

from tegata.actors.citizen.tables import CardRow
from tegata.node.node import Node
from tegata.wire.text import Language, Text


def figure(node: Node, _language: Language) -> Text | None:
    """How many cards lie in the drawer."""
    with node.database.read() as session:
        count = session.scalar(select(func.count()).select_from(CardRow).where(CardRow.medium == "card"))
    return Text(f"カード {count} 枚", f"{count} cards")
