"""Where a list of the drawer goes on, and what it is narrowed to, from the address."""

from typing import Any

from litestar import Request

MOST_STEPS = 100_000


def start_of(request: Request[Any, Any, Any]) -> int:
    """Where a list goes on; anything but a number is the beginning."""
    text = str(request.query_params.get("start", "0"))
    return min(int(text), MOST_STEPS) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def wanted_of(request: Request[Any, Any, Any]) -> str:
    """The name or number that is looked for."""
    return str(request.query_params.get("q", ""))[:80].replace("\0", "")
