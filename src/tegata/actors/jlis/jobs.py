"""What the clock starts at J-LIS: CRLs at 07:00, OCSP data every 15 minutes, the end of consents at midnight."""

from datetime import datetime, time, timedelta

from tegata.actors.jlis.service import consents, crls, ocsp
from tegata.node.jobs import Daily, Every, Job
from tegata.node.node import Node
from tegata.wire.text import Text

CRL_SCHEDULE = Daily(time(7))
RETRY = timedelta(minutes=10)


def issue_crls(node: Node, due: datetime) -> None:
    """The lists of the day (rule FI-04); nothing where they are issued."""
    crls.issue_all(node, due)


def refresh_ocsp(node: Node, due: datetime) -> None:
    """OCSP data as of now (rule FI-05), at each multiple of the interval that the settings name."""
    interval = node.own.ocsp_interval
    if interval and Every(interval).last(due) == due:
        ocsp.refresh(node)


def end_consents(node: Node, _due: datetime) -> None:
    """Entries of the feed for consents whose term is over."""
    consents.expire(node)


JOBS = (
    Job("end-consents", Daily(time(0)), end_consents, Text("同意の期限切れ", "Consents expire"), retry=RETRY),
    Job("crl", CRL_SCHEDULE, issue_crls, Text("CRL の更新", "CRLs issued"), retry=RETRY),
    Job(
        "ocsp", Every(timedelta(minutes=15)), refresh_ocsp, Text("OCSP データの更新", "OCSP data refreshed"),
        retry=RETRY, newest_only=True,
    ),
)  # fmt: skip
