"""Who answers for a usage from data as of a boundary, which are taken anew while others go on asking."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from tegata.actors.jlis.service import authorities
from tegata.actors.jlis.service.ocsp.answered import LATER, MALFORMED, NOT_OURS, Answered, signed
from tegata.actors.jlis.service.ocsp.data import Data, Speaker, load, topped_up
from tegata.actors.jlis.service.ocsp.shared import Shared
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
        self._looks = Shared(self._look)

    @property
    def as_of(self) -> datetime | None:
        """How new the data are; None before there are any."""
        data = self._data
        return data.window.this_update if data else None

    def ready(self, request: bytes, now: datetime, *, looked: bool = False) -> Answered | None:
        """The answer where it takes nothing but memory; None: :meth:`look` first, and then say whether it ``looked``.

        After it could look there is an answer.
        """
        data = self._data
        if data is None:
            return None
        if not (looked or data.is_fresh(now) or (data.may_be_given(now) and self._is_seen_to())):
            return None
        return answer_from(data, request, now, looked=looked)

    def _is_seen_to(self) -> bool:
        """Whether somebody takes the data anew, or it was tried and is not to be tried again yet."""
        return self._loading.locked() or time.monotonic() < self._not_before

    def answer(self, request: bytes) -> Answered:
        """The answer to a request in DER; any bytes get one. May ask the database."""
        return self.ready(request, self._node.clock.now()) or self.answer_after_look(request)

    def answer_after_look(self, request: bytes) -> Answered:
        """The same of a request for which nothing is :meth:`ready`."""
        return self.ready(request, self._node.clock.now(), looked=self.look()) or LATER

    def look(self) -> bool:
        """Ask the database for newer data, where it is time, and for what was issued since; whether that could be."""
        return self._looks.after_now()

    def _look(self) -> bool:
        data = self._current()
        if data is None or time.monotonic() < self._not_before:
            return False
        return self._tried(partial(self._top_up, data))

    def _top_up(self, data: Data) -> None:
        with self._topping_up:
            known = topped_up(self._node, self._usage, data)
        if not known:
            self.refresh()

    def _tried(self, work: Callable[[], None]) -> bool:
        """Whether that went well; where not, it is logged and not tried again at once."""
        try:
            work()
        except Exception:
            self._not_before = time.monotonic() + SECONDS_BETWEEN_TRIES
            self._node.log.exception("ocsp-data-not-refreshed", usage=self._usage)
            return False
        return True

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
        self._tried(self._load)

    def refresh(self) -> None:
        """Take the data anew."""
        with self._loading:
            self._load()

    def _load(self) -> None:
        if self._renews:
            authorities.renew_responders(self._node, self._usage)
        data = load(self._node, self._usage, self._data)
        with self._topping_up:  # what a look has found meanwhile must not be lost
            topped_up(self._node, self._usage, data)
            self._data = data


def answer_from(data: Data, request: bytes, now: datetime, *, looked: bool = False) -> Answered | None:
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
    speaker = data.speaker_for(asked)
    if speaker is None:
        return NOT_OURS if looked else None
    if looked or all(data.knows(speaker, wanted) for wanted in asked.certificates):
        return _answer_asked(data, speaker, request, asked, now)
    return None


def _answer_asked(data: Data, speaker: Speaker, request: bytes, asked: OcspRequest, now: datetime) -> Answered:
    """The answer about one certificate is signed once for as long as the data stand; others each time."""
    wanted = asked.certificates[0]
    unknown = data.unknown
    lasts = data.knows(speaker, wanted)
    kept = data.certificates if lasts else unknown
    alone = asked.nonce is None and len(asked.certificates) == 1
    answered = kept.get(wanted.encoded) if alone else None
    if answered is None:
        answered = signed(speaker.responder, speaker.source, asked, data.window, now, may_be_kept=alone and lasts)
        if alone:
            kept.put(wanted.encoded, answered)
    if alone and lasts and len(request) <= MOST_KEY_BYTES:
        data.requests.put(request, answered)
    return answered
