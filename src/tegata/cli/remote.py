"""What commands ask of a running network, over its own JSON interface."""

import time
from collections.abc import Callable
from typing import Any, Self, TypeVar

import httpx
import msgspec

from tegata.network.conversation import WORK, WorkAnswer
from tegata.node.messages import fill_path
from tegata.wire.endpoint import Endpoint
from tegata.wire.problems import PROBLEM_MEDIA_TYPE, ProblemDetails, Refused, problem

T = TypeVar("T")
POLL_SECONDS = 0.2

NOT_RUNNING = problem(
    "network-not-running", 503,
    ja="動いているネットワークが見つかりません。", en="No running network was found.",
    do_ja="tegata up で動かすか、--on で URL を指定してください。",
    do_en="Start it with `tegata up`, or name its URL with --on.",
)  # fmt: skip


class Remote:
    """A running network; a context that ends with its connections."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url.rstrip("/"), timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ask(self, endpoint: Endpoint[Any, T], body: object = None, **path: object) -> T:
        """The answer of the network. Raises ``Refused``: its own refusal, or network-not-running."""
        content = b"" if body is None else msgspec.json.encode(body)
        headers = {"content-type": "application/json"} if body is not None else {}
        try:
            answer = self._client.request(
                endpoint.method, fill_path(endpoint.path, path), content=content, headers=headers
            )
        except httpx.HTTPError as error:
            raise Refused(NOT_RUNNING, {"url": str(self._client.base_url)}) from error
        if answer.headers.get("content-type", "").startswith(PROBLEM_MEDIA_TYPE):
            raise Refused.from_details(msgspec.json.decode(answer.content, type=ProblemDetails))
        try:
            return msgspec.json.decode(answer.content, type=endpoint.response)
        except msgspec.DecodeError as error:
            raise Refused(NOT_RUNNING, {"url": str(self._client.base_url)}) from error

    def wait(self, work: WorkAnswer, tell: Callable[[WorkAnswer], None] = lambda _: None) -> WorkAnswer:
        """The work when it has ended. Raises ``Refused`` for what it was refused."""
        while work.state == "running":
            tell(work)
            time.sleep(POLL_SECONDS)
            work = self.ask(WORK, number=work.number)
        if work.refusal is not None:
            raise Refused.from_details(work.refusal)
        return work
