"""Calls of other actors: the one way a message leaves an actor.

In order: no transaction is open; the URL from the settings; headers of authentication; the request, repeated a few
times where nobody answered and repeating is harmless; the answer read, or turned into a refusal; the observers told.
"""

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import msgspec

from tegata.node import logs
from tegata.node.boundary import leave_transaction
from tegata.node.clock import Clock
from tegata.node.messages import Outgoing, outgoing
from tegata.node.observer import Message, Observer, next_number
from tegata.node.transport import NoAnswer, RawAnswer, Request, Sink, Transport
from tegata.wire.endpoint import Empty, Endpoint
from tegata.wire.problems import PEER_UNAVAILABLE, PROBLEM_MEDIA_TYPE, ProblemDetails, Refused, problem

RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")

PAUSES_SECONDS = (0.05, 0.25)
"""Before the second and the third attempt of a call that nobody answered."""
NOT_MODIFIED = 304
UNAUTHORISED = 401

PEER_MISUNDERSTOOD = problem(
    "peer-misunderstood", 502,
    ja="相手の機関の応答を読み取れませんでした。", en="The other organisation's answer could not be read.",
    do_ja="設定された接続先と、双方の版を確かめてください。",
    do_en="Check the configured address, and the versions on both sides.",
)  # fmt: skip


class Authenticator(Protocol):
    """Makes the headers by which a peer knows who is asking."""

    def headers(self, peer: str, base_url: str, method: str, url: str) -> dict[str, str]:
        """Headers for one request. Raises ``Refused``."""
        ...

    def forget(self, peer: str) -> None:
        """A peer answered 401: what was used there is not used again."""
        ...


class Anonymous:
    """Makes no headers."""

    def headers(self, peer: str, base_url: str, method: str, url: str) -> dict[str, str]:  # noqa: ARG002
        """None."""
        return {}

    def forget(self, peer: str) -> None:
        """Nothing to forget."""


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """A raw body; empty where it is ``not_modified`` since the ETag that was sent, or went into a file."""

    body: bytes
    etag: str
    not_modified: bool


class Peers:
    """What an actor calls its peers with. Safe between threads."""

    def __init__(
        self, actor: str, base_url_of: Callable[[str], str], transport: Transport, clock: Clock, observer: Observer
    ) -> None:
        self._actor = actor
        self._base_url_of = base_url_of
        self._transport = transport
        self._clock = clock
        self._observer = observer
        self._closing = threading.Event()
        self.authenticator: Authenticator = Anonymous()

    def call(
        self,
        endpoint: Endpoint[RequestT, ResponseT],
        body: RequestT | None = None,
        *,
        path: Mapping[str, object] | None = None,
        query: msgspec.Struct | None = None,
        key: str | None = None,
        to: str | None = None,
    ) -> ResponseT:
        """The answer of a peer. A change without a ``key`` gets one of its own, for its repetitions.

        Raises ``Refused``: the peer's own refusal, ``peer-unavailable`` or ``peer-misunderstood``.
        """
        key = key or (secrets.token_hex(16) if endpoint.changes else "")
        answer = self._exchange(outgoing(endpoint, body, to=to or endpoint.to, key=key, path=path, query=query))
        return self._decode(endpoint, answer)

    def fetch(
        self,
        endpoint: Endpoint[Any, bytes],
        body: bytes | None = None,
        *,
        path: Mapping[str, object] | None = None,
        query: msgspec.Struct | None = None,
        etag: str = "",
        to: str | None = None,
        into: Sink | None = None,
    ) -> Fetched:
        """A raw body of a peer, unless it is the one of ``etag``; a large one is written to ``into``.

        Raises as :meth:`call` does; ``into`` may then have a part of the body.
        """
        message = outgoing(endpoint, body, to=to or endpoint.to, path=path, query=query, etag=etag)
        answer = self._exchange(message, into=None if into is None else _Counted(into))
        return Fetched(
            body=answer.body, etag=answer.headers.get("etag", etag), not_modified=answer.status == NOT_MODIFIED
        )

    def deliver(self, message: Outgoing) -> None:
        """Send a message of the outbox, once. Raises as :meth:`call` does."""
        self._exchange(message, pauses=())

    def post_form(self, peer: str, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """A bare POST without authentication: how a token is asked for. Raises ``Refused`` (peer-unavailable)."""
        try:
            answer = self._transport.send(Request(method="POST", url=url, headers=headers, content=body))
        except NoAnswer as error:
            raise Refused(PEER_UNAVAILABLE, {"peer": peer, "cause": str(error)}) from error
        return answer.status, answer.body

    def close(self) -> None:
        """End the pauses between attempts, and let go of connections."""
        self._closing.set()
        self._transport.close()

    def _exchange(
        self, message: Outgoing, pauses: tuple[float, ...] = PAUSES_SECONDS, into: "_Counted | None" = None
    ) -> RawAnswer:
        leave_transaction()
        number, at, started = next_number(), self._clock.now(), time.perf_counter()
        status, outcome = 0, ""
        try:
            answer = self._try(message, pauses if message.repeatable else (), into)
            status, outcome = answer.status, "not-modified" if answer.status == NOT_MODIFIED else "ok"
        except Refused as refused:
            status, outcome = refused.type.status, refused.code
            raise
        else:
            return answer
        finally:
            self._observer.passed(
                Message(
                    number=number, at=at, sender=self._actor, receiver=message.to, label=message.label,
                    step=message.step, method=message.method, path=logs.masked_path(message.path), status=status,
                    outcome=outcome or "failed", ms=(time.perf_counter() - started) * 1000,
                    body_masked=logs.masked_body(message.content, message.media_type),
                )
            )  # fmt: skip

    def _try(self, message: Outgoing, pauses: tuple[float, ...], into: "_Counted | None") -> RawAnswer:
        """Attempts until one is answered; a 401 is tried once more with fresh headers of authentication.

        An answer that broke off in the middle of a file is not tried again: its part is in the file.
        """
        left = list(pauses)
        renewed = False
        while True:
            try:
                answer = self._transport.send(self._request(message), into)
                if answer.status != UNAUTHORISED or renewed:
                    return _accepted(message.to, answer)
                self.authenticator.forget(message.to)
                renewed = True
            except (NoAnswer, Refused) as error:
                refused = error if isinstance(error, Refused) else _unavailable(message.to, str(error))
                if refused.type is not PEER_UNAVAILABLE or not left or (into is not None and into.count):
                    raise refused from error
                self._closing.wait(left.pop(0))

    def _request(self, message: Outgoing) -> Request:
        base_url = self._base_of(message.to)
        url = base_url + message.path
        headers = {"accept": f"*/*, {PROBLEM_MEDIA_TYPE}", "accept-language": "ja"}
        if message.media_type:
            headers["content-type"] = message.media_type
        if message.key:
            headers["idempotency-key"] = message.key
        if message.etag:
            headers["if-none-match"] = message.etag
        if message.scope:
            headers |= self.authenticator.headers(message.to, base_url, message.method, url)
        return Request(method=message.method, url=url, headers=headers, content=message.content)

    def _base_of(self, to: str) -> str:
        return to.rstrip("/") if to.startswith(("http://", "https://")) else self._base_url_of(to)

    def _decode(self, endpoint: Endpoint[Any, ResponseT], answer: RawAnswer) -> ResponseT:
        wanted: Any = endpoint.response
        if wanted is bytes:
            return answer.body  # type: ignore[return-value]  # ResponseT is bytes
        if wanted is Empty and not answer.body:
            return Empty()  # type: ignore[return-value]  # ResponseT is Empty
        try:
            return msgspec.json.decode(answer.body, type=endpoint.response)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Refused(PEER_MISUNDERSTOOD, {"peer": endpoint.to, "status": answer.status}) from error


class _Counted:
    """A file that is written to, and how many bytes were."""

    def __init__(self, file: Sink) -> None:
        self._file = file
        self.count = 0

    def write(self, part: bytes, /) -> None:
        """Write a part."""
        self.count += len(part)
        self._file.write(part)


def _unavailable(peer: str, cause: str) -> Refused:
    return Refused(PEER_UNAVAILABLE, {"peer": peer, "cause": cause})


def _accepted(peer: str, answer: RawAnswer) -> RawAnswer:
    """The answer, if it is none of a refusal."""
    if 200 <= answer.status < 300 or answer.status == NOT_MODIFIED:
        return answer
    if answer.status >= 500:
        raise _unavailable(peer, f"status {answer.status}")
    if answer.headers.get("content-type", "").startswith(PROBLEM_MEDIA_TYPE):
        try:
            raise Refused.from_details(msgspec.json.decode(answer.body, type=ProblemDetails))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Refused(PEER_MISUNDERSTOOD, {"peer": peer, "status": answer.status}) from error
    raise Refused(PEER_MISUNDERSTOOD, {"peer": peer, "status": answer.status})
