"""Connections that get no answer, shut from outside the server that has them.

A server whose threads wait for requests to arrive bounds that by nothing: granian's WSGI has an end for heads, and none
for bodies. Linux tells of each connection how long ago something was sent on it, which no client can delay: not by
sending slowly, nor by sending half a request behind a whole one.
"""

import os
import socket
import stat
import struct
from pathlib import Path
from typing import Final

QUIET_SECONDS: Final = 10.0
"""A connection on which nothing was sent for so long is shut: nothing was asked, or not all of it has come."""

SPARED_SECONDS: Final = 1.0
"""Shorter quiet is never too long."""

_OPEN_FILES: Final = Path("/proc/self/fd")
_STATE_AND_LAST_SENT: Final = struct.Struct("=B43xI")
"""The beginning of Linux's ``struct tcp_info``: the state, and when data were sent last, in milliseconds before now."""

_OPEN_STATES: Final = {1, 8}
"""Established; closed by the client for its own side."""


def shut_quiet(port: int, most: int) -> int:
    """Shut this process's connections on ``port`` that are quiet for too long; how many they were.

    More than ``most`` may not be quiet at all: those that are so for longest go first. Does nothing but on Linux.
    """
    looked_at = ((_quiet_seconds(number, port), number) for number in _sockets())
    quiet = sorted((one for one in looked_at if one[0] > SPARED_SECONDS), reverse=True)
    too_long = sum(seconds > QUIET_SECONDS for seconds, _ in quiet)
    chosen = quiet[: max(too_long, len(quiet) - most)]
    return sum(_quiet_seconds(number, port, shut=True) > SPARED_SECONDS for _, number in chosen)


def _sockets() -> list[int]:
    """The numbers of those that this process has; none where it can not be told."""
    try:
        numbers = [int(file.name) for file in _OPEN_FILES.iterdir()]
    except OSError:
        return []
    return [number for number in numbers if _is_socket(number)]


def _is_socket(number: int) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:  # it was closed
        return False


def _quiet_seconds(number: int, port: int, *, shut: bool = False) -> float:
    """How long ago a connection sent something, or began; 0 where it is none on ``port``.

    ``shut``: shut it where that is longer than what is spared.
    """
    try:
        with socket.socket(fileno=os.dup(number)) as copy:  # a number can become that of another one meanwhile
            if (copy.family, copy.type) != (socket.AF_INET, socket.SOCK_STREAM) or copy.getsockname()[1] != port:
                return 0.0
            told = copy.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _STATE_AND_LAST_SENT.size)
            state, milliseconds = _STATE_AND_LAST_SENT.unpack(told)
            seconds: float = milliseconds / 1000 if state in _OPEN_STATES else 0.0
            if shut and seconds > SPARED_SECONDS:
                copy.shutdown(socket.SHUT_RDWR)
            return seconds
    except OSError:  # it was closed
        return 0.0
