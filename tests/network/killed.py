"""A network that is killed in the middle of the daily run: ``python -m tests.network.killed MOMENT DIRECTORY``.

It goes over a morning, says ``ready`` at the moment that was asked for, and then waits to be killed.
"""

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tegata.node.node import Node
from tegata.pki.authority import Authority
from tegata.wire.four_information import ASK, ASK_BATCH, PASS_ON, PASS_ON_BATCH
from tests.whole import WholeNetwork

MORNING = (8, 30)
"""When the daily run is over."""


def stop() -> None:
    """Say that the moment has come, and do nothing more."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    threading.Event().wait()


def before(name: str, of: Callable[..., bool] = lambda *_arguments: True) -> Callable[[], Any]:
    """The moment before a function does its work."""

    def around(original: Callable[..., Any]) -> Callable[..., Any]:
        def stopped(*arguments: Any, **keywords: Any) -> Any:
            if of(*arguments):
                stop()
            return original(*arguments, **keywords)

        return stopped

    return lambda: _patched(name, around)


def after(name: str, of: Callable[..., bool] = lambda *_arguments: True) -> Callable[[], Any]:
    """The moment when a function has done its work, and nobody knows of it yet."""

    def around(original: Callable[..., Any]) -> Callable[..., Any]:
        def stopped(*arguments: Any, **keywords: Any) -> Any:
            result = original(*arguments, **keywords)
            if of(*arguments):
                stop()
            return result

        return stopped

    return lambda: _patched(name, around)


def _patched(name: str, around: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Any:
    module, _, function = name.rpartition(".")
    owner: Any = Node if module == "node" else sys.modules[module]
    return patch.object(owner, function, autospec=False, new=around(getattr(owner, function)))


def lists_auth(_out: object, authority: Authority, *_arguments: object) -> bool:
    """Whether a list is one of the authority for authentication, whose turn is the second."""
    return authority.usage == "auth"


def asks(node: Node, endpoint: object, *_arguments: object) -> bool:
    """Whether a call is the bank's question."""
    return node.spec.name == "bank" and endpoint in (ASK, ASK_BATCH)


def passes_on(node: Node, endpoint: object, *_arguments: object) -> bool:
    """Whether a call is the operator's question."""
    return node.spec.name == "platform" and endpoint in (PASS_ON, PASS_ON_BATCH)


MOMENTS: dict[str, Callable[[], Any]] = {
    # J-LIS has issued the lists of one usage, and is at those of the other.
    "issuing": before("tegata.actors.jlis.service.crls.stream_crl", lists_auth),
    # The operator has the list and has not kept it.
    "fetched": after("tegata.actors.platform.service.crls.verify_crl_file"),
    # The operator has written its log, its transaction is open.
    "telling": before("tegata.actors.platform.service.log.push"),
    # The bank has taken a push, and the operator does not know it.
    "pushed": after("tegata.actors.bank.service.stream.take_push"),
    # J-LIS has answered, and the operator has not noted it.
    "passed on": after("node.call", passes_on),
    # The operator has handed over, and the bank has not taken it.
    "answered": after("node.call", asks),
    # The bank has written a new version of a record, its transaction is open.
    "updating": after("tegata.actors.bank.service.customers.change"),
}


if __name__ == "__main__":
    moment, directory = sys.argv[1:]
    whole = WholeNetwork(Path(directory))
    with MOMENTS[moment]():
        whole.to_next(*MORNING)
