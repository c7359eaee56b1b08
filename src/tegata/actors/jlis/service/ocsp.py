"""OCSP answers from data in memory that are refreshed every 15 minutes (rule FI-05; RFC 6960, RFC 5019).

What is revoked is told as of the last refresh. What was issued is known at once: a certificate made at the counter a
minute ago is not unknown. Answers to requests without a nonce are signed once for as long as the data stand.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tegata.actors.jlis.rules.revocation import ocsp_next_update
from tegata.actors.jlis.service import authorities, status
from tegata.actors.jlis.tables import CertificateRow
from tegata.node.node import Node
from tegata.pki.ocsp import (
    MALFORMED_REQUEST,
    UNAUTHORIZED,
    Good,
    MalformedRequest,
    Responder,
    Snapshot,
    StatusSource,
    Unknown,
    choose_responder,
    parse_request,
)
from tegata.pki.ocsp.status import Status
from tegata.pki.profiles import USAGES, Usage

MOST_KEPT_ANSWERS = 10_000
RESPONDERS_KEPT = timedelta(hours=1)
"""How long responder certificates are used without a look whether one has to be renewed, where answers are live."""

_STATE = "ocsp"
_lock = threading.Lock()


@dataclass
class WithNewer:
    """A snapshot, and the certificates that were issued since."""

    snapshot: Snapshot
    newer: set[int] = field(default_factory=set)

    def status(self, serial: int) -> Status:
        """As of the snapshot; good for what was issued since."""
        found = self.snapshot.status(serial)
        return Good() if isinstance(found, Unknown) and serial in self.newer else found


@dataclass
class Data:
    """What one usage's answers are made of, as of ``this_update``. ``highest``: the last serial that is known."""

    this_update: datetime
    next_update: datetime
    responders: list[tuple[Responder, WithNewer]]
    highest: int
    answers: dict[bytes, bytes] = field(default_factory=dict)

    def source_of(self, responder: Responder) -> WithNewer:
        """The certificates that a responder speaks for."""
        return next(source for one, source in self.responders if one is responder)


@dataclass(frozen=True)
class Answered:
    """An answer in DER, and from when to when it may be kept; None for one that is not signed."""

    der: bytes
    this_update: datetime | None = None
    next_update: datetime | None = None


def refresh(node: Node) -> None:
    """Take the data anew for both usages."""
    for usage in USAGES:
        load(node, usage)


def load(node: Node, usage: Usage) -> Data:
    """Take the data of one usage anew."""
    responders = authorities.responders(node, usage)
    numbers = [generation.number for generation in authorities.generations(node, usage)]
    now = node.clock.now().replace(microsecond=0)
    with node.database.read() as session:
        highest = authorities.next_serial(session, usage) - 1
    sources = [WithNewer(status.snapshot(node, usage, number)) for number in numbers]
    data = Data(
        now, ocsp_next_update(now, node.own.ocsp_interval), list(zip(responders, sources, strict=True)), highest
    )
    _all(node)[usage] = data
    return data


def _all(node: Node) -> dict[Usage, Data]:
    kept: dict[Usage, Data] = node.state.setdefault(_STATE, {})
    return kept


def as_of(node: Node, usage: Usage) -> datetime | None:
    """How new the data are; None before the first answer."""
    data = _all(node).get(usage)
    return data.this_update if data else None


def ready(node: Node, usage: Usage, request: bytes) -> Answered | None:
    """The answer where it takes nothing but memory: for a caller that must not block. None: ask :func:`answer`."""
    data = _all(node).get(usage)
    if data is None or not _is_fresh(data, node.clock.now(), node.own.ocsp_interval):
        return None
    return _answer(data, request, node.clock.now())


def answer(node: Node, usage: Usage, request: bytes) -> Answered:
    """The answer to a request in DER; any bytes get one. Refreshes data that have grown too old."""
    now = node.clock.now()
    if not node.own.ocsp_interval:
        return _answer_live(node, usage, request, now)
    with _lock:
        data = _all(node).get(usage)
        if data is None or not _is_fresh(data, now, node.own.ocsp_interval):
            data = load(node, usage)
        found = _answer(data, request, now)
        if found is None:
            found = _answer(_top_up(node, usage, data), request, now, topped_up=True)
    assert found is not None
    return found


def _is_fresh(data: Data, now: datetime, interval: timedelta) -> bool:
    return now - data.this_update < interval


def _answer(data: Data, request: bytes, now: datetime, *, topped_up: bool = False) -> Answered | None:
    """None where a serial, or an issuer, is asked for that may have come since."""
    kept = data.answers.get(request)
    if kept is not None:
        return Answered(kept, data.this_update, data.next_update)
    try:
        asked = parse_request(request)
        responder = choose_responder((one for one, _ in data.responders), request)
    except MalformedRequest:
        return Answered(MALFORMED_REQUEST)
    if responder is None:
        return Answered(UNAUTHORIZED) if topped_up else None
    if not topped_up and any(wanted.serial > data.highest for wanted in asked.certificates):
        return None
    der = _signed(responder, request, data.source_of(responder), now, data)
    if asked.nonce is None and len(data.answers) < MOST_KEPT_ANSWERS:
        data.answers[request] = der
    return Answered(der, data.this_update, data.next_update)


def _signed(responder: Responder, request: bytes, source: StatusSource, now: datetime, data: Data) -> bytes:
    return responder.answer(request, source, now=now, this_update=data.this_update, next_update=data.next_update)


def _top_up(node: Node, usage: Usage, data: Data) -> Data:
    """The data with what was issued since; taken anew where a generation was added."""
    position = {one.number: place for place, one in enumerate(authorities.generations(node, usage))}
    if len(position) != len(data.responders):
        return load(node, usage)
    with node.database.read() as session:
        for generation, serial in _issued_since(session, usage, data.highest):
            data.responders[position[generation]][1].newer.add(serial)
            data.highest = max(data.highest, serial)
    return data


def _issued_since(session: Session, usage: Usage, serial: int) -> list[tuple[int, int]]:
    query = select(CertificateRow.generation, CertificateRow.serial).where(
        CertificateRow.usage == usage, CertificateRow.serial > serial
    )
    return [(generation, number) for generation, number in session.execute(query)]


def _answer_live(node: Node, usage: Usage, request: bytes, now: datetime) -> Answered:
    with _lock:
        data = _all(node).get(usage)
        generations = authorities.generations(node, usage)
        if data is None or len(data.responders) != len(generations) or now - data.this_update > RESPONDERS_KEPT:
            data = load(node, usage)
    try:
        responder = choose_responder((one for one, _ in data.responders), request)
    except MalformedRequest:
        return Answered(MALFORMED_REQUEST)
    if responder is None:
        return Answered(UNAUTHORIZED)
    number = generations[[one for one, _ in data.responders].index(responder)].number
    this_update = now.replace(microsecond=0)
    source = status.LiveStatus(node, usage, number)
    end = ocsp_next_update(this_update, timedelta(0))
    return Answered(
        responder.answer(request, source, now=now, this_update=this_update, next_update=end), this_update, end
    )
