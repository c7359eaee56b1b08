"""What the counter's staff see: one module a subject."""

from typing import Any

HANDLERS: tuple[Any, ...] = ()
