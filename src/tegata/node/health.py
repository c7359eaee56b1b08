"""The checks of every actor: its database, its outbox, its jobs; then the actor's own."""

from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from tegata.node.checks import Check
from tegata.node.runs import last_runs
from tegata.wire.text import Text

if TYPE_CHECKING:
    from tegata.node.node import Node


def checks_of(node: "Node") -> list[Check]:
    """All checks of a node; where the database does not answer, that one alone."""
    database = _database(node)
    if database.health != "ok":
        return [database]
    own = node.spec.health(node) if node.spec.health is not None else []
    return [database, _outbox(node), _jobs(node), *own]


def _database(node: "Node") -> Check:
    title = Text("データベース", "Database")
    try:
        with node.database.read() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        says = Text("データベースから応答がありません。", "The database does not answer.")
        return Check(name="database", title=title, health="failed", says=says)
    return Check(name="database", title=title, health="ok", says=Text("応答しています。", "It answers."))


def _outbox(node: "Node") -> Check:
    counts = node.dispatcher.counts()
    parked = sum(count.messages for count in counts if count.state == "parked")
    waiting = sum(count.messages for count in counts if count.state == "waiting")
    says = Text(f"配達待ち {waiting} 件、拒否 {parked} 件", f"{waiting} waiting, {parked} refused")
    title = Text("送信箱", "Outbox")
    return Check(name="outbox", title=title, health="warning" if parked or waiting else "ok", says=says)


def _jobs(node: "Node") -> Check:
    failed = [name for name, run in last_runs(node).items() if run is not None and run.state == "failed"]
    title = Text("定時の処理", "Scheduled jobs")
    if not failed:
        return Check(name="jobs", title=title, health="ok", says=Text("失敗はありません。", "None has failed."))
    names = ", ".join(failed)
    says = Text(f"失敗した処理があります: {names}", f"Failed: {names}")
    return Check(name="jobs", title=title, health="warning", says=says)
