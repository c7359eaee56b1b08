"""What the clock starts at the portal: reminders, what J-LIS did not take yet, and forgetting."""

from datetime import datetime, time, timedelta

from tegata.actors.portal.service import authorizations, card_requests, certificate_logins, passing_on, reminders
from tegata.node.jobs import Daily, Every, Job
from tegata.node.node import Node
from tegata.wire.text import Text

RETRY = timedelta(minutes=10)


def remind(node: Node, _due: datetime) -> None:
    """Remind people of their consents (FI-09)."""
    reminders.remind(node)


def pass_on(node: Node, _due: datetime) -> None:
    """Pass signed statements on that J-LIS could not take when they were signed."""
    passing_on.pass_on_waiting(node)


def forget(node: Node, _due: datetime) -> None:
    """Take away what was kept for a moment only: attributes of codes that nobody fetched, unanswered requests."""
    authorizations.forget(node)
    card_requests.forget(node)
    certificate_logins.forget(node)


JOBS = (
    Job("remind", Daily(time(9)), remind, Text("同意のお知らせ", "Reminders of consents"), retry=RETRY),
    Job(
        "pass-on", Every(timedelta(minutes=15)), pass_on, Text("署名の引渡し", "Signed statements passed on"),
        retry=RETRY, newest_only=True,
    ),
    Job(
        "forget", Every(timedelta(minutes=15)), forget, Text("一時的な情報の消去", "What was kept for a moment erased"),
        newest_only=True,
    ),
)  # fmt: skip
