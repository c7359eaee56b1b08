"""What an actor is made of, told to the node that carries it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy.orm import DeclarativeBase

from tegata.node.checks import Check
from tegata.node.jobs import Job
from tegata.wire.text import Language, Text

if TYPE_CHECKING:
    from tegata.node.node import Node


class NoSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For an actor without settings of its own."""


@dataclass(frozen=True, kw_only=True)
class NavItem:
    """An entry of the actor's navigation; ``roles`` empty means everyone sees it."""

    path: str
    text: Text
    roles: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class ActorSpec:
    """One actor. ``actors/<name>/__init__.py`` exports it as ``SPEC``.

    ``handlers`` are Litestar route handlers and controllers; ``templates`` is the package that holds the folder
    ``templates`` (and the folder ``migrations``); ``roles`` are the staff's, ``outgoing`` the scopes it needs at its
    peers; ``figure`` the living number on the map; ``on_start`` runs once when the node is opened. ``short`` is the
    title for where there is little room. ``one_process`` is for an actor that must remember what no database holds.
    """

    name: str
    title: Text
    role: Text
    colour: str
    base: type[DeclarativeBase]
    handlers: Sequence[Any] = ()
    jobs: Sequence[Job] = ()
    navigation: Sequence[NavItem] = ()
    settings_type: type[Any] = NoSettings
    roles: dict[str, Text] = field(default_factory=dict)
    on_start: "Callable[[Node], None] | None" = None
    templates: str | None = None
    health: "Callable[[Node], list[Check]] | None" = None
    figure: "Callable[[Node, Language], Text | None] | None" = None
    outgoing: Sequence[tuple[str, Sequence[str]]] = ()
    short: Text | None = None
    one_process: bool = False

    @property
    def short_title(self) -> Text:
        """The title for a box of a picture."""
        return self.short or self.title
