"""A server of OCSP alone, as an RSGI application: one of several processes, beside J-LIS or without it.

It answers from the same :mod:`.service.ocsp` as J-LIS does, and holds the state of certificates and the responders'
keys, no others. It takes ``POST /ocsp/{usage}`` and ``GET /ocsp/{usage}/{base64}``, also below ``/jlis``.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, Protocol

import msgspec

from tegata.actors.jlis.ocsp_http import check_media_type, headers, is_known
from tegata.actors.jlis.service.ocsp import Answered, Desk, open_desk
from tegata.actors.jlis.service.ocsp.answered import FAILED, LATER
from tegata.actors.jlis.service.ocsp.desk import SnapshotDesk
from tegata.actors.jlis.service.ocsp.live import LiveDesk
from tegata.node.node import Node
from tegata.pki.ocsp import MOST_REQUEST_BYTES, MalformedRequest, decode_get
from tegata.pki.profiles import USAGES
from tegata.wire.problems import (
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    PROBLEM_MEDIA_TYPE,
    TOO_LARGE,
    Refused,
    problem,
)

BODY_SECONDS: Final = 10.0
"""How long the body of a request may take to arrive."""

LOOK_SECONDS: Final = 0.2
"""How often it is looked whether the clock has passed a boundary."""

THREADS: Final = 4
"""How many requests may ask the database at once."""

TOO_SLOW = problem(
    "request-too-slow", 408,
    ja="要求が、決められた時間のうちに届きませんでした。", en="The request did not arrive in time.",
    do_ja="通信の状態を確かめて、もう一度送ってください。", do_en="Check the connection and send it again.",
)  # fmt: skip

_PREFIXES: Final = ("", "/jlis")


class Headers(Protocol):
    """Those of a request, by their names in small letters."""

    def get(self, key: str, default: str | None = None) -> str | None:
        """One of them."""
        ...


class Scope(Protocol):
    """What RSGI tells of a request; the path is decoded."""

    proto: str
    method: str
    path: str
    headers: Headers


class OcspApp:
    """The application; closes the node that it is given when the server ends."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._desks: dict[str, Desk] = {usage: open_desk(node, usage, renews=False) for usage in USAGES}
        self._posts = {f"{prefix}/ocsp/{usage}": desk for prefix in _PREFIXES for usage, desk in self._desks.items()}
        self._looks = {
            desk: Shared(partial(self._in_thread, desk.look))
            for desk in self._desks.values()
            if isinstance(desk, SnapshotDesk)
        }
        self._reading: dict[asyncio.Task[Any], float] = {}
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="ocsp")
        self._stopping = threading.Event()
        self._look()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """The server begins."""
        threading.Thread(target=self._look_again, name="ocsp-data", daemon=True).start()
        loop.call_later(BODY_SECONDS / 4, self._end_slow_ones, loop)

    def __rsgi_del__(self, _loop: asyncio.AbstractEventLoop) -> None:
        """The server has ended."""
        self._stopping.set()
        self._threads.shutdown()
        self._node.close()

    def _look(self) -> None:
        for desk in self._desks.values():
            desk.refresh_where_due()

    def _look_again(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            self._look()

    def _end_slow_ones(self, loop: asyncio.AbstractEventLoop) -> None:
        latest = loop.time() - BODY_SECONDS
        for task, since in list(self._reading.items()):
            if since < latest:
                task.cancel()
        loop.call_later(BODY_SECONDS / 4, self._end_slow_ones, loop)

    async def __rsgi__(self, scope: Scope, protocol: Any) -> None:
        """Answer a request."""
        try:
            await self._answer(scope, protocol)
        except Refused as refused:
            _refuse(protocol, refused)

    async def _answer(self, scope: Scope, protocol: Any) -> None:
        desk = self._posts.get(scope.path)
        if desk is not None and scope.method == "POST":
            await self._give(protocol, desk, await self._body(scope, protocol))
            return
        desk, encoded = self._got(scope)
        if desk is None:
            raise Refused(NOT_FOUND)
        if encoded is None:
            raise Refused(METHOD_NOT_ALLOWED, {"allow": "POST"})
        if scope.method not in {"GET", "HEAD"}:
            raise Refused(METHOD_NOT_ALLOWED, {"allow": "GET, HEAD"})
        try:
            request = decode_get(encoded)
        except MalformedRequest:
            request = b""  # nor is this one
        await self._give(protocol, desk, request, scope.headers.get("if-none-match"))

    def _got(self, scope: Scope) -> tuple[Desk | None, str | None]:
        """Whom a path means, and the request in it; None for a path without one."""
        prefix, _, rest = scope.path.partition("/ocsp/")
        usage, slash, encoded = rest.partition("/")
        return self._desks.get(usage) if prefix in _PREFIXES else None, encoded if slash else None

    async def _body(self, scope: Scope, protocol: Any) -> bytes:
        check_media_type(scope.headers.get("content-type"))
        length = scope.headers.get("content-length")
        if length is not None and int(length) > MOST_REQUEST_BYTES:
            raise Refused(TOO_LARGE)
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None
        self._reading[task] = loop.time()
        try:
            return await (protocol() if length is not None else _chunks(protocol))
        except asyncio.CancelledError:
            raise Refused(TOO_SLOW) from None
        finally:
            del self._reading[task]

    async def _in_thread(self, work: Callable[[], bool]) -> bool:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def _give(self, protocol: Any, desk: Desk, request: bytes, if_none_match: str | None = None) -> None:
        now = self._node.clock.now()
        try:
            answered = desk.ready(request, now) or await self._looked_up(desk, request)
        except Exception:
            self._node.log.exception("ocsp-not-answered")
            answered = FAILED
        beside = headers(answered, now)
        if if_none_match is not None and is_known(answered, if_none_match):
            protocol.response_empty(304, beside)
        else:
            protocol.response_bytes(200, beside, answered.der)

    async def _looked_up(self, desk: Desk, request: bytes) -> Answered:
        """Whatever asks the database is done by a thread; one look serves all who came before it."""
        if isinstance(desk, LiveDesk):
            return await asyncio.get_running_loop().run_in_executor(self._threads, desk.answer, request)
        looked = await self._looks[desk].after_now()
        return desk.ready(request, self._node.clock.now(), looked=looked) or LATER


class Shared:
    """Work that many wait for: each for a run that begins after it asked, and one run serves all who wait for it."""

    def __init__(self, work: Callable[[], Awaitable[bool]]) -> None:
        self._work = work
        self._running: asyncio.Task[bool] | None = None
        self._following: asyncio.Task[bool] | None = None

    async def after_now(self) -> bool:
        """What a run gives that begins now or later."""
        if self._running is None or self._running.done():
            self._running = asyncio.ensure_future(self._work())
            return await asyncio.shield(self._running)
        if self._following is None:
            self._following = asyncio.ensure_future(self._after(self._running))
        return await asyncio.shield(self._following)

    async def _after(self, earlier: "asyncio.Task[bool]") -> bool:
        await asyncio.wait([earlier])
        self._running, self._following = self._following, None
        return await self._work()


async def _chunks(protocol: Any) -> bytes:
    """A body whose length is not told before."""
    body = bytearray()
    async for chunk in protocol:
        body += chunk
        if len(body) > MOST_REQUEST_BYTES:
            raise Refused(TOO_LARGE)
    return bytes(body)


def _refuse(protocol: Any, refused: Refused) -> None:
    beside = [("content-type", PROBLEM_MEDIA_TYPE), ("connection", "close")]
    if "allow" in refused.detail:
        beside.append(("allow", refused.detail["allow"]))
    protocol.response_bytes(refused.type.status, beside, msgspec.json.encode(refused.to_details()))
