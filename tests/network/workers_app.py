"""A server of several workers as a process, for the tests: ``python -m tests.network.workers_app PORT COUNT KIND``.

Each answer is the process id of the worker that gave it. Prints ``ready`` once it answers.
"""

import os
import sys
from functools import partial
from typing import Any

from granian.constants import Interfaces

from tegata.network.workers import Workers, serve_workers
from tegata.wire.problems import Refused


class Wsgi:
    """A WSGI application, which says that it was closed."""

    def __init__(self, word: str) -> None:
        self._word = word

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        """Answer, once all was sent."""
        environ["wsgi.input"].read()
        start_response("200 OK", [("x-word", self._word)])
        return [str(os.getpid()).encode()]

    def close(self) -> None:
        """The worker has ended."""
        say("closed")


def asgi(word: str) -> Any:
    """An ASGI application."""

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            headers = [(b"x-word", word.encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": str(os.getpid()).encode()})

    return app


def broken(_word: str) -> Any:
    """An application that can not be made."""
    raise RuntimeError("broken on purpose")


def say(word: str) -> None:
    """A line that the test reads."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


KINDS = {"wsgi": (Wsgi, Interfaces.WSGI), "asgi": (asgi, Interfaces.ASGINL), "broken": (broken, Interfaces.WSGI)}

if __name__ == "__main__":
    make, interface = KINDS[sys.argv[3]]
    workers = Workers(partial(make, "tegata"), int(sys.argv[1]), int(sys.argv[2]), interface)
    try:
        serve_workers(workers, ready=lambda: say("ready"))
    except Refused as refused:
        say(refused.code)
