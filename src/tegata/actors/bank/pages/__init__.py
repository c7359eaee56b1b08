"""What the bank's staff and its customers see."""

HANDLERS: tuple[object, ...] = ()
