"""What every actor forgets in time: answers, delivered messages and job runs that nobody will ask about again.

What a rule may still need is not touched: the audit log, parked and waiting messages, and each job's newest run.
"""

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from tegata.node import inbox
from tegata.node.jobs import Daily, Job
from tegata.node.tables import JobRun, OutboxRow
from tegata.wire.text import Text

if TYPE_CHECKING:
    from tegata.node.node import Node

SENT_KEPT_FOR = timedelta(days=90)
"""How long a delivered message is remembered, so that its key sends nothing again: longer than the receiver's inbox."""
RUNS_KEPT_FOR = timedelta(days=90)


def forget(node: "Node", due: datetime) -> None:
    """Forget what is old enough at a time."""
    inbox.forget(node.database, due)
    delivered = delete(OutboxRow).where(OutboxRow.state == "delivered", OutboxRow.ended_at < due - SENT_KEPT_FOR)
    newest = select(func.max(JobRun.number)).group_by(JobRun.job)
    ended = delete(JobRun).where(JobRun.ended_at < due - RUNS_KEPT_FOR, JobRun.number.not_in(newest))
    with node.database.begin() as transaction:
        transaction.session.execute(delivered)
        transaction.session.execute(ended)


HOUSEKEEPING = Job("housekeeping", Daily(time(3)), forget, Text("古い記録の整理", "Housekeeping"), newest_only=True)
