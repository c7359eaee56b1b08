"""The living number on the map, and what can go wrong at the portal."""

from datetime import datetime, time, timedelta

from sqlalchemy import func, select

from tegata.actors.portal.service import passing_on
from tegata.actors.portal.tables import PersonRow
from tegata.japan.dates import JST
from tegata.node.checks import Check
from tegata.node.node import Node
from tegata.wire.text import Language, Text

PATIENCE = timedelta(hours=1)
"""How long a signed statement may wait for J-LIS before it is trouble."""


def figure(node: Node, _language: Language) -> Text:
    """How many people logged in today."""
    now = node.clock.now()
    today = datetime.combine(now.date(), time(), JST)
    with node.database.read() as session:
        people = session.scalar(select(func.count()).select_from(PersonRow).where(PersonRow.last_login_at >= today))
    return Text(f"今日の利用 {people}人", f"{people} today")


def checks(node: Node) -> list[Check]:
    """Whether signed statements wait for J-LIS."""
    rows = passing_on.waiting(node)
    title = Text("署名の引渡し", "Signed statements")
    if not rows:
        says = Text("待っているものはありません。", "None waits.")
        return [Check(name="statements", title=title, health="ok", says=says)]
    oldest = min(row.returned_at or row.created_at for row in rows)
    health = "warning" if node.clock.now() - oldest < PATIENCE else "failed"
    says = Text(f"{len(rows)}件が J-LIS の応答を待っています。", f"{len(rows)} wait for J-LIS.")
    return [Check(name="statements", title=title, health="warning" if health == "warning" else "failed", says=says)]
