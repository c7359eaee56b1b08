"""Cards and certificates at the counter, over the citizen's card and J-LIS."""

from datetime import timedelta

import pytest

from tegata.actors.municipality.rules.cards import Pins
from tegata.actors.municipality.service import cards, register
from tests.actors.municipality.world import HANAKO, NEW_HOME, THERE, World, certificate_of, make_world
from tests.fixtures.nodes import NetworkMaker


@pytest.fixture
def world(make_network: NetworkMaker, database_url: str) -> World:
    return make_world(make_network, database_url)


@pytest.mark.rule("FI-03")
def test_after_a_move_the_reissued_certificate_is_on_the_card_with_the_new_address(world: World) -> None:
    before = certificate_of(world.card_signs(HANAKO))
    register.move_in(
        world.node, THERE, [world.id_of(HANAKO)], address=NEW_HOME, postal_code="1500041",
        effective_on=world.today - timedelta(days=1),
    )  # fmt: skip
    written = cards.reissue(world.node, THERE, world.id_of(HANAKO), ["sign"], Pins(sign="NEWPW1"))
    assert [(one.usage, one.replaces) for one in written] == [("sign", before.serial_number)]
    after = certificate_of(world.card_signs(HANAKO, pin="NEWPW1"))
    assert after.serial_number == written[0].serial
    assert world.revoked(HANAKO) == [("sign", "affiliationChanged")]
