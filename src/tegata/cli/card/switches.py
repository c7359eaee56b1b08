"""``--switch NAME=VALUE``: the named behaviours of a card, for one insertion."""

from typing import Any, Literal, get_args, get_origin, get_type_hints

import typer

from tegata.card import Behaviour
from tegata.cli.language import t

_TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def read_switches(given: list[str]) -> dict[str, Any]:
    """Fields of :class:`tegata.card.Behaviour` and their values. Raises ``typer.BadParameter``."""
    kinds = get_type_hints(Behaviour)
    chosen: dict[str, Any] = {}
    for pair in given:
        name, _, value = pair.partition("=")
        name = name.strip().replace("-", "_")
        if name not in kinds:
            known = ", ".join(f"{each}={'|'.join(choices(kind))}" for each, kind in kinds.items())
            raise typer.BadParameter(
                t(f"知らない切り替えです: {name}。使えるもの: {known}", f"No such switch: {name}. Known: {known}")
            )
        if value.strip().lower() not in (allowed := choices(kinds[name])):
            raise typer.BadParameter(f"{name}={'|'.join(allowed)}")
        chosen[name] = allowed[value.strip().lower()]
    return chosen


def choices(kind: Any) -> dict[str, Any]:
    """What may be typed for a switch of this type, and what it stands for; numbers are hexadecimal status words."""
    if get_origin(kind) is Literal:
        return {f"{value:04x}" if isinstance(value, int) else str(value): value for value in get_args(kind)}
    return dict(_TRUTH)
