"""The ``tegata`` command. Each command imports what it needs when it runs, so that the others start quickly."""

import atexit
import gc
import sys

from tegata.cli.app import app
from tegata.cli.errors import explained


def main() -> None:
    """The entry point. Exit codes: 0 done, 1 refused or failed, 2 used wrongly."""
    atexit.register(gc.freeze)  # a process that ends need not look for garbage among all that it imported
    with explained():
        app()
    sys.exit(0)
