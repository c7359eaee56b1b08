"""What the tests of lost cards ask and do."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from tegata.actors.citizen.tables import CardRow as DrawerCard
from tegata.actors.municipality.rules.cards import Pins
from tegata.actors.municipality.service import holders
from tegata.actors.municipality.service.holders import certificates_of
from tegata.actors.municipality.tables import CardEventRow
from tegata.card import Card, CardClient
from tegata.wire.certificates import Usage
from tegata.wire.problems import Refused
from tests.actors.municipality.world import (
    HANAKO,
    HERE,
    World,
)

PINS = Pins(auth="4321", text="8765", sign="NEWPW1")
BOTH = ("auth", "sign")


def code_of(call: Callable[..., Any], *arguments: Any, **named: Any) -> str:
    with pytest.raises(Refused) as refused:
        call(*arguments, **named)
    return refused.value.code


def states(world: World, who: Any = HANAKO) -> dict[Usage, list[str]]:
    """State and reason of each certificate by usage, as J-LIS has them, oldest first."""
    found: dict[Usage, list[str]] = {"auth": [], "sign": []}
    for one in certificates_of(world.node, who.resident_code):
        found[one.usage].append(f"{one.state} {one.reason or ''}".strip())
    return found


def happened(world: World) -> list[tuple[str, str, str | None]]:
    """What happened to cards."""
    with world.node.database.read() as session:
        rows = session.scalars(select(CardEventRow).order_by(CardEventRow.number))
        return [(row.card_id, row.event, row.reason) for row in rows]


def stopped_by_telephone(world: World, usages: tuple[Usage, ...] = BOTH) -> None:
    """J-LIS holds Hanako's certificates, and the municipality knows of it only from J-LIS."""
    known = certificates_of(world.node, HANAKO.resident_code)
    valid = [one for one in known if one.state == "valid" and one.usage in usages]
    holders.revoke(world.node, HERE, valid, "certificateHold", f"call-{known[-1].serial}")


def card_of(world: World, card_id: str) -> CardClient:
    with world.citizen.database.read() as session:
        return CardClient(Card.load(session.get_one(DrawerCard, card_id).image).transmit)
