"""``tegata card insert``: whose card, what is stored and recorded, and a network that uses the same card meanwhile."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select as query

from tegata.actors.citizen.problems import NO_SUCH_HOLDER, SEVERAL_HOLDERS
from tegata.actors.citizen.service import insertion, signing
from tegata.actors.citizen.service.insertion import Chosen, Inserted
from tegata.actors.citizen.service.memory import remembered
from tegata.actors.citizen.tables import CardRow, PersonRow
from tegata.card import Behaviour, Card, CardClient, PinBlocked, WrongPin
from tegata.card.vpcd import PowerCut
from tegata.cli.site import acting
from tegata.network.population import Person
from tegata.node.audit import verify
from tegata.node.tables import AuditRow
from tegata.wire.problems import NOT_FOUND, Refused
from tests.cli.card.conftest import SECONDS, Drawer
from tests.cli.conftest import Run
from tests.fixtures.pcsc import VirtualReader
from tests.node.web.running import free_port


def stored(drawer: Drawer, chosen: Chosen) -> CardRow:
    with drawer.node.database.read() as session:
        return session.get_one(CardRow, chosen.card_id)


def entries(drawer: Drawer, person_id: str) -> list[str]:
    """What the audit log has of a person, oldest first."""
    with drawer.node.database.read() as session:
        rows = session.scalars(query(AuditRow).where(AuditRow.subject == person_id).order_by(AuditRow.number))
        return [row.action for row in rows]


@pytest.fixture
def chosen(drawer: Drawer, signers: Iterator[Person]) -> Chosen:
    return insertion.choose(drawer.node, next(signers).person_id)


@contextmanager
def client_of(drawer: Drawer, chosen: Chosen, **switches: Any) -> Iterator[tuple[Inserted, CardClient]]:
    with insertion.laid_out(drawer.node, chosen, switches) as card:
        yield card, CardClient(card.transmit)


# whose card


def test_a_person_is_found_by_id_and_by_a_name_of_one(drawer: Drawer) -> None:
    names = [person.attributes.name for person in drawer.people]
    person = next(one for one in drawer.people if names.count(one.attributes.name) == 1 and one.has_sign_certificate)
    by_id = insertion.choose(drawer.node, person.person_id.lower())
    assert by_id == insertion.choose(drawer.node, person.attributes.name)
    assert by_id == insertion.choose(drawer.node, person.person_id, by_id.card_id)
    assert by_id.name == person.attributes.name


def test_a_name_of_several_lists_them(drawer: Drawer) -> None:
    with drawer.node.database.read() as session:
        people = list(session.scalars(query(PersonRow)))
    surnames = [one.name.split("\u3000")[0] for one in people]
    surname = next(name for name in surnames if surnames.count(name) > 1)
    with pytest.raises(Refused) as refused:
        insertion.choose(drawer.node, surname)
    assert refused.value.type is SEVERAL_HOLDERS
    some = [one for one in people if one.name.startswith(f"{surname}\u3000")]
    assert all(f"{one.person_id} {one.name}" in refused.value.detail["people"] for one in some[:5])


@pytest.mark.parametrize("person", ["P999999", "", "   ", "だれでもない", "%", "'; --", "\u202e", "x" * 5000])
def test_nobody_of_that_name(drawer: Drawer, person: str) -> None:
    with pytest.raises(Refused) as refused:
        insertion.choose(drawer.node, person)
    assert refused.value.type is NO_SUCH_HOLDER


def test_a_card_of_somebody_else_or_of_nobody(drawer: Drawer, signers: Iterator[Person]) -> None:
    mine, other = next(signers), insertion.choose(drawer.node, next(signers).person_id)
    with pytest.raises(Refused) as refused:
        insertion.choose(drawer.node, mine.person_id, other.card_id)
    assert refused.value.type is NO_SUCH_HOLDER
    with pytest.raises(Refused) as refused:
        insertion.choose(drawer.node, mine.person_id, "c0")
    assert refused.value.type is NOT_FOUND


# what is stored and recorded


def test_tries_are_stored_before_the_answer(drawer: Drawer, chosen: Chosen) -> None:
    with client_of(drawer, chosen) as (_, client):
        for left in (2, 1, 0):
            with pytest.raises(WrongPin) as wrong:
                client.verify_pin("auth", "0000")
            assert wrong.value.tries_left == left
            assert CardClient(Card.load(stored(drawer, chosen).image).transmit).pin_tries("auth") == left
    with client_of(drawer, chosen) as (_, client), pytest.raises(PinBlocked):
        client.verify_pin("auth", "0000")


def test_going_coming_and_changes_are_recorded_once_each(drawer: Drawer, chosen: Chosen) -> None:
    before = entries(drawer, chosen.person_id)
    with client_of(drawer, chosen) as (_, client):
        client.token_info()
        client.pin_tries("auth")
        with pytest.raises(WrongPin):
            client.verify_pin("text", "0000")
        client.token_info()
    new = entries(drawer, chosen.person_id)[len(before) :]
    assert new == ["card-inserted", "card-changed", "card-removed"]
    assert verify(drawer.node.database).ok
    assert stored(drawer, chosen).used_at == drawer.node.clock.now()


def test_a_reset_forgets_the_session_and_nothing_else(drawer: Drawer, chosen: Chosen) -> None:
    with client_of(drawer, chosen) as (card, client):
        with pytest.raises(WrongPin):
            client.verify_pin("auth", "0000")
        assert card.transmit(bytes.fromhex("00B0000004")) == bytes.fromhex("6981")
        card.reset()
        assert card.transmit(bytes.fromhex("00B0000004")) == bytes.fromhex("6986")
        assert client.pin_tries("auth") == 2


def test_a_changed_pin_is_remembered_in_a_demonstration(drawer: Drawer, signers: Iterator[Person]) -> None:
    person = next(signers)
    chosen = insertion.choose(drawer.node, person.person_id)
    with client_of(drawer, chosen) as (_, client):
        client.change_pin("auth", person.auth_pin, "4711")
        client.verify_pin("auth", "4711")
    with drawer.node.database.read() as session:
        assert remembered(session, chosen.card_id, "auth") == "4711"


def test_switches_hold_for_one_insertion(drawer: Drawer, chosen: Chosen) -> None:
    with client_of(drawer, chosen, blocked_status=0x6983) as (card, client):
        for _ in range(3):
            with pytest.raises(WrongPin):
                client.verify_pin("auth", "0000")
        assert card.transmit(bytes.fromhex("0020008004 30303030")).hex() == "6983"
    assert Card.load(stored(drawer, chosen).image).behaviour == Behaviour()
    with client_of(drawer, chosen) as (card, client):
        assert client.pin_tries("auth") == 0
        assert card.transmit(bytes.fromhex("0020008004 30303030")).hex() == "6984"


# beside a network that uses the same card


def test_a_card_that_somebody_else_changed_loses_its_power(drawer: Drawer, signers: Iterator[Person]) -> None:
    person = next(signers)
    chosen = insertion.choose(drawer.node, person.person_id)
    with client_of(drawer, chosen) as (card, client):
        client.verify_pin("auth", person.auth_pin)
        with acting(drawer.data, None, "citizen") as network, pytest.raises(Refused):
            signing.sign_with_card(network, person.person_id, "auth", "0000", b"on a page")
        with pytest.raises(PowerCut):
            client.verify_pin("auth", "1111")
        card.reset()
        assert client.pin_tries("auth") == 2


def test_a_change_at_the_same_moment_is_not_answered(
    drawer: Drawer, signers: Iterator[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the version and the storing, the reader of a page spends a try."""
    person = next(signers)
    chosen = insertion.choose(drawer.node, person.person_id)
    with client_of(drawer, chosen) as (card, client):
        client.pin_tries("auth")
        keep = card._store

        def late(*arguments: Any) -> None:
            with pytest.raises(Refused):
                signing.sign_with_card(drawer.node, person.person_id, "auth", "0000", b"on a page")
            keep(*arguments)

        monkeypatch.setattr(card, "_store", late)
        with pytest.raises(PowerCut):
            client.verify_pin("auth", "1111")
    assert CardClient(Card.load(stored(drawer, chosen).image).transmit).pin_tries("auth") == 2


def test_a_reader_sees_the_power_cut_and_the_card_again(
    drawer: Drawer, virtual_reader: VirtualReader, signers: Iterator[Person]
) -> None:
    from tegata.card.pcsc import CardTakenOut, connected

    person = next(signers)
    with drawer.inserted(virtual_reader, person):
        with connected() as connection:
            client = CardClient(connection.transmit)
            assert client.pin_tries("auth") == 3
            with pytest.raises(Refused):
                signing.sign_with_card(drawer.node, person.person_id, "auth", "0000", b"on a page")
            with pytest.raises(CardTakenOut):
                client.pin_tries("auth")
        assert tries_when_back() == 2


def tries_when_back() -> int:
    """The tries of the authentication PIN, once PC/SC has noticed that the card left and came again."""
    from tegata.card.pcsc import PcscFailure, connected

    for _ in range(10 * SECONDS):
        with suppress(PcscFailure), connected() as connection:
            return CardClient(connection.transmit).pin_tries("auth")
        time.sleep(0.1)
    raise TimeoutError("the card did not come back")


# the command


@contextmanager
def command(*arguments: object) -> Iterator["subprocess.Popen[str]"]:
    tegata = str(Path(sys.executable).with_name("tegata"))
    words = [tegata, "card", "insert", *(str(one) for one in arguments)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_line(process: "subprocess.Popen[str]", wanted: str) -> None:
    assert process.stdout is not None
    assert any(wanted in line for line in process.stdout), "it ended without saying so"


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_the_command_lays_a_card_out_until_it_is_stopped(
    drawer: Drawer, virtual_reader: VirtualReader, chosen: Chosen, sign: signal.Signals
) -> None:
    before = entries(drawer, chosen.person_id)
    where = ("--data", drawer.data, "--port", virtual_reader.port)
    with command(chosen.person_id, *where, "--log", "--switch", "end_of_file=warning") as process:
        wait_for_line(process, chosen.card_id)
        virtual_reader.wait(present=True)
        from tegata.card.pcsc import connected

        with connected() as connection:
            client = CardClient(connection.transmit)
            with pytest.raises(WrongPin):
                client.verify_pin("sign", "SECRET7")
            assert client.token_info() == "JPKIAPICCTOKEN2"
        process.send_signal(sign)
        told, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == 0
    virtual_reader.wait(present=False)
    assert entries(drawer, chosen.person_id)[len(before) :] == ["card-inserted", "card-changed", "card-removed"]
    assert re.search(r"> 00 20 00 80 07 \*\* .*VERIFY", told)
    assert "SECRET7" not in told
    assert b"SECRET7".hex(" ").upper() not in told
    assert "63C4" in told


def test_no_reader_to_lay_it_on(drawer: Drawer, run: Run, chosen: Chosen) -> None:
    ran = run("card", "insert", chosen.person_id, "--data", drawer.data, "--port", free_port())
    assert ran.code == 1
    assert "no-virtual-reader" in ran.err
    assert "vsmartcard-vpcd" in ran.err
    assert entries(drawer, chosen.person_id)[-2:] == ["card-inserted", "card-removed"]


@pytest.mark.parametrize(
    ("switch", "said"),
    [("colour=red", "blocked_status=6983|6984"), ("blocked_status=9000", "6983|6984"), ("end_of_file", "ok|warning")],
)
def test_switches_that_do_not_exist(drawer: Drawer, run: Run, switch: str, said: str) -> None:
    ran = run("card", "insert", "P000001", "--data", drawer.data, "--switch", switch)
    assert ran.code == 2
    assert said in re.sub(r"[\s│]+", "", ran.err)


def test_a_card_without_certificates_can_be_laid_out(
    drawer: Drawer, virtual_reader: VirtualReader, signers: Iterator[Person], run: Run
) -> None:
    person = next(signers)
    chosen = insertion.choose(drawer.node, person.person_id)
    with drawer.node.database.begin() as tx:
        row = tx.session.get_one(CardRow, chosen.card_id)
        row.image, row.version = Card.blank(bytes(16)).dump(), row.version + 1
    with drawer.inserted(virtual_reader, person):
        assert run("card", "info").code == 0
        ran = run("card", "certificate", "auth")
        assert ran.code == 1
        assert "6A82" in ran.err
