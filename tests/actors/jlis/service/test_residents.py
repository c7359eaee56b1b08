"""Events of the register as they arrive: kept, repeated, out of order, after the end."""

import msgspec
import pytest
from sqlalchemy import func, select

from tegata.actors.jlis.service import holders, residents
from tegata.actors.jlis.tables import RegisterRow
from tegata.node import audit
from tegata.wire.problems import CONFLICT, Refused
from tegata.wire.residents import OUT_OF_ORDER
from tests.actors.jlis.world import World


def states(world: World, code: str) -> list[tuple[str, str, str | None]]:
    page = holders.certificates_of_resident(world.node, code)
    return [(state.usage, state.state, state.reason) for state in page.items]


@pytest.mark.rule("FI-03")
def test_a_move_revokes_the_signature_certificate_and_not_the_other(world: World) -> None:
    person = world.resident()
    issued, _ = person.gets("sign"), person.gets("auth")
    receipt = person.moves()
    assert receipt.revoked == [issued.serial]
    assert states(world, person.code) == [("auth", "valid", None), ("sign", "revoked", "affiliationChanged")]


@pytest.mark.rule("FI-03")
def test_a_repeated_event_changes_nothing_and_gets_the_same_receipt(world: World) -> None:
    person = world.resident()
    person.gets()
    message = person.event("name_change", msgspec.structs.replace(person.attributes, name="佐藤　花子"))
    first = residents.take_event(world.node, message, "municipality")
    before = audit.verify(world.node.database).entries
    assert residents.take_event(world.node, message, "municipality") == first
    assert first.revoked
    assert audit.verify(world.node.database).entries == before
    with world.node.database.read() as session:
        assert session.scalar(select(func.count()).select_from(RegisterRow)) == 2


def test_the_same_id_with_another_content_is_a_conflict(world: World) -> None:
    person = world.resident()
    message = person.event("move_out", person.attributes)
    residents.take_event(world.node, message, "municipality")
    other = msgspec.structs.replace(message, event="move_within")
    with pytest.raises(Refused) as refused:
        residents.take_event(world.node, other, "municipality")
    assert refused.value.type is CONFLICT


def test_events_out_of_order_wait_for_the_earlier_one(world: World) -> None:
    person = world.resident()
    second = person.event("move_within", msgspec.structs.replace(person.attributes, address="東京都千代田区２番"))
    third = person.event("death", None, sequence=3)
    with pytest.raises(Refused) as refused:
        residents.take_event(world.node, third, "municipality")
    assert (refused.value.type, refused.value.detail) == (OUT_OF_ORDER, {"newest": 1})
    residents.take_event(world.node, second, "municipality")
    residents.take_event(world.node, third, "municipality")


@pytest.mark.rule("FI-03")
def test_after_a_death_late_events_bring_nothing_back(world: World) -> None:
    person = world.resident()
    person.gets("sign")
    person.gets("auth")
    receipt = person.happens("death", None)
    assert len(receipt.revoked) == 2
    with pytest.raises(Refused) as refused:
        person.happens("move_within", msgspec.structs.replace(person.attributes, address="東京都千代田区３番"))
    assert refused.value.type is CONFLICT
    assert {state for _, state, _ in states(world, person.code)} == {"revoked"}
    assert person.event("correction", person.attributes).sequence == 3
    person.happens("correction", person.attributes)
    assert {state for _, state, _ in states(world, person.code)} == {"revoked"}


def test_what_ended_before_is_not_ended_again(world: World) -> None:
    person = world.resident()
    person.gets()
    person.moves()
    assert person.happens("death", None).revoked == []


def test_unchanged_attributes_keep_the_time_since_which_they_stand(world: World) -> None:
    person = world.resident()
    person.happens("move_out", person.attributes)
    with world.node.database.read() as session:
        since = session.scalars(select(RegisterRow.attributes_since).order_by(RegisterRow.sequence)).all()
    assert since[0] == since[1]


def test_the_attributes_are_not_readable_in_the_database(quick_world: World) -> None:
    person = quick_world.resident()
    quick_world.node.close()
    files = [file.read_bytes() for file in quick_world.node.settings.data_dir.glob("jlis.db*")]
    assert files
    assert not any(person.attributes.name.encode() in content for content in files)
    assert not any(person.attributes.address.encode() in content for content in files)
