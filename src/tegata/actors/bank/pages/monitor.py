"""The monitor: one line a thing that can go wrong, and what was learned last."""

from litestar import get

from tegata.actors.bank.pages.common import FOR_STAFF
from tegata.actors.bank.pages.words import VIA
from tegata.actors.bank.service import changes, consents, customers, figures
from tegata.node.node import Node
from tegata.node.web.shell import Page, page
from tegata.wire.text import Text

KINDS = {
    "certificate-revoked": Text("電子証明書の失効", "Certificate revoked"),
    "consent-given": Text("同意", "Consent given"),
    "consent-withdrawn": Text("同意の取消し", "Consent withdrawn"),
    "consent-expired": Text("同意の期限切れ", "Consent expired"),
}


@get("/", guards=FOR_STAFF, sync_to_thread=True)
def monitor(node: Node) -> Page:
    """What needs somebody now."""
    with node.database.read() as session:
        numbers = (customers.count(session), consents.count_standing(session, node.clock.now()))
        counts = figures.counts(session)
        notices = changes.newest(session)
    return page(
        "bank/monitor.html", checks=node.checks(), numbers=numbers, counts=counts, notices=notices, kinds=KINDS, via=VIA
    )


HANDLERS = (monitor,)
