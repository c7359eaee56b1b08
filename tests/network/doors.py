"""A door before an actor that can be told to fail in the ways in which machines fail."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Literal

from tegata.node.transport import AsgiApp

Mood = Literal["well", "failing", "silent", "answer-lost"]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


SILENCE_SECONDS = 2.0
"""Longer than anybody waits in these tests; the request then ends without an answer."""


class ConnectionBroke(Exception):
    """The connection ended before the answer had come."""


class Door:
    """An ASGI application before another one. ``mood`` is what becomes of requests for a path; ``bodies`` are theirs.

    ``failing`` answers 500; ``silent`` does not answer; with ``answer-lost`` the request is done, and the connection
    breaks before anything of the answer is sent.
    """

    def __init__(self, app: AsgiApp, path_end: str) -> None:
        self._app = app
        self._path_end = path_end
        self.mood: Mood = "well"
        self.bodies: list[bytes] = []

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        if scope["type"] != "http" or not scope["path"].endswith(self._path_end):
            await self._app(scope, receive, send)
            return
        event = await receive()
        self.bodies.append(bytes(event.get("body", b"")))
        if self.mood == "silent":
            await asyncio.sleep(SILENCE_SECONDS)
        elif self.mood == "failing":
            await send({"type": "http.response.start", "status": 500, "headers": [(b"content-type", b"text/html")]})
            await send({"type": "http.response.body", "body": b"<h1>Internal Server Error</h1>"})
        else:
            await self._pass_on(scope, event, receive, send)

    async def _pass_on(
        self, scope: MutableMapping[str, Any], first: dict[str, Any], receive: Receive, send: Send
    ) -> None:
        waiting = [first]

        async def again() -> dict[str, Any]:
            return waiting.pop() if waiting else await receive()

        async def nowhere(_event: MutableMapping[str, Any]) -> None:
            await asyncio.sleep(0)

        if self.mood == "answer-lost":
            await self._app(scope, again, nowhere)
            raise ConnectionBroke
        await self._app(scope, again, send)
