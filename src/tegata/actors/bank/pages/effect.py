"""効果: サービス活用前・後 in numbers and pictures (FI-11)."""

from datetime import timedelta

from litestar import get

from tegata.actors.bank.pages.common import FOR_STAFF
from tegata.actors.bank.service.effect import effect
from tegata.node.node import Node
from tegata.node.web.shell import Page, page
from tegata.wire.text import Text

DAYS = 30


@get("/effect", guards=FOR_STAFF, sync_to_thread=True)
def figures(node: Node) -> Page:
    """The figures of the last thirty days."""
    found = effect(node, DAYS)
    return page(
        "bank/effect.html", found=found, days=DAYS, wait=duration(found.wait), before=duration(found.wait_before)
    )


def duration(time: timedelta | None) -> Text:
    """A time in the two largest units that it has."""
    if time is None:
        return Text("—", "—")
    minutes = round(time.total_seconds() / 60)
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return Text(f"{days}日{hours}時間", f"{days} d {hours} h") if days < 30 else Text(f"{days}日", f"{days} d")
    return Text(f"{hours}時間{rest}分", f"{hours} h {rest} min") if hours else Text(f"{rest}分", f"{rest} min")


HANDLERS = (figures,)
