"""The register over both databases, with J-LIS at the other end."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tegata.actors.municipality.rules.register import Sets
from tegata.actors.municipality.service import records, register
from tegata.actors.municipality.service.records import Desk
from tegata.actors.municipality.service.register import Newcomer
from tegata.actors.municipality.tables import MembershipRow, MyNumberRow, ResidentRow
from tegata.japan import my_number, resident_code
from tegata.node import audit
from tegata.wire.problems import Refused
from tests.actors.municipality.world import (
    CHIYODA,
    FAMILY,
    HANAKO,
    HERE,
    HOME,
    KENJI,
    NEW_HOME,
    SAKURA,
    TARO,
    THERE,
    World,
)

YESTERDAY = timedelta(days=1)


def beside(world: World) -> dict[str, object]:
    """What stands beside the entries, for everybody, as the entries say it should."""
    with world.node.database.read() as session:
        rows = session.scalars(select(ResidentRow)).all()
        for row in rows:
            record = records.record_of(session, row.resident_id)
            assert records.record_in(row) == record
            assert {name: getattr(row, name) for name in records.shown(record)} == records.shown(record)
            newest = session.scalars(
                select(MembershipRow)
                .where(MembershipRow.resident_id == row.resident_id)
                .order_by(MembershipRow.number.desc())
            ).first()
            assert newest is not None
            assert (newest.household_id, newest.relationship) == (row.household_id, row.relationship)
        return {row.name: (row.household_id, row.relationship) for row in rows}


@pytest.mark.rule("FI-03")
def test_a_family_moves_and_each_is_told_once_and_only_signature_certificates_end(world: World) -> None:
    ids = [world.id_of(who) for who in (TARO, HANAKO, SAKURA)]
    out = register.move_out(
        world.node, HERE, ids, destination="東京都渋谷区", effective_on=world.today, request_id="out"
    )
    assert [one.changed for one in out] == [(), (), ()]
    assert world.told(TARO) == ["registered", "move_out"]
    assert world.revoked(TARO) == []
    moved = register.move_in(
        world.node, THERE, ids, address=NEW_HOME, postal_code="1500041", effective_on=world.today, request_id="in"
    )
    assert [one.changed for one in moved] == [("address",)] * 3
    for who in (TARO, HANAKO, SAKURA):
        assert world.told(who) == ["registered", "move_out", "move_in"]
        assert world.row(who).municipality_code == THERE.municipality_code
        assert world.row(who).household_id == "H1"
    assert world.revoked(TARO) == world.revoked(HANAKO) == [("sign", "affiliationChanged")]
    assert world.revoked(SAKURA) == []
    assert world.row(TARO).relationship == "世帯主"
    beside(world)
    assert audit.verify(world.node.database).ok


def test_the_same_request_again_records_and_tells_nothing_more(world: World) -> None:
    for _ in range(3):
        done = register.move_within(
            world.node, HERE, [world.id_of(KENJI)], address=HOME + "２０１号室", postal_code="1000005",
            effective_on=world.today, request_id="once",
        )  # fmt: skip
        assert [one.event_id for one in done] == ["once.0"]
    assert world.told(KENJI) == ["registered", "move_within"]
    assert [entry.event for entry in world.entries(KENJI)] == ["registered", "move_within"]
    assert len(world.network.recorder.messages) == len(
        [m for m in world.network.recorder.messages if m.outcome == "ok"]
    )


def test_when_one_of_a_household_can_not_move_nobody_does(world: World) -> None:
    register.die(world.node, HERE, world.id_of(TARO), effective_on=world.today)
    with pytest.raises(Refused) as refused:
        register.move_out(
            world.node, HERE, [world.id_of(HANAKO), world.id_of(TARO)], destination="大阪府", effective_on=world.today
        )
    assert refused.value.code == "register-event-not-possible"
    assert [entry.event for entry in world.entries(HANAKO)] == ["registered"]
    assert world.told(HANAKO) == ["registered"]


@pytest.mark.rule("FI-03")
def test_who_moves_in_directly_needs_a_valid_card(world: World) -> None:
    def moves(who: str) -> None:
        register.move_in(world.node, THERE, [who], address=NEW_HOME, postal_code="1500041", effective_on=world.today)

    with pytest.raises(Refused) as refused:
        moves(world.id_of(KENJI))
    assert refused.value.code == "move-in-needs-move-out-or-card"
    moves(world.id_of(TARO))
    assert world.told(TARO) == ["registered", "move_in"]
    assert beside(world)["山田　花子"] == ("H1", "世帯主")
    assert world.row(TARO).household_id not in ("H1", None)
    assert world.row(SAKURA).relationship == "子"


def test_one_card_is_enough_for_those_who_move_together(world: World) -> None:
    register.move_in(
        world.node, THERE, [world.id_of(KENJI), world.id_of(TARO)], address=NEW_HOME, postal_code="1500041",
        effective_on=world.today,
    )  # fmt: skip
    assert world.told(KENJI) == ["registered", "move_in"]
    assert world.row(KENJI).household_id == world.row(TARO).household_id


@pytest.mark.rule("FI-03")
@pytest.mark.parametrize("event", ["death", "left_country"])
def test_both_certificates_end_with_residence(world: World, event: str) -> None:
    if event == "death":
        register.die(world.node, HERE, world.id_of(HANAKO), effective_on=world.today - YESTERDAY)
    else:
        register.leave_country(world.node, HERE, [world.id_of(HANAKO)], effective_on=world.today)
    assert world.told(HANAKO) == ["registered", event]
    assert sorted(world.revoked(HANAKO)) == [("auth", "cessationOfOperation"), ("sign", "cessationOfOperation")]
    assert (world.row(HANAKO).household_id is None) == (event == "death")
    beside(world)


def test_a_death_by_mistake_is_corrected_and_the_household_begins_anew(world: World) -> None:
    register.die(world.node, HERE, world.id_of(HANAKO), effective_on=world.today)
    register.correct(world.node, HERE, world.id_of(HANAKO), Sets(reason="取り違え"), effective_on=world.today)
    assert world.row(HANAKO).status == "resident"
    assert world.row(HANAKO).relationship == "世帯主"
    assert world.told(HANAKO) == ["registered", "death", "correction"]
    beside(world)


@pytest.mark.rule("FI-03")
def test_a_new_name_ends_the_certificate_and_a_former_surname_does_not(world: World) -> None:
    register.change_name(
        world.node, HERE, world.id_of(TARO), name="山田　太郎", kana="ヤマダ　タロウ", former_name="鈴木",
        effective_on=world.today,
    )  # fmt: skip
    assert world.revoked(TARO) == []
    register.change_name(
        world.node, HERE, world.id_of(HANAKO), name="髙橋 花子", kana="タカハシ ハナコ", former_name="",
        effective_on=world.today,
    )  # fmt: skip
    assert world.revoked(HANAKO) == [("sign", "affiliationChanged")]
    assert world.row(HANAKO).former_name is None
    assert world.record(HANAKO).attributes.name == "髙橋　花子"


def test_a_child_is_born_into_the_parents_household(world: World) -> None:
    done = register.birth(
        world.node, HERE, world.id_of(HANAKO), name="山田 一", kana="ヤマダ ハジメ", born_on=world.today, gender="male"
    )
    with world.node.database.read() as session:
        child = records.resident(session, done.resident_id)
        number = session.get_one(MyNumberRow, done.resident_id).number
    assert (child.household_id, child.relationship, child.address) == ("H1", "子", HOME)
    assert resident_code.is_valid(child.resident_code)
    assert my_number.is_valid(number)
    world.network.settle()
    assert world.network.passed()[-1] == ("municipality", "jlis", "Revocation and four attributes", "ok")


def test_nobody_is_born_to_a_parent_who_is_not_here(world: World) -> None:
    with pytest.raises(Refused) as refused:
        register.birth(
            world.node, THERE, world.id_of(HANAKO), name="山田 一", kana="ヤマダ ハジメ", born_on=world.today,
            gender="male",
        )  # fmt: skip
    assert refused.value.code == "not-found"


def test_a_first_registration_gives_a_code_and_a_number_once(world: World) -> None:
    newcomer = Newcomer("SMITH JOHN", "スミス ジョン", "1990-05-05", "male")
    first, again = (
        register.register(
            world.node, HERE, newcomer, address=HOME, postal_code="1000005", effective_on=world.today, request_id="new"
        )
        for _ in range(2)
    )
    assert first.resident_id == again.resident_id
    assert first.record.attributes.name == "ＳＭＩＴＨ　ＪＯＨＮ"
    with world.node.database.read() as session:
        assert len(session.scalars(select(ResidentRow)).all()) == len(FAMILY) + 1
    beside(world)


def test_a_change_waits_for_j_lis_and_arrives_in_order(world: World) -> None:
    world.network.take_down("jlis")
    register.move_within(
        world.node, HERE, [world.id_of(HANAKO)], address=HOME + "２階", postal_code="1000005", effective_on=world.today
    )
    last = register.move_within(
        world.node, HERE, [world.id_of(HANAKO)], address=HOME + "３階", postal_code="1000005", effective_on=world.today
    )[0]
    world.network.settle()
    assert not register.event_delivered(world.node, last.event_id)
    world.network.bring_up("jlis")
    world.network.advance(timedelta(minutes=5))
    assert world.told(HANAKO) == ["registered", "move_within", "move_within"]
    assert register.event_delivered(world.node, last.event_id)


@pytest.mark.parametrize("desk", [THERE, Desk(CHIYODA, "x")])
def test_nothing_is_recorded_for_nobody(world: World, desk: Desk) -> None:
    with pytest.raises(Refused) as refused:
        register.leave_country(world.node, desk, [], effective_on=world.today)
    assert refused.value.code == "invalid"
    with pytest.raises(Refused) as refused:
        register.leave_country(world.node, desk, ["r-unknown"], effective_on=world.today)
    assert refused.value.code == "not-found"


def test_my_numbers_and_answers_are_sealed_in_the_database(world: World) -> None:
    with world.node.database.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT number FROM my_number").scalars().all()
    assert len(stored) == len(FAMILY)
    assert not any(who.my_number.encode() in bytes(one) for one in stored for who in FAMILY)
