"""Cards on the municipality's terminal: APDUs over the wire, sessions, what is stored and what is remembered."""

from typing import Any

import pytest
from sqlalchemy import select

from tegata.actors.citizen.service import cards, memory, signing
from tegata.actors.citizen.tables import CardRow, PersonRow, RememberedRow
from tegata.card import Card, CardClient, Personaliser
from tegata.card.link import Recorder
from tegata.node import audit
from tegata.node.card_issuer import card_issuer_key, security_code
from tegata.wire.cards import CONNECT, TAKE_BLANK, TRANSMIT, BlankCard, CardOnTerminal, Commands
from tegata.wire.problems import Refused
from tests.actors.municipality.world import AUTH_PIN, HANAKO, KENJI, PASSWORD, World

GET_CHALLENGE = "0084000010"
STATUS = ["00A4040C0AD392F000260100000001", "00A4020C020018", "00200080"]
"""SELECT the application, SELECT the PIN of the authentication key, and ask for its tries."""
WRONG = [*STATUS[:2], "002000800430303030"]


def code_of(call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(Refused) as refused:
        call(*arguments, **named)
    return refused.value.code


def transmit(world: World, *commands: str, card_id: str = "card-2", key: str | None = None, **named: Any) -> list[str]:
    """The municipality sends commands, over the wire."""
    body = Commands(commands=list(commands), **named)
    return world.node.call(TRANSMIT, body, path={"card_id": card_id}, key=key).responses


def opened(world: World, card_id: str = "card-2") -> Personaliser:
    """The issuer's session on a card, over the wire."""
    world.node.call(CONNECT, path={"card_id": card_id})
    counter = Personaliser(
        lambda apdu: bytes.fromhex(transmit(world, apdu.hex(), card_id=card_id)[0]),
        card_issuer_key(world.node, card_id),
    )
    counter.authenticate()
    return counter


def test_the_tries_of_a_card_outlast_each_exchange(world: World) -> None:
    assert transmit(world, *STATUS)[-1] == "63c3"
    assert transmit(world, *WRONG)[-1] == "63c2"
    world.citizen.state.clear()
    assert transmit(world, *STATUS)[-1] == "63c2"


def test_the_same_message_twice_is_done_once(world: World) -> None:
    first, second = (transmit(world, *WRONG, key="one") for _ in range(2))
    assert first == second == ["9000", "9000", "63c2"]
    assert transmit(world, *STATUS)[-1] == "63c2"
    assert code_of(transmit, world, *STATUS, key="one") == "idempotency-key-reused"


def test_commands_stop_at_the_first_that_is_refused(quick_world: World) -> None:
    assert transmit(quick_world, "00A4020C02FFFF", *STATUS) == ["6a82"]
    answers = transmit(quick_world, "00A4020C02FFFF", *STATUS, stop_on_error=False)
    assert answers == ["6a82", "9000", "9000", "63c3"]


def test_an_issuers_session_lives_between_messages_and_ends_with_a_new_connection(quick_world: World) -> None:
    counter = opened(quick_world)
    counter.set_pin("auth", "1111")
    counter.set_pin("auth", "2222")
    quick_world.node.call(CONNECT, path={"card_id": "card-2"})
    with pytest.raises(Exception, match="6982"):
        counter.set_pin("auth", "3333")
    assert quick_world.card_signs(HANAKO, "auth", "2222")


def test_a_card_that_was_used_elsewhere_meanwhile_lost_its_power(quick_world: World) -> None:
    """The stored image counts: an issuer's session does not write over what the reader did."""
    counter = opened(quick_world)
    assert code_of(quick_world.card_signs, HANAKO, "auth", "0000") == "card-wrong-pin"
    with pytest.raises(Exception, match="6982"):
        counter.set_pin("sign", "ABC999")
    assert transmit(quick_world, *STATUS)[-1] == "63c2"


def test_what_a_rolled_back_exchange_did_to_the_card_is_gone(
    quick_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_arguments: Any) -> None:
        raise RuntimeError("no room on the disk")

    with monkeypatch.context() as patched:
        patched.setattr(memory, "observe", fails)
        assert code_of(transmit, quick_world, *WRONG) == "peer-unavailable"
    assert transmit(quick_world, *STATUS)[-1] == "63c3"


def test_only_so_many_cards_are_kept_powered(quick_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "MOST_POWERED", 2)
    for number in (1, 2, 3):
        quick_world.node.call(CONNECT, path={"card_id": f"card-{number}"})
    assert list(quick_world.citizen.state["terminal"]) == ["card-2", "card-3"]
    assert transmit(quick_world, *STATUS, card_id="card-1")[-1] == "63c3"


def test_a_blank_card_comes_once_and_its_holder_is_taken_in(world: World) -> None:
    blank = BlankCard(resident_code=KENJI.resident_code, holder_name="田中　健二")
    first, second = (world.node.call(TAKE_BLANK, blank, key="blank") for _ in range(2))
    assert isinstance(first, CardOnTerminal)
    assert first == second
    opened(world, first.card_id).set_pin("auth", "1234")
    with world.citizen.database.read() as session:
        person = cards.person_of_code(session, KENJI.resident_code)
        assert person is not None
        assert person.name == "田中　健二"
        assert cards.newest_card(session, KENJI.resident_code).card_id == first.card_id
        assert cards.newest_card(session, person.person_id).card_id == first.card_id
    newer = world.node.call(TAKE_BLANK, BlankCard(resident_code=KENJI.resident_code, holder_name="鈴木　健二"))
    assert newer.card_id != first.card_id
    with world.citizen.database.read() as session:
        assert [one.name for one in session.scalars(select(PersonRow).where(PersonRow.name.contains("健二")))] == [
            "鈴木　健二"
        ]
    assert audit.verify(world.citizen.database).ok


@pytest.mark.parametrize("card_id", ["unknown", "card-2.", "c" * 80])
def test_a_card_that_is_not_there_is_not_found(quick_world: World, card_id: str) -> None:
    assert code_of(transmit, quick_world, GET_CHALLENGE, card_id=card_id) == "not-found"
    assert code_of(quick_world.node.call, CONNECT, path={"card_id": card_id}) == "not-found"


@pytest.mark.parametrize("commands", [[], ["0"], ["zz00"], ["00"], ["00" * 200_000], ["0084000010"] * 201])
def test_what_is_no_list_of_commands_is_refused(quick_world: World, commands: list[str]) -> None:
    assert code_of(transmit, quick_world, *commands) in ("invalid", "too-large")


def test_any_bytes_are_answered_by_a_status_word(quick_world: World) -> None:
    hostile = ["ffff", "00a4", "00" * 300, "80d80000ff", "00b0ffff00", "0047800000", "00d6000001aa"]
    answers = transmit(quick_world, *hostile, stop_on_error=False)
    assert len(answers) == len(hostile)
    assert all(answer[-4:] != "9000" for answer in answers)


def test_pins_that_are_typed_at_the_counter_are_remembered(quick_world: World) -> None:
    recorder = Recorder()
    opened(quick_world)
    writing = Personaliser(recorder, b"k" * 32)
    writing.set_pin("auth", "4321")
    writing.set_pin("sign", "QWERTY1")
    transmit(quick_world, *(command.hex() for command in recorder.commands))
    with quick_world.citizen.database.read() as session:
        assert memory.remembered(session, "card-2", "auth") == "4321"
        assert memory.remembered(session, "card-2", "sign") == "QWERTY1"
    signing.change_pin(quick_world.citizen, "card-2", "auth", "4321", "5432")
    with quick_world.citizen.database.read() as session:
        assert memory.remembered(session, "card-2", "auth") == "5432"


def test_a_pin_that_the_card_did_not_take_is_not_remembered(quick_world: World) -> None:
    transmit(quick_world, *STATUS[:2], "002C02800431313131")
    with quick_world.citizen.database.read() as session:
        assert memory.remembered(session, "card-2", "auth") == AUTH_PIN


def test_private_keys_and_pins_are_sealed_in_the_database(world: World) -> None:
    with world.citizen.database.read() as session:
        image = session.get_one(CardRow, "card-2").image
        assert session.get_one(RememberedRow, ("card-2", "sign")).pin == PASSWORD
    assert CardClient(Card.load(image).transmit).sign("sign", PASSWORD, b"x")
    with world.citizen.database.engine.connect() as connection:
        stored = [
            bytes(value)
            for query in ("SELECT image FROM card", "SELECT pin FROM remembered")
            for value in connection.exec_driver_sql(query).scalars()
        ]
    assert stored
    assert not any(one.startswith(b"TGC") or PASSWORD.encode() in one for one in stored)


def test_each_card_has_a_security_code_of_its_own_that_both_ends_know(quick_world: World) -> None:
    codes = [security_code(quick_world.citizen, f"card-{number}") for number in range(200)]
    assert codes == [security_code(quick_world.node, f"card-{number}") for number in range(200)]
    assert all(len(code) == 4 and code.isdigit() for code in codes)
    assert len(set(codes)) > 180
