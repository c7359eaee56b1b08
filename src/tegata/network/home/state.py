"""What the start page knows of the network that it belongs to."""

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from tegata.network.home.work import Works
from tegata.network.journal import Journal
from tegata.node.checks import Check, worst
from tegata.node.identity_settings import DemonstrationAccount
from tegata.node.node import Node
from tegata.wire.text import Language, Text

if TYPE_CHECKING:
    from tegata.network.assembly import Network

STATE_KEY = "network"


class Home:
    """The network, the journal of its messages, and what runs in the background."""

    def __init__(self, network: "Network", journal: Journal) -> None:
        self.network = network
        self.journal = journal
        self.works = Works(lambda error: network.log.error("work-failed", code=type(error).__name__, exc_info=error))

    @property
    def actors(self) -> dict[str, Node]:
        """The actors' nodes by name, without the start page's own."""
        return {name: node for name, node in self.network.nodes.items() if name != self.network.home}

    def now(self) -> datetime:
        """The network's time."""
        return self.network.clock.now()


class Living(msgspec.Struct, frozen=True):
    """An actor as the map shows it now."""

    name: str
    figure: str


def home_of(node: Node) -> Home:
    """The start page's knowledge. Raises ``KeyError`` for the node of another actor."""
    home: Home = node.state[STATE_KEY]
    return home


def figures(home: Home, language: Language) -> list[Living]:
    """The living figure of each actor; empty words where it has none."""
    told = []
    for name, node in home.actors.items():
        figure = node.spec.figure(node, language) if node.spec.figure is not None else None
        told.append(Living(name, figure.to(language) if figure is not None else ""))
    return told


def accounts_of(node: Node) -> list[DemonstrationAccount]:
    """The accounts that an actor's login page shows."""
    return list(node.state.get("demonstration-accounts", ())) if node.settings.demonstration else []


def actor_checks(node: Node) -> list[Check]:
    """One line an actor: its health is that of its worst check, and the words name the trouble."""
    return [_check(name, actor) for name, actor in home_of(node).actors.items()]


def _check(name: str, node: Node) -> Check:
    checks = node.checks()
    health = worst(checks)
    trouble = [check for check in checks if check.health != "ok"]
    ja = "、".join(f"{check.title.ja}: {check.says.ja}" for check in trouble) or "正常です。"
    en = "; ".join(f"{check.title.en}: {check.says.en}" for check in trouble) or "All is well."
    return Check(name=name, title=node.spec.title, health=health, says=Text(ja, en))
