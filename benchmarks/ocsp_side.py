"""Servers of the OCSP benchmark in processes of their own: ``python -m benchmarks.ocsp_side ours|bare …``.

``ours DIRECTORY PORT WORKERS KIND`` is the responder as ``tegata ocsp`` runs it, ``bare PORT WORKERS BYTES`` a handler
on the same server that reads the body and returns one fixed answer. Both print ``ready`` once they answer.
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from granian.constants import Interfaces

from tegata.network import ocsp
from tegata.network.site import Site
from tegata.network.workers import Workers, serve_workers
from tegata.node.settings import Settings


def settings_of(directory: Path, kind: str) -> Settings:
    """J-LIS's settings with a kind of responder key."""
    return Settings(data_dir=directory, durable=False, log_level="error", actors={"jlis": {"ocsp_key": kind}})


class Bare:
    """An application that gives one answer of ``size`` bytes."""

    def __init__(self, size: int) -> None:
        self._answer = [b"x" * size]
        self._headers = [("content-type", "application/ocsp-response")]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
        """Answer."""
        environ["wsgi.input"].read()
        start_response("200 OK", self._headers)
        return self._answer

    def close(self) -> None:
        """Nothing is held."""


def _ready(*_count: int) -> None:
    print("ready", flush=True)


if __name__ == "__main__":
    side, *rest = sys.argv[1:]
    if side == "ours":
        directory = Path(rest[0])
        ocsp.serve(Site(directory), settings_of(directory, rest[3]), int(rest[1]), int(rest[2]), ready=_ready)
    else:
        serve_workers(Workers(partial(Bare, int(rest[2])), int(rest[0]), int(rest[1]), Interfaces.WSGI), ready=_ready)
