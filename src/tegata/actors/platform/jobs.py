"""What the clock starts at the operator: the list of the day at 07:00, the consent feed every 15 minutes."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial

from tegata.actors.platform.service import consents, crls
from tegata.node.jobs import Daily, Every, Job
from tegata.node.node import Node
from tegata.pki.profiles import USAGES
from tegata.wire.problems import Refused
from tegata.wire.text import Text

CRL_SCHEDULE = Daily(time(7))
"""When J-LIS issues it (FI-04). On machines of their own the operator may ask first: then it asks again."""
RETRY = timedelta(minutes=5)


def fetch_crls(node: Node, _due: datetime) -> None:
    """Consents first, so that a list is compared with all of them; then each usage's list (FI-06). One's trouble stops
    none of the others: a consent that is learned late is compared with the list in use then.

    Raises the first refusal once all were tried.
    """
    work: list[Callable[[], object]] = [
        partial(consents.learn, node),
        *(partial(crls.refresh, node, usage) for usage in USAGES),
    ]
    refusals = [refused for refused in map(_refusal, work) if refused is not None]
    if refusals:
        raise refusals[0]


def _refusal(step: Callable[[], object]) -> Refused | None:
    try:
        step()
    except Refused as refused:
        return refused
    return None


def learn_consents(node: Node, _due: datetime) -> None:
    """Read the consent feed: withdrawals are not pushed (FI-09)."""
    consents.learn(node)


JOBS = (
    Job("crl", CRL_SCHEDULE, fetch_crls, Text("CRL の取得", "CRLs fetched"), retry=RETRY),
    Job(
        "consents", Every(timedelta(minutes=15)), learn_consents, Text("同意の提供状況の取得", "Consent feed read"),
        retry=RETRY, newest_only=True,
    ),
)  # fmt: skip
