"""The ``tegata`` command. Each command imports what it needs when it runs, so that the others start quickly."""

import atexit
import gc
import sys

from tegata.cli.app import app
from tegata.cli.errors import explained

GARBAGE_THRESHOLD = 100_000
"""New objects before garbage is looked for: importing makes many that stay, and Python's 700 would look each time."""


def main() -> None:
    """The entry point. Exit codes: 0 done, 1 refused or failed, 2 used wrongly."""
    gc.set_threshold(GARBAGE_THRESHOLD)
    atexit.register(gc.freeze)  # a process that ends need not look for garbage among all that it imported
    with explained():
        app()
    sys.exit(0)
