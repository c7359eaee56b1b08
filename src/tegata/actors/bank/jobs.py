"""What the clock starts at the bank: learning, asking, matching, and what was left undone."""

from datetime import datetime, time, timedelta

from tegata.actors.bank.rules.asking import ASK_AGAIN_AT
from tegata.actors.bank.service import campaigns, changes, collecting, consents, matching, questions, stream
from tegata.node.jobs import Daily, Every, Job
from tegata.node.node import Node
from tegata.wire.text import Text


def ask(node: Node, _due: datetime) -> None:
    """Consents that wait to be passed on, then every question that is due (⑤)."""
    collecting.pass_on_waiting(node)
    questions.ask_due(node)


def learn(node: Node, _due: datetime) -> None:
    """What the operator's log says, by the chosen way; terms of consents; letters that the portal has not got yet."""
    stream.learn(node)
    consents.complete(node)
    campaigns.offer_waiting(node)


def match(node: Node, _due: datetime) -> None:
    """The list of the day against all customers, where the bank wants to match by itself (FI-06)."""
    if stream.matches_itself(node):
        matching.match_customers(node)


def ask_again(node: Node, _due: datetime) -> None:
    """The log is read whatever the way, so that a push that never came is not missed; then what is due is asked."""
    changes.read_feed(node)
    questions.ask_due(node)


# What runs every few minutes needs no rule for trying again; the daily ones are tried until the operator is back.
JOBS = (
    Job("learn", Every(timedelta(minutes=15)), learn, Text("変更の受取り", "Changes learned"), newest_only=True),
    Job("match", Daily(time(7, 20)), match, Text("CRL の突合", "CRL matched"), retry=timedelta(minutes=30)),
    Job("ask-again", Daily(ASK_AGAIN_AT), ask_again, Text("再照会", "Questions asked again"), retry=timedelta(hours=1)),
    Job("ask", Every(timedelta(minutes=5)), ask, Text("4情報の照会", "Questions asked"), newest_only=True),
)
