"""How a PIN is asked for at a terminal; and what a trace of APDUs shows and hides."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.card import Card, CardClient, MalformedPin, PinBlocked, WrongPin
from tegata.card.errors import LastTry
from tegata.cli.card.pins import PinEntry
from tegata.cli.card.trace import Logged, Trace
from tests.card.support import ISSUER_KEY, JPKI_AID, PINS, TEXT_AID, Keys, personalised


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys()


@pytest.fixture
def client(keys: Keys) -> CardClient:
    return CardClient(personalised(keys).transmit)


def answering(*answers: str) -> tuple[Callable[[str], str], list[str]]:
    """A way to type, and the questions that were asked."""
    asked: list[str] = []
    waiting = list(answers)

    def ask(question: str) -> str:
        asked.append(question)
        return waiting.pop(0)

    return ask, asked


def at_terminal(*typed: str, agreed: str = "", use_last_try: bool = False) -> tuple[PinEntry, list[str]]:
    ask, asked = answering(*typed)
    return PinEntry(False, use_last_try, True, ask, lambda: agreed), asked


def test_the_question_says_how_many_tries_are_left(client: CardClient) -> None:
    entry, asked = at_terminal("1234")
    assert entry.pin(client, "auth") == "1234"
    assert "3 tries left" in asked[0]


@pytest.mark.parametrize("agreed", ["", "\n", "n\n", "yess\n", "いいえ\n"])
def test_the_last_try_is_not_used_unless_somebody_agrees(client: CardClient, agreed: str) -> None:
    spend(client, 2)
    entry, asked = at_terminal("1234", agreed=agreed)
    with pytest.raises(LastTry):
        entry.pin(client, "auth")
    assert asked == []
    assert client.pin_tries("auth") == 1


@pytest.mark.parametrize("agreed", ["y\n", "YES\n", "はい\n"])
def test_the_last_try_is_used_where_somebody_agrees(client: CardClient, agreed: str) -> None:
    spend(client, 2)
    entry, asked = at_terminal("1234", agreed=agreed)
    client.verify_pin("auth", entry.pin(client, "auth"))
    assert len(asked) == 1
    assert client.pin_tries("auth") == 3


def test_the_option_stands_for_the_answer(client: CardClient) -> None:
    spend(client, 2)
    entry, _ = at_terminal("1234", use_last_try=True)
    assert entry.pin(client, "auth") == "1234"


def test_a_blocked_pin_is_not_asked_for(client: CardClient) -> None:
    spend(client, 3)
    entry, asked = at_terminal("1234", agreed="y\n", use_last_try=True)
    with pytest.raises(PinBlocked):
        entry.pin(client, "auth")
    assert asked == []


def test_a_new_pin_is_typed_twice(capsys: pytest.CaptureFixture[str]) -> None:
    entry, asked = at_terminal("9999", "9999")
    assert entry.new_pin("auth") == "9999"
    assert len(asked) == 2
    entry, _ = at_terminal("9999", "9998")
    with pytest.raises(SystemExit):
        entry.new_pin("auth")
    assert "9999" not in capsys.readouterr().err
    entry, asked = at_terminal("99")
    with pytest.raises(MalformedPin):
        entry.new_pin("auth")
    assert len(asked) == 1


def spend(client: CardClient, tries: int) -> None:
    for _ in range(tries):
        with pytest.raises(WrongPin):
            client.verify_pin("auth", "0000")


# traces


def traced(card: Card, *apdus: str) -> list[str]:
    told: list[str] = []
    logged = Logged(card, told.append)
    for apdu in apdus:
        logged.transmit(bytes.fromhex(apdu))
    return told


def test_commands_and_answers_have_names(keys: Keys) -> None:
    told = traced(
        personalised(keys),
        f"00A4040C0A{JPKI_AID}",
        "00A4020C020018",
        "0020008004 31323334",
        "00A4020C020006",
        "00B0000004",
    )
    assert told[0].endswith("SELECT JPKI")
    assert told[1] == "< 9000  done"
    assert told[4] == "> 00 20 00 80 04 ** ** ** **  VERIFY PIN of the authentication certificate"
    assert told[9].startswith("< 4A 50 4B 49 9000")


def test_what_a_pin_protects_is_not_shown(keys: Keys) -> None:
    text_pin = PINS["text"].encode().hex()
    told = traced(
        personalised(keys), f"00A4040C0A{TEXT_AID}", "00A4020C020011", f"0020008004{text_pin}", "00A4020C020001",
        "00B0000004", "00C0000000",
    )  # fmt: skip
    assert told[9] == "< (4 bytes) 9000  done"


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_a_trace_takes_any_bytes_and_hides_pins(command: bytes, data: bytes) -> None:
    trace = Trace()
    assert len(trace.lines(command, data + b"\x90\x00")) == 2
    pin = b"S3CRET77"
    for ins in (0x20, 0x24, 0x2C):
        sent, _ = trace.lines(bytes((0, ins, 1, 0x80, len(pin))) + pin, b"\x63\xc1")
        assert pin.hex(" ").upper() not in sent


def test_a_blank_card_is_traced() -> None:
    assert traced(Card.blank(ISSUER_KEY), "00", "FFFFFFFFFF")[1].startswith("< 6700")
