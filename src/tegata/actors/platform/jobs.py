"""What the clock starts at the operator: the list of the day at 07:05, the consent feed every 15 minutes."""

from datetime import datetime, time, timedelta

from tegata.actors.platform.service import consents, crls
from tegata.node.jobs import Daily, Every, Job
from tegata.node.node import Node
from tegata.pki.profiles import USAGES
from tegata.wire.problems import Refused
from tegata.wire.text import Text

CRL_SCHEDULE = Daily(time(7, 5))
RETRY = timedelta(minutes=10)


def fetch_crls(node: Node, _due: datetime) -> None:
    """Consents first, so that a list is compared with all of them; then each usage's list, one's trouble apart (FI-06).

    Raises the first refusal once all were tried.
    """
    refusals = [refused for refused in (_tried(node, usage) for usage in USAGES) if refused is not None]
    if refusals:
        raise refusals[0]


def _tried(node: Node, usage: str) -> Refused | None:
    try:
        if usage == "sign":
            consents.learn(node)
        crls.refresh(node, "sign" if usage == "sign" else "auth")
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
