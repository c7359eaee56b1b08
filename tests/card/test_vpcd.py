"""The virtual reader's protocol: frames however they are cut, control and hostile bytes; and the socket around it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegata.card import Card
from tegata.card.vpcd import Bridge, Event, Frames, NoVirtualReader, PowerCut, Slot, frame
from tests.card.support import JPKI_AID
from tests.node.web.running import free_port

SELECT_JPKI = bytes.fromhex(f"00A4040C0A{JPKI_AID}")
SECONDS = 10


class Noting:
    """A card that answers with what it was sent, and notes what was done to it."""

    atr: ClassVar[bytes] = b"\x3b\x00"

    def __init__(self) -> None:
        self.done: list[bytes | str] = []

    def reset(self) -> bytes:
        self.done.append("reset")
        return self.atr

    def transmit(self, apdu: bytes) -> bytes:
        self.done.append(apdu)
        if apdu == b"\xff\xff":
            raise PowerCut
        return apdu[::-1]


def frames_of(stream: bytes) -> list[bytes]:
    return Frames().cut(stream)


@given(st.lists(st.binary(max_size=300), max_size=8), st.data())
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(contents: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(frame(content) for content in contents)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    frames, got = Frames(), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        got += frames.cut(stream[start:end])
    assert got == contents


@given(st.binary(max_size=400))
def test_any_bytes_give_frames_and_a_rest_and_nothing_else(stream: bytes) -> None:
    got = frames_of(stream)
    whole = b"".join(frame(content) for content in got)
    assert stream.startswith(whole)
    rest = stream[len(whole) :]
    assert len(rest) < 2 or len(rest) < 2 + int.from_bytes(rest[:2])


def test_the_largest_frame_and_one_more_byte() -> None:
    largest = bytes(0xFFFF)
    assert frames_of(frame(largest)) == [largest]
    with pytest.raises(ValueError, match="too long"):
        frame(bytes(0x10000))


def test_a_frame_that_never_ends_is_not_answered() -> None:
    card = Noting()
    slot = Slot(card)
    assert slot.receive(b"\xff\xff" + bytes(0xFFFE)) == b""
    assert card.done == []
    assert slot.receive(b"\0") == frame(bytes(0xFFFF))


@pytest.mark.parametrize("control", [0, 1, 2])
def test_power_and_reset_end_the_session_and_are_not_answered(control: int) -> None:
    card = Noting()
    assert Slot(card).receive(frame(bytes([control]))) == b""
    assert card.done == ["reset"]


def test_asking_for_the_answer_to_reset_resets_nothing() -> None:
    card = Noting()
    assert Slot(card).receive(frame(b"\4") * 3) == frame(card.atr) * 3
    assert card.done == []


@pytest.mark.parametrize("content", [b"", b"\3", b"\5", b"\xff"])
def test_what_is_no_command_and_no_known_control_is_passed_over(content: bytes) -> None:
    card = Noting()
    assert Slot(card).receive(frame(content) + frame(b"\1\2")) == frame(b"\2\1")
    assert card.done == [b"\1\2"]


@given(st.binary(max_size=600))
def test_a_slot_takes_any_bytes(stream: bytes) -> None:
    answered = frames_of(Slot(Noting()).receive(stream.replace(b"\xff\xff", b"")))
    asked = [content for content in frames_of(stream.replace(b"\xff\xff", b"")) if len(content) > 1 or content == b"\4"]
    assert len(answered) == len(asked)


def test_a_card_answers_through_the_frames(card: Card) -> None:
    assert Slot(card).receive(frame(SELECT_JPKI)) == frame(b"\x90\x00")


# the socket


class Reader:
    """A reader that accepts one card after the other."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(SECONDS)
        self.port = int(self.listener.getsockname()[1])

    def accept(self) -> socket.socket:
        connection, _ = self.listener.accept()
        connection.settimeout(SECONDS)
        return connection


@pytest.fixture
def reader() -> Iterator[Reader]:
    made = Reader()
    with made.listener:
        yield made


@contextmanager
def bridged(card: Noting, port: int, told: list[Event] | None = None) -> Iterator[Bridge]:
    bridge = Bridge(card, port=port, tell=[].append if told is None else told.append)
    thread = threading.Thread(target=bridge.run)
    thread.start()
    try:
        yield bridge
    finally:
        bridge.stop()
        thread.join(SECONDS)
        assert not thread.is_alive()


def ask(connection: socket.socket, content: bytes) -> bytes:
    connection.sendall(frame(content))
    return connection.recv(1000)


def test_a_card_is_laid_on_the_reader_and_taken_out(reader: Reader) -> None:
    card = Noting()
    with bridged(card, reader.port) as bridge, reader.accept() as connection:
        assert ask(connection, b"\4") == frame(card.atr)
        assert ask(connection, b"abc") == frame(b"cba")
        bridge.stop()
        assert connection.recv(1) == b""
    assert card.done == ["reset", b"abc"]


def test_nobody_listens() -> None:
    with pytest.raises(NoVirtualReader) as refused:
        Bridge(Noting(), port=free_port()).run()
    assert "vsmartcard-vpcd" in refused.value.next_en
    assert "vsmartcard-vpcd" in refused.value.next_ja


def test_a_reader_that_restarts_gets_the_card_again_without_its_session(reader: Reader) -> None:
    card, told = Noting(), list[Event]()
    with bridged(card, reader.port, told) as bridge:
        with reader.accept() as connection:
            assert ask(connection, b"abc") == frame(b"cba")
        with reader.accept() as connection:
            assert ask(connection, b"xy") == frame(b"yx")
            bridge.stop()
            assert connection.recv(1) == b""
    assert card.done == ["reset", b"abc", "reset", b"xy"]
    assert told == ["inserted", "lost", "inserted"]


def test_a_power_cut_takes_the_card_out_without_an_answer(reader: Reader) -> None:
    card, told = Noting(), list[Event]()
    with bridged(card, reader.port, told) as bridge:
        with reader.accept() as connection:
            assert ask(connection, b"\xff\xff") == b""
        with reader.accept() as connection:
            assert ask(connection, b"xy") == frame(b"yx")
            bridge.stop()
            assert connection.recv(1) == b""
    assert card.done == ["reset", b"\xff\xff", "reset", b"xy"]
    assert told == ["inserted", "inserted"]


def test_a_reader_that_sends_nonsense_and_leaves(reader: Reader) -> None:
    with bridged(Noting(), reader.port):
        with reader.accept() as connection:
            connection.sendall(b"\x00\x05\x01")
        with reader.accept() as connection:
            assert ask(connection, b"ok") == frame(b"ko")


def test_stopping_while_the_reader_is_gone(reader: Reader) -> None:
    with bridged(Noting(), reader.port) as bridge:
        reader.accept().close()
        reader.listener.close()
        bridge.stop()
