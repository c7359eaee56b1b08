"""What the citizen sees: the drawer, and the reader."""

from typing import Any

HANDLERS: tuple[Any, ...] = ()
