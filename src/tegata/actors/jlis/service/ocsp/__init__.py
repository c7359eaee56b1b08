"""OCSP answers from data in memory that are refreshed every 15 minutes (rule FI-05; RFC 6960, RFC 5019).

What is revoked is told as of the last multiple of the interval. What was issued is known at once: a certificate made at
the counter a minute ago is not unknown. Answers to requests without a nonce are signed once for as long as the data
stand.

================  ==================================================================================
:mod:`.desk`      who answers for a usage, from memory or with a look into the database
:mod:`.live`      the same, from the records themselves
:mod:`.data`      what answers are made of, as of a boundary
:mod:`.kept`      answers that were signed, in bounded memory
:mod:`.shared`    a look into the database that many wait for
:mod:`.answered`  an answer with what HTTP is to know of it
================  ==================================================================================
"""

from datetime import datetime
from typing import TypeAlias

from tegata.actors.jlis.service.ocsp.answered import Answered
from tegata.actors.jlis.service.ocsp.desk import SnapshotDesk
from tegata.actors.jlis.service.ocsp.live import LiveDesk
from tegata.node.node import Node
from tegata.pki.profiles import USAGES, Usage

__all__ = ["Answered", "Desk", "answer", "as_of", "desk", "open_desk", "ready", "refresh"]


Desk: TypeAlias = SnapshotDesk | LiveDesk
"""Who answers for one usage."""


def open_desk(node: Node, usage: Usage, *, renews: bool) -> Desk:
    """A desk; ``renews``: whether it sees to the responders' certificates, which takes the roots' keys."""
    if node.own.ocsp_interval:
        return SnapshotDesk(node, usage, renews=renews)
    return LiveDesk(node, usage, renews=renews)


def desk(node: Node, usage: Usage) -> Desk:
    """Who answers for a usage in the process of J-LIS itself."""
    desks: dict[Usage, Desk] = node.state.get("ocsp") or node.state.setdefault(
        "ocsp", {one: open_desk(node, one, renews=True) for one in USAGES}
    )
    return desks[usage]


def refresh(node: Node) -> None:
    """Take the data anew for both usages."""
    for usage in USAGES:
        desk(node, usage).refresh()


def as_of(node: Node, usage: Usage) -> datetime | None:
    """How new the data are; None before there are any."""
    return desk(node, usage).as_of


def ready(node: Node, usage: Usage, request: bytes) -> Answered | None:
    """The answer where it takes nothing but memory: for a caller that must not block. None: ask :func:`answer`."""
    return desk(node, usage).ready(request, node.clock.now())


def answer(node: Node, usage: Usage, request: bytes) -> Answered:
    """The answer to a request in DER; any bytes get one."""
    return desk(node, usage).answer(request)
