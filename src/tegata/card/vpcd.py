"""The card's side of vsmartcard's virtual reader (vpcd): a card in this process that any PC/SC program can use.

The reader is a TCP server that pcscd loads; whoever connects is the card in its slot, and is taken out again when the
connection ends. Both sides send frames of a 2-byte big-endian length and content. A frame of one byte is control: 0
power off, 1 power on, 2 reset, 4 asks for the answer to reset; only 4 is answered. Any longer frame is a command APDU
and is answered by the response APDU (FACTS, the card [V]).

:class:`Slot` is that protocol without I/O. :class:`Bridge` adds the socket: the one module of this room that has any.
"""

import select
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar, Literal, Protocol

from tegata.card.errors import CardFailure

HOST = "127.0.0.1"
PORT = 35963
"""Where Debian's vsmartcard-vpcd listens for its first slot (0x8C7B in its reader.conf.d)."""
POWER_OFF, POWER_ON, RESET, GET_ATR = 0, 1, 2, 4
LONGEST_FRAME = 0xFFFF
_CHUNK = 0x10000
_SECONDS_TO_SEND = 5
_SECONDS_BETWEEN_ATTEMPTS = 0.5

Event = Literal["inserted", "lost"]
"""What a bridge tells: the reader took the card; the reader went away, and the bridge waits for it."""


class NoVirtualReader(CardFailure):
    """Nothing listens where the virtual reader should be."""

    code = "no-virtual-reader"
    ja = "仮想カードリーダー (vpcd) が動いていません。"
    en = "The virtual card reader (vpcd) is not running."
    next_ja = (
        "Debian では sudo apt-get install pcscd vsmartcard-vpcd で入れてください。"
        "pcscd は sudo systemctl start pcscd、または sudo pcscd -f で動かせます。"
    )
    next_en = (
        "On Debian: sudo apt-get install pcscd vsmartcard-vpcd. "
        "Start pcscd with sudo systemctl start pcscd, or with sudo pcscd -f."
    )


class PowerCut(Exception):
    """A card raises it instead of an answer: it is taken out of the reader, and laid there again without a session."""


class OnReader(Protocol):
    """A card as a reader sees it; :class:`tegata.card.Card` is one."""

    atr: ClassVar[bytes]

    def reset(self) -> bytes:
        """Forget the session."""

    def transmit(self, apdu: bytes) -> bytes:
        """Answer a command APDU; may raise :class:`PowerCut`."""


def frame(content: bytes) -> bytes:
    """A frame. Raises ``ValueError`` for more than 65535 bytes."""
    if len(content) > LONGEST_FRAME:
        raise ValueError("too long for a frame")
    return len(content).to_bytes(2) + content


def acknowledge_at_once(connection: socket.socket) -> None:
    """Tell the reader at once that its bytes came (Linux).

    It sends the length and the content of a frame apart, and the second part would wait for the acknowledgement of the
    first: 40 ms for each command, unless the kernel is told anew after each read.
    """
    if hasattr(socket, "TCP_QUICKACK"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


class Frames:
    """Cuts what is received into frames, wherever the stream was cut."""

    def __init__(self) -> None:
        self._rest = b""

    def cut(self, received: bytes) -> list[bytes]:
        """The frames that are whole now."""
        data, at, frames = self._rest + received, 0, list[bytes]()
        while (start := at + 2) <= len(data):
            end = start + int.from_bytes(data[at:start])
            if end > len(data):
                break
            frames.append(data[start:end])
            at = end
        self._rest = data[at:]
        return frames


class Slot:
    """One connection to the reader: received bytes in, bytes to send out."""

    def __init__(self, card: OnReader) -> None:
        self._card = card
        self._frames = Frames()

    def receive(self, received: bytes) -> bytes:
        """What to send back; empty frames and unknown control bytes are passed over. Raises :class:`PowerCut`."""
        return b"".join(self._answer(content) for content in self._frames.cut(received))

    def _answer(self, content: bytes) -> bytes:
        if len(content) > 1:
            return frame(self._card.transmit(content))
        control = content[0] if content else None
        if control == GET_ATR:
            return frame(self._card.atr)
        if control in (POWER_OFF, POWER_ON, RESET):
            self._card.reset()
        return b""


class Bridge:
    """Keeps a card on the virtual reader until it is stopped, also over a restart of pcscd.

    ``tell`` hears of every :data:`Event`. :meth:`stop` may be called from another thread or a signal handler.
    """

    def __init__(
        self, card: OnReader, *, host: str = HOST, port: int = PORT, tell: Callable[[Event], None] = lambda _: None
    ) -> None:
        self._card, self._address, self._tell = card, (host, port), tell
        self._wake, self._woken = socket.socketpair()
        self._stopped = False

    def stop(self) -> None:
        """Let :meth:`run` return; the card is taken out."""
        self._stopped = True
        with suppress(OSError):
            self._wake.send(b"\0")

    def run(self) -> None:
        """Lay the card on the reader and answer it until :meth:`stop`; once for each bridge.

        Raises:
            NoVirtualReader: nothing listens there at the start.
        """
        with self._wake, self._woken:
            connection = self._connect()
            if connection is None:
                raise NoVirtualReader
            while connection is not None:
                with connection:
                    self._tell("inserted")
                    cut = self._serve(connection)
                if not cut and not self._stopped:
                    self._tell("lost")
                connection = self._connect_again()

    def _connect(self) -> socket.socket | None:
        try:
            connection = socket.create_connection(self._address, timeout=_SECONDS_TO_SEND)
        except OSError:
            return None
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _connect_again(self) -> socket.socket | None:
        """The next connection, however long it takes; ``None`` once stopped."""
        while not self._stopped:
            if not self._ready(self._woken, seconds=_SECONDS_BETWEEN_ATTEMPTS):
                connection = self._connect()
                if connection is not None:
                    return connection
        return None

    def _serve(self, connection: socket.socket) -> bool:
        """Answer one connection to its end; whether it ended by a power cut."""
        self._card.reset()
        slot = Slot(self._card)
        try:
            while self._ready(connection) and not self._stopped:
                received = connection.recv(_CHUNK)
                if not received:
                    break
                acknowledge_at_once(connection)
                connection.sendall(slot.receive(received))
        except PowerCut:
            return True
        except OSError:
            return False
        return False

    def _ready(self, connection: socket.socket, *, seconds: float | None = None) -> bool:
        """Wait until there is something to read, or the bridge is stopped."""
        waiting = select.poll()
        for each in {connection, self._woken}:
            waiting.register(each, select.POLLIN)
        return bool(waiting.poll(None if seconds is None else seconds * 1000))
