"""The living figure on the map, and what can go wrong at the counter."""

from datetime import datetime, time

from sqlalchemy import func, select

from tegata.actors.municipality.tables import EntryRow
from tegata.japan.dates import JST
from tegata.node.node import Node
from tegata.wire.text import Language, Text


def figure(node: Node, _language: Language) -> Text | None:
    """How many changes of the register were recorded today, at all counters."""
    midnight = datetime.combine(node.clock.now().astimezone(JST).date(), time(0), JST)
    with node.database.read() as session:
        count = session.scalar(select(func.count()).select_from(EntryRow).where(EntryRow.recorded_at >= midnight))
    return Text(f"今日の異動 {count} 件", f"{count} changes today")
