"""Who answers for a usage from the records as they are, where the interval is zero."""

import threading
from datetime import datetime, timedelta
from typing import Final

from tegata.actors.jlis.rules.revocation import ocsp_next_update
from tegata.actors.jlis.service import authorities, status
from tegata.actors.jlis.service.ocsp.answered import LATER, MALFORMED, NOT_OURS, Answered, Window, signed
from tegata.node.node import Node
from tegata.pki.ocsp import MalformedRequest, OcspRequest, Responder, parse_request
from tegata.pki.profiles import Usage

RESPONDERS_KEPT: Final = timedelta(hours=1)
"""How long responders are used without a look whether one was renewed."""


class LiveDesk:
    """Answers from the records themselves; nothing is kept but the responders."""

    def __init__(self, node: Node, usage: Usage, *, renews: bool) -> None:
        self._node, self._usage, self._renews = node, usage, renews
        self._lock = threading.Lock()
        self._responders: dict[int, Responder] = {}
        self._since: datetime | None = None
        self._generations = 0

    @property
    def as_of(self) -> datetime | None:
        """How new the data are: the records are there at any time."""
        return self._node.clock.now()

    def ready(self, _request: bytes, _now: datetime) -> None:
        """Never without the database."""
        return

    def refresh(self) -> None:
        """Take the responders anew."""
        if self._renews:
            authorities.renew_responders(self._node, self._usage)
        self._generations = self._count()
        self._responders = authorities.responders(self._node, self._usage)
        self._since = self._node.clock.now()

    def refresh_where_due(self) -> None:
        """Take the responders anew where one may have come."""
        with self._lock:
            since = self._since
            if since is None or self._count() != self._generations or self._node.clock.now() - since > RESPONDERS_KEPT:
                self.refresh()

    def _count(self) -> int:
        with self._node.database.read() as session:
            return authorities.count(session, self._usage)

    def answer(self, request: bytes) -> Answered:
        """The answer to a request in DER; any bytes get one. May ask the database."""
        return self.answer_after_look(request)

    def answer_after_look(self, request: bytes) -> Answered:
        """The same: nothing is ever ready."""
        try:
            asked = parse_request(request)
        except MalformedRequest:
            return MALFORMED
        self.refresh_where_due()
        for number, responder in self._responders.items():
            if any(map(responder.speaks_for, asked.certificates)):
                return self._answer(number, responder, asked)
        return NOT_OURS

    def _answer(self, number: int, responder: Responder, asked: OcspRequest) -> Answered:
        now = self._node.clock.now()
        begin = now.replace(microsecond=0)
        end = min(ocsp_next_update(begin, timedelta(0)), responder.certificate.not_valid_after_utc)
        if end < begin:
            return LATER
        source = status.LiveStatus(self._node, self._usage, number)
        return signed(responder, source, asked, Window(begin, begin, end), now)
