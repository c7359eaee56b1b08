"""Who answers for a usage from data as of a boundary, which are taken anew while others go on asking."""

import threading
import time
from datetime import datetime
from typing import Final

from tegata.actors.jlis.service import authorities
from tegata.actors.jlis.service.ocsp.answered import LATER, MALFORMED, NOT_OURS, Answered, signed
from tegata.actors.jlis.service.ocsp.data import Data, Speaker, load, topped_up
from tegata.node.node import Node
from tegata.pki.ocsp import MalformedRequest, OcspRequest, parse_request
from tegata.pki.profiles import Usage

SECONDS_BETWEEN_TRIES: Final = 5.0
"""How long nobody tries to take data anew after that has failed."""

MOST_KEY_BYTES: Final = 256
"""Longer requests are read each time: none that asks for one certificate in the usual way is."""


class SnapshotDesk:
    """Answers from data as of the newest boundary (see :mod:`.data`).

    Whoever asks while newer data are taken gets an answer of the earlier ones as long as those hold, and ``tryLater``
    where there are none that do and none can be had. New data take the place of the old ones in one step, and what was
    signed of the old ones goes with them.
    """

    def __init__(self, node: Node, usage: Usage, *, renews: bool) -> None:
        self._node, self._usage, self._renews = node, usage, renews
        self._data: Data | None = None
        self._loading = threading.Lock()
        self._topping_up = threading.Lock()
        self._not_before = 0.0

    @property
    def as_of(self) -> datetime | None:
        """How new the data are; None before there are any."""
        data = self._data
        return data.window.this_update if data else None

    def ready(self, request: bytes, now: datetime) -> Answered | None:
        """The answer where it takes nothing but memory; None: :meth:`answer` is to be asked."""
        data = self._data
        if data is None or not (data.is_fresh(now) or (data.may_be_given(now) and self._is_seen_to())):
            return None
        return answer_from(data, request, now)

    def _is_seen_to(self) -> bool:
        """Whether somebody takes the data anew, or it was tried and is not to be tried again yet."""
        return self._loading.locked() or time.monotonic() < self._not_before

    def answer(self, request: bytes) -> Answered:
        """The answer to a request in DER; any bytes get one. May ask the database."""
        arrived = time.monotonic()
        data = self._current()
        if data is None:
            return LATER
        found = answer_from(data, request, self._node.clock.now())
        if found is None:
            data = self._topped_up(data, arrived)
            found = answer_from(data, request, self._node.clock.now(), topped_up=True)
        assert found is not None
        return found

    def _current(self) -> Data | None:
        """Data that may be given; who comes first takes them anew, and others wait only where there are none."""
        now = self._node.clock.now()
        data = self._data
        if data is not None and data.is_fresh(now):
            return data
        if self._loading.acquire(blocking=data is None or not data.may_be_given(now)):
            try:
                self._load_where_due()
            finally:
                self._loading.release()
        data = self._data
        return data if data is not None and data.may_be_given(self._node.clock.now()) else None

    def refresh_where_due(self) -> None:
        """Take the data anew where there can be newer ones; that it failed is logged."""
        with self._loading:
            self._load_where_due()

    def _load_where_due(self) -> None:
        data = self._data
        if (data is not None and data.is_fresh(self._node.clock.now())) or time.monotonic() < self._not_before:
            return
        try:
            self._load()
        except Exception:
            self._not_before = time.monotonic() + SECONDS_BETWEEN_TRIES
            self._node.log.exception("ocsp-data-not-refreshed", usage=self._usage)

    def refresh(self) -> None:
        """Take the data anew."""
        with self._loading:
            self._load()

    def _load(self) -> None:
        if self._renews:
            authorities.renew_responders(self._node, self._usage)
        self._data = load(self._node, self._usage, self._data)

    def _topped_up(self, data: Data, arrived: float) -> Data:
        """The data with what was issued before the request came: one look serves all who waited for it."""
        with self._topping_up:
            if data.topped_up_at <= arrived:
                began = time.monotonic()
                if topped_up(self._node, self._usage, data):
                    data.topped_up_at = began
                else:
                    self.refresh()
                    data = self._data or data
            return data


def answer_from(data: Data, request: bytes, now: datetime, *, topped_up: bool = False) -> Answered | None:
    """The answer of data; None where a serial, or an issuer, is asked for that may have come since."""
    if not data.may_be_given(now):
        return LATER
    kept = data.requests.get(request)
    if kept is not None:
        return kept
    try:
        asked = parse_request(request)
    except MalformedRequest:
        return MALFORMED
    return _answer_asked(data, request, asked, now, topped_up=topped_up)


def _answer_asked(data: Data, request: bytes, asked: OcspRequest, now: datetime, *, topped_up: bool) -> Answered | None:
    speaker = data.speaker_for(asked)
    if speaker is None:
        return NOT_OURS if topped_up else None
    knows_all = all(data.knows(speaker, wanted) for wanted in asked.certificates)
    if not (topped_up or knows_all):
        return None
    if asked.nonce is None and len(asked.certificates) == 1 and knows_all:
        return _kept(data, speaker, request, asked, now)
    return signed(speaker.responder, speaker.source, asked, data.window, now)


def _kept(data: Data, speaker: Speaker, request: bytes, asked: OcspRequest, now: datetime) -> Answered:
    """The answer about one certificate, signed once for as long as the data stand."""
    name = asked.certificates[0].encoded
    answered = data.certificates.get(name)
    if answered is None:
        answered = signed(speaker.responder, speaker.source, asked, data.window, now, may_be_kept=True)
        data.certificates.put(name, answered)
    if len(request) <= MOST_KEY_BYTES:
        data.requests.put(request, answered)
    return answered
