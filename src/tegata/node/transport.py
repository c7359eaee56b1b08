"""How a request gets to its receiver: to an ASGI application of this process, or over HTTP.

Both give the same answers to the same requests, so a sender does not know where its peer runs.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import httpx
import msgspec

from tegata.node import logs

AsgiApp = Callable[
    [
        MutableMapping[str, Any],
        Callable[[], Awaitable[dict[str, Any]]],
        Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ],
    Awaitable[None],
]

MAX_ANSWER_BYTES = 512 * 1024 * 1024
MAX_FILE_BYTES = 8 * 1024 * 1024 * 1024
"""Of a body that goes into a file; one in DER can have no more than half of this."""
CONNECT_SECONDS = 3.0
DEFAULT_PORTS = {"http": 80, "https": 443}

log = logs.logger(part="transport")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP request; header names in small letters."""

    method: str
    url: str
    headers: dict[str, str]
    content: bytes = b""


class RawAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP answer; header names in small letters. ``body`` is empty where it went into a file."""

    status: int
    headers: dict[str, str]
    body: bytes


class NoAnswer(Exception):
    """Nobody answered: no connection, no answer in time, or an answer that broke off or is too large."""


class Sink(Protocol):
    """Where a body is written to: an open file, or whatever stands before one."""

    def write(self, part: bytes, /) -> object:
        """Take the next part."""
        ...


class Transport(Protocol):
    """Whatever carries requests. Safe between threads."""

    def send(self, request: Request, into: Sink | None = None) -> RawAnswer:
        """The answer, whatever its status; the body of a success is written to ``into``. Raises :class:`NoAnswer`."""
        ...

    def close(self) -> None:
        """Let go of connections and threads."""
        ...


class HttpTransport:
    """Over HTTP, with kept connections. No redirects and no proxy: a peer is where the settings say it is."""

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout = httpx.Timeout(timeout_seconds, connect=CONNECT_SECONDS)
        self._lock = threading.Lock()
        self._made: httpx.Client | None = None

    @property
    def _client(self) -> httpx.Client:
        # Made at the first use: it reads every root certificate of the machine, and most nodes talk in their process.
        with self._lock:
            if self._made is None:
                self._made = httpx.Client(timeout=self._timeout, trust_env=False, follow_redirects=False)
            return self._made

    def send(self, request: Request, into: Sink | None = None) -> RawAnswer:
        """See :meth:`Transport.send`."""
        try:
            with self._client.stream(
                request.method, request.url, headers=request.headers, content=request.content
            ) as answer:
                body = _Body(answer.status_code, into)
                for part in answer.iter_bytes():
                    body.take(part)
                return RawAnswer(status=answer.status_code, headers=dict(answer.headers), body=bytes(body.kept))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoAnswer(type(error).__name__) from error

    def close(self) -> None:
        """Close the connections."""
        if self._made is not None:
            self._made.close()


class _Body:
    """The body of an answer as it comes: ``kept`` in memory, or in a file where it is that of a success."""

    def __init__(self, status: int, into: Sink | None) -> None:
        self.kept = bytearray()
        self._into = into if 200 <= status < 300 else None
        self._left = MAX_ANSWER_BYTES if self._into is None else MAX_FILE_BYTES

    def take(self, part: bytes) -> None:
        """The next part. Raises :class:`NoAnswer` where it is too much."""
        self._left -= len(part)
        if self._left < 0:
            raise NoAnswer("too large")
        if self._into is None:
            self.kept += part
        else:
            self._into.write(part)


class LocalApps:
    """The ASGI applications of this process by base URL, for all nodes of the process.

    A call runs the application on an event loop that nothing else uses at that time, taken from a stock and put back:
    the loop of a server is never waited on, so calls of calls can not use up its threads and stand still.
    """

    def __init__(self) -> None:
        self._apps: dict[str, AsgiApp] = {}
        self._down: frozenset[str] = frozenset()
        self._idle: list[asyncio.AbstractEventLoop] = []
        self._lock = threading.Lock()
        self._closed = False

    def register(self, base_url: str, app: AsgiApp) -> None:
        """Answer what is below a base URL by an application."""
        self._apps[base_url.rstrip("/")] = app

    def take_down(self, base_url: str) -> None:
        """Let an application be out of reach, as if its machine were off."""
        self._down |= {base_url.rstrip("/")}

    def bring_up(self, base_url: str) -> None:
        """Let it be reached again."""
        self._down -= {base_url.rstrip("/")}

    def find(self, url: str) -> str | None:
        """The base URL of the application that serves a URL; None where it is not in this process."""
        for base in sorted(self._apps, key=len, reverse=True):
            if url == base or url.startswith((base + "/", base + "?")):
                return base
        return None

    def send(self, base: str, request: Request, into: Sink | None = None) -> RawAnswer:
        """The answer of the application at a base URL; see :meth:`Transport.send`."""
        if base in self._down:
            raise NoAnswer("taken down")
        loop = self._take()
        try:
            # A context of its own: nothing of the sender (its user, its transaction) is seen by the receiver.
            work = _exchange(self._apps[base], base, request, into)
            answer = loop.run_until_complete(loop.create_task(work, context=Context()))
        except NoAnswer:
            raise
        except Exception as error:
            log.exception("application-failed", base=base)
            raise NoAnswer(type(error).__name__) from error
        finally:
            self._put_back(loop)
        return answer

    def close(self) -> None:
        """Close the loops that are in stock, and each of the others when its call ends."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for loop in idle:
            _close(loop)

    def _take(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        loop = asyncio.new_event_loop()
        # One request at a time, so one handler at a time.
        loop.set_default_executor(ThreadPoolExecutor(max_workers=1, thread_name_prefix="in-process"))
        return loop

    def _put_back(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(loop)
                return
        _close(loop)


def _close(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


def _scope(base: str, request: Request) -> dict[str, Any]:
    at, below = urlsplit(base), urlsplit(request.url)
    raw_path = below.path or "/"
    host = (at.hostname or "", at.port or DEFAULT_PORTS[at.scheme])
    headers = {"host": at.netloc, "content-length": str(len(request.content)), **request.headers}
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": at.scheme,
        "server": host,
        "client": ("127.0.0.1", 0),
        "root_path": at.path,
        "path": unquote(raw_path),
        "raw_path": raw_path.encode("ascii"),
        "query_string": below.query.encode("ascii"),
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
        "state": {},
        "extensions": {},
    }


async def _exchange(app: AsgiApp, base: str, request: Request, into: Sink | None) -> RawAnswer:
    """One request and the whole of its answer, by the ASGI specification."""
    waiting = [{"type": "http.request", "body": request.content, "more_body": False}]
    status, headers, body = 0, {}, _Body(0, None)
    ended = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if waiting:
            return waiting.pop()
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(event: MutableMapping[str, Any]) -> None:
        nonlocal status, headers, body
        if event["type"] == "http.response.start":
            status, body = event["status"], _Body(event["status"], into)
            headers = {bytes(k).decode("latin-1").lower(): bytes(v).decode("latin-1") for k, v in event["headers"]}
        elif event["type"] == "http.response.body":
            body.take(event.get("body", b""))
            if not event.get("more_body", False):
                ended.set()

    await app(_scope(base, request), receive, send)
    if not status:
        raise NoAnswer("no response")
    return RawAnswer(status=status, headers=headers, body=bytes(body.kept))


class Carrier:
    """A node's transport: in the process where the peer is in it, else over HTTP."""

    def __init__(self, local: LocalApps, timeout_seconds: float) -> None:
        self._local = local
        self._http = HttpTransport(timeout_seconds)

    def send(self, request: Request, into: Sink | None = None) -> RawAnswer:
        """See :meth:`Transport.send`."""
        base = self._local.find(request.url)
        return self._http.send(request, into) if base is None else self._local.send(base, request, into)

    def close(self) -> None:
        """Close the connections; the applications belong to the process."""
        self._http.close()
