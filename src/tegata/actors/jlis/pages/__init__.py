"""What people at J-LIS see: one module a subject."""

from typing import Any

HANDLERS: tuple[Any, ...] = ()
