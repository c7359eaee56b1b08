"""A body from a file: all of it, in pieces, and the file is closed whatever happens."""

import asyncio
import io
from typing import Any

import pytest

from tegata.node.web.files import PIECE, FileResponse


def sent(file: io.BytesIO, fail_at: int = 10**9) -> list[dict[str, Any]]:
    """What a server is given; at message number ``fail_at`` the other side is gone."""
    messages: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        if len(messages) == fail_at:
            raise ConnectionError("gone")
        messages.append(message)

    size = len(file.getvalue())
    answer = FileResponse(file, size, media_type="application/x", headers={"ETag": "e"}, status_code=200)
    asyncio.run(answer.to_asgi_response(None, None)({}, None, send))  # type: ignore[arg-type,typeddict-item]
    return messages


@pytest.mark.parametrize("size", [0, 1, PIECE, PIECE + 1, 3 * PIECE])
def test_a_file_is_sent_in_pieces(size: int) -> None:
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    file = io.BytesIO(content)
    start, *pieces = sent(file)
    assert dict(start["headers"]) == {
        b"etag": b"e", b"content-type": b"application/x", b"content-length": str(size).encode(),
    }  # fmt: skip
    assert b"".join(piece["body"] for piece in pieces) == content
    assert max(len(piece["body"]) for piece in pieces) <= PIECE
    assert [piece["more_body"] for piece in pieces] == [True] * (len(pieces) - 1) + [False]
    assert file.closed


@pytest.mark.parametrize("fail_at", [0, 1, 2])
def test_the_file_is_closed_where_the_other_side_goes_away(fail_at: int) -> None:
    file = io.BytesIO(bytes(3 * PIECE))
    with pytest.raises(ConnectionError):
        sent(file, fail_at)
    assert file.closed
