"""An answer whose body is a file: sent a piece at a time, so that a large one takes no memory."""

import asyncio
from typing import Any, BinaryIO, Final

from litestar.response import Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

PIECE: Final = 1 << 18


class FileResponse(Response[bytes]):
    """The content of an open file from where it stands, ``size`` bytes of it; the file is closed at the end."""

    def __init__(self, file: BinaryIO, size: int, **options: Any) -> None:
        super().__init__(b"", **options)
        self.file, self.size = file, size

    def to_asgi_response(self, app: Any, request: Any, **options: Any) -> ASGIResponse:
        """Litestar's way from an answer to what is sent."""
        made = super().to_asgi_response(app, request, **options)
        return _Sent(
            self.file, status_code=made.status_code, headers={**made.headers, "content-length": str(self.size)}
        )


class _Sent(ASGIResponse):
    """Status and headers, and then the file."""

    def __init__(self, file: BinaryIO, **options: Any) -> None:
        super().__init__(**options)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send all of it, unless the other side goes away."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()

    async def send_body(self, send: Send, receive: Receive) -> None:  # noqa: ARG002 - a server that can not send says so
        """The file's pieces."""
        while piece := await asyncio.to_thread(self._file.read, PIECE):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
