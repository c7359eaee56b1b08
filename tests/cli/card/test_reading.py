"""``tegata card`` reads a card through PC/SC, with good and bad input; the tries of its PINs are not wasted."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from PIL import Image

from tegata.actors.citizen.service import cards
from tegata.card import Card, check_number_b, printed_front
from tegata.card.files import PINS
from tegata.cli.card.options import PIN_VARIABLE
from tegata.network.population import Person
from tests.cli.card.conftest import Drawer
from tests.cli.conftest import Ran, Run
from tests.fixtures.pcsc import VirtualReader

CardCommand: TypeAlias = Callable[..., Ran]


@pytest.fixture
def card(run: Run, monkeypatch: pytest.MonkeyPatch) -> CardCommand:
    """Runs ``tegata card`` without a terminal; ``given`` is the standard input."""

    def run_it(*arguments: object, given: str = "") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        return run("card", *arguments)

    return run_it


@pytest.fixture
def person(drawer: Drawer, virtual_reader: VirtualReader, signers: Iterator[Person]) -> Iterator[Person]:
    """Somebody whose card lies on the reader."""
    one = next(signers)
    with drawer.inserted(virtual_reader, one):
        yield one


def tries(card: CardCommand) -> dict[str, int]:
    left: dict[str, int] = json.loads(card("pin-status", "--json").out)
    return left


@pytest.mark.usefixtures("person")
def test_what_a_card_tells_without_a_pin(card: CardCommand, virtual_reader: VirtualReader) -> None:
    told = json.loads(card("info", "--json").out)
    assert told["reader"] == virtual_reader.name
    assert virtual_reader.name in told["readers"]
    assert told["atr"] == "3B E0 00 FF 81 31 FE 45 14"
    assert told["token"] == "JPKIAPICCTOKEN2"
    assert len(told["applications"]) == 5
    assert (told["tries"]["auth"], told["tries"]["sign"]) == (3, 5)
    words = card("info").out
    assert "JPKIAPICCTOKEN2" in words
    assert "resident register" in words
    assert card("info", "--reader", "virtual pcd 00 00").code == 0


def test_certificates_as_pem_der_and_json(card: CardCommand, person: Person, tmp_path: Path) -> None:
    pem = x509.load_pem_x509_certificate(card("certificate", "auth").out.encode())
    told = json.loads(card("certificate", "auth", "--json").out)
    assert told["serial"] == str(pem.serial_number)
    file = tmp_path / "sign.der"
    password = person.sign_password + "\n"
    ran = card("certificate", "sign", "--pin-stdin", "--out", file, "--format", "der", given=password)
    assert (ran.code, ran.out) == (0, "")
    sign = x509.load_der_x509_certificate(file.read_bytes())
    root = x509.load_pem_x509_certificate(card("certificate", "sign", "--ca").out.encode())
    sign.verify_directly_issued_by(root)
    assert x509.load_der_x509_certificate(root.public_bytes(Encoding.DER)).subject == sign.issuer


def test_the_signature_certificate_needs_its_password(card: CardCommand, person: Person) -> None:
    ran = card("certificate", "sign")
    assert ran.code == 1
    assert PIN_VARIABLE in ran.err
    ran = card("certificate", "sign", "--pin-stdin", given="WRONG00\n")
    assert ran.code == 1
    assert "tries left: 4" in ran.err
    assert person.sign_password not in ran.err


def test_a_pin_from_the_environment(card: CardCommand, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PIN_VARIABLE, person.text_pin)
    four = json.loads(card("attributes", "--json").out)
    assert four["name"] == person.attributes.name
    assert "my_number" not in four


def test_my_number_only_on_demand(card: CardCommand, person: Person) -> None:
    told = json.loads(card("attributes", "--json", "--my-number", "--pin-stdin", given=person.text_pin).out)
    assert told["my_number"] == person.my_number
    words = card("attributes", "--pin-stdin", given=person.text_pin).out
    assert person.attributes.address in words
    assert person.my_number not in words


def test_check_numbers_open_what_they_open(card: CardCommand, person: Person, drawer: Drawer) -> None:
    number = check_number(person, drawer)
    four = json.loads(card("attributes", "--by", "text-b", "--json", "--pin-stdin", given=number).out)
    assert four["address"] == person.attributes.address
    mine = card("attributes", "--by", "text-a", "--my-number", "--json", "--pin-stdin", given=person.my_number)
    assert json.loads(mine.out) == {"my_number": person.my_number}


@pytest.mark.parametrize(("options"), [("--by", "text-b", "--my-number"), ("--by", "text-a")])
@pytest.mark.usefixtures("person")
def test_what_a_check_number_does_not_open(card: CardCommand, options: tuple[str, ...]) -> None:
    assert card("attributes", *options).code == 2


@pytest.mark.parametrize(("which", "wrong", "most"), [("auth", "0000", 3), ("text", "0000", 3), ("sign", "WRONG0", 5)])
def test_the_last_try_is_kept(card: CardCommand, person: Person, which: str, wrong: str, most: int) -> None:
    right = {"auth": person.auth_pin, "text": person.text_pin, "sign": person.sign_password}[which]
    for left in range(most - 1, 0, -1):
        ran = card("verify-pin", which, "--pin-stdin", given=wrong)
        assert ran.code == 1
        assert f"tries left: {left}" in ran.err
    for options in ((), ("--json",)):
        ran = card("verify-pin", which, "--pin-stdin", *options, given=right)
        assert ran.code == 1
        assert "card-last-try" in ran.err
        assert tries(card)[which] == 1
    assert card("verify-pin", which, "--pin-stdin", "--use-last-try", given=right).code == 0
    assert tries(card)[which] == most


@pytest.mark.usefixtures("person")
def test_a_blocked_pin_is_not_tried_again(card: CardCommand) -> None:
    for _ in range(3):
        card("verify-pin", "auth", "--pin-stdin", "--use-last-try", given="0000")
    ran = card("verify-pin", "auth", "--pin-stdin", given="0000")
    assert ran.code == 1
    assert "card-pin-blocked" in ran.err
    assert "blocked" in card("pin-status").out
    assert "municipality" in card("unblock").err
    assert card("unblock").code == 1


@pytest.mark.parametrize("typed", ["", "12", "12345", "abcd", "１２３４", "\0\0\0\0", "1" * 100_000])
@pytest.mark.usefixtures("person")
def test_what_can_not_be_the_pin_spends_no_try(card: CardCommand, typed: str) -> None:
    ran = card("verify-pin", "auth", "--pin-stdin", given=typed + "\n")
    assert ran.code == 1
    assert "card-malformed-pin" in ran.err
    assert tries(card)["auth"] == 3


def test_a_pin_is_changed_and_changed_back(card: CardCommand, person: Person) -> None:
    assert card("change-pin", "auth", "--pin-stdin", given=f"{person.auth_pin}\n8642\n").code == 0
    assert card("verify-pin", "auth", "--pin-stdin", given=person.auth_pin).code == 1
    changed = card("change-pin", "auth", "--pin-stdin", "--json", given=f"8642\n{person.auth_pin}\n")
    assert json.loads(changed.out) == {"pin": "auth", "changed": True}
    for bad in (f"{person.auth_pin}\n12\n", f"{person.auth_pin}\n", "0000\n1234\n"):
        assert card("change-pin", "auth", "--pin-stdin", given=bad).code == 1
    assert json.loads(card("verify-pin", "auth", "--pin-stdin", "--json", given=person.auth_pin).out)["right"]


def test_a_proven_pin_is_forgotten_with_the_command(card: CardCommand, person: Person) -> None:
    assert card("verify-pin", "auth", "--pin-stdin", given=person.auth_pin).code == 0
    answers = json.loads(
        card("apdu", "--json", "00A4040C0AD392F000260100000001", "00A4020C020017", "802A0080 02 0000 00").out
    )
    assert [one["sw"] for one in answers] == ["9000", "9000", "6982"]


@pytest.mark.usefixtures("person")
def test_commands_by_hand_in_one_session(card: CardCommand) -> None:
    lines = "00A4040C 0A D392F000260100000001 # JPKI\n\n00A4020C020006\n00B0000010\n00B0000011FF\n"
    ran = card("apdu", given=lines)
    assert ran.code == 0
    assert "4A 50 4B 49 41 50 49 43 43 54 4F 4B 45 4E 32 20 9000  done" in ran.out
    assert "6700  wrong length" in ran.out


@pytest.mark.parametrize("line", ["xyz", "00A4", "0", "00" * 70_000, "00 A4 04 0C \u3000"])
def test_what_is_no_command(card: CardCommand, line: str) -> None:
    assert card("apdu", line).code == 2


# the face


def check_number(person: Person, drawer: Drawer) -> str:
    """The check number B that is printed on the person's card."""
    with drawer.node.database.read() as session:
        image = cards.newest_card(session, person.person_id).image
    front = printed_front(image)
    assert front is not None
    return check_number_b(front.birth_date, front.expires_on.year, front.security_code)


def test_the_face_as_png_and_as_it_is(card: CardCommand, person: Person, drawer: Drawer, tmp_path: Path) -> None:
    number = check_number(person, drawer)
    ran = card("face", "--out", tmp_path / "face.png", "--pin-stdin", "--json", given=number)
    assert json.loads(ran.out)["name"] == person.attributes.name
    assert (
        card("face", "--out", tmp_path / "face.JP2", "--by", "visual-a", "--pin-stdin", given=person.my_number).code
        == 0
    )
    with Image.open(tmp_path / "face.png") as png, Image.open(tmp_path / "face.JP2") as as_it_is:
        assert (png.format, as_it_is.format) == ("PNG", "JPEG2000")
        assert png.size == as_it_is.size
    assert person.attributes.address in card("face", "--out", tmp_path / "f.png", "--pin-stdin", given=number).out


def test_a_face_is_not_shown_for_a_wrong_number_or_written_to_what_is_no_picture(
    card: CardCommand, person: Person, tmp_path: Path
) -> None:
    ran = card("face", "--out", tmp_path / "face.png", "--pin-stdin", given="0" * 14)
    assert ran.code == 1
    assert "tries left: 9" in ran.err
    assert card("face", "--out", tmp_path / "face.txt", "--pin-stdin", given="0" * 14).code == 2
    assert list(tmp_path.glob("face*")) == []
    assert tries(card)["visual-b"] == 9


def test_a_card_that_nothing_was_printed_on(
    drawer: Drawer, virtual_reader: VirtualReader, card: CardCommand, tmp_path: Path
) -> None:
    with virtual_reader.holding(Card.blank(bytes(16))):
        ran = card("face", "--out", tmp_path / "face.png")
    assert ran.code == 1
    assert "card-without-front" in ran.err


# readers


def test_no_card_in_the_reader(card: CardCommand, virtual_reader: VirtualReader) -> None:
    ran = card("info")
    assert ran.code == 1
    assert "no-card-in-reader" in ran.err
    assert "tegata card insert" in ran.err
    assert virtual_reader.name in ran.err


@pytest.mark.usefixtures("person")
def test_no_reader_of_that_name(card: CardCommand, virtual_reader: VirtualReader) -> None:
    ran = card("pin-status", "--reader", "ACME")
    assert ran.code == 1
    assert "no-card-reader" in ran.err
    assert virtual_reader.name in ran.err


def test_words_in_japanese(run: Run, monkeypatch: pytest.MonkeyPatch, virtual_reader: VirtualReader) -> None:
    assert virtual_reader.name
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    assert "カードがありません" in run("card", "info").err


def test_every_pin_has_a_name() -> None:
    from tegata.cli.card.words import PIN_NAMES

    assert PIN_NAMES.keys() == PINS.keys()
