"""What the reader's process says: frames of a kind, a length in eight octets, and their content."""

import struct
from typing import IO, BinaryIO, Final

HEADER: Final = struct.Struct("<cQ")

READY: Final = b"R"
"""The reader sees one state; the content is the number of its threads, in one octet."""
COLUMNS: Final = b"C"
"""A batch of whole numbers: how many columns, in one octet, then the columns as int64, one after the other."""
ARROW: Final = b"A"
"""A batch of anything, as a stream of Arrow's IPC with its schema."""
END: Final = b"Z"
"""The query has no more rows."""
ERROR: Final = b"E"
"""The query, or the beginning, failed; the content says why, in UTF-8."""


def write(out: BinaryIO, kind: bytes, *parts: bytes | memoryview) -> None:
    """Write one frame to an unbuffered file."""
    views = [memoryview(part).cast("B") for part in parts]
    for view in (memoryview(HEADER.pack(kind, sum(map(len, views)))), *views):
        rest = view
        while rest:
            rest = rest[out.write(rest) :]


def read(source: IO[bytes]) -> tuple[bytes, bytearray]:
    """Read one frame. Raises ``EOFError`` where it is cut off."""
    kind, length = HEADER.unpack(_exactly(source, HEADER.size))
    return kind, _exactly(source, length)


def _exactly(source: IO[bytes], size: int) -> bytearray:
    content = bytearray(size)
    rest = memoryview(content)
    while rest:
        count = source.readinto(rest)  # type: ignore[attr-defined]  # a pipe without a buffer has it
        if not count:
            raise EOFError("the reader ended")
        rest = rest[count:]
    return content
