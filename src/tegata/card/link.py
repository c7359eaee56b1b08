"""A reader's side of the line: sends commands, fetches long responses, turns status words into errors."""

from collections.abc import Callable
from dataclasses import replace

from tegata.card.apdu import CHAINING, EXTENDED_LE, SHORT_DATA, SHORT_LE, Command
from tegata.card.errors import CardError
from tegata.card.files import Application
from tegata.card.status import Status

Transmit = Callable[[bytes], bytes]
"""Sends one command APDU and returns the response APDU (data and status word)."""


class Recorder:
    """A ``transmit`` that only collects. Commands that answer nothing but 9000 (all that writes) can go to the card
    later, many at a time; the first that fails there is the one to report.
    """

    def __init__(self) -> None:
        self.commands: list[bytes] = []

    def __call__(self, apdu: bytes) -> bytes:
        """Keep the command; 9000."""
        self.commands.append(apdu)
        return int(Status.OK).to_bytes(2)


class Link:
    """One connection to one card. ``extended``: whether the way to the card carries extended APDUs."""

    def __init__(self, transmit: Transmit, *, extended: bool = False) -> None:
        self._transmit = transmit
        self.extended = extended
        self.largest_data = EXTENDED_LE - 1 if extended else SHORT_DATA
        self.largest_le = EXTENDED_LE if extended else SHORT_LE

    def exchange(self, command: Command) -> tuple[bytes, int]:
        """Response data and status word; asks on at 61xx and again at 6Cxx (ISO/IEC 7816-4 §5.3.4).

        Raises:
            CardError: the response is shorter than a status word (``sw`` 0), or does not end.
        """
        data, sw = self._once(command)
        if sw >> 8 == 0x6C:
            data, sw = self._once(replace(command, le=sw & 0xFF))
        while sw >> 8 == 0x61:
            more, sw = self._once(Command(0x00, 0xC0, 0, 0, le=sw & 0xFF or SHORT_LE))
            if not more or len(data) > EXTENDED_LE:
                raise CardError(sw)
            data += more
        return data, sw

    def _once(self, command: Command) -> tuple[bytes, int]:
        response = self._transmit(command.encode())
        if len(response) < 2:
            raise CardError(0)
        return response[:-2], int.from_bytes(response[-2:])

    def send(self, command: Command) -> bytes:
        """Response data of a command that must end with 9000; raises :class:`CardError` otherwise."""
        data, sw = self.exchange(command)
        if sw != Status.OK:
            raise CardError(sw)
        return data

    def send_long(self, command: Command) -> bytes:
        """Like :meth:`send`, by command chaining where the data are too long for one command."""
        parts = [
            command.data[start : start + self.largest_data] for start in range(0, len(command.data), self.largest_data)
        ]
        for part in parts[:-1]:
            self.send(replace(command, cla=command.cla | CHAINING, data=part, le=None))
        return self.send(replace(command, data=parts[-1]))

    def select_application(self, application: Application) -> None:
        """SELECT by AID, asking for no file control information."""
        self.send(Command(0x00, 0xA4, 0x04, 0x0C, application.aid))

    def select_file(self, identifier: int) -> None:
        """SELECT a file of the selected application."""
        self.send(Command(0x00, 0xA4, 0x02, 0x0C, identifier.to_bytes(2)))

    def read(self, offset: int, size: int) -> bytes:
        """``size`` bytes of the selected file from ``offset``; fewer where the file ends."""
        data = b""
        while len(data) < size:
            at, le = offset + len(data), min(size - len(data), self.largest_le)
            part, sw = self.exchange(Command(0x00, 0xB0, at >> 8, at & 0xFF, le=le))
            if sw in (Status.END_OF_FILE, Status.PAST_THE_END):
                return data + part
            if sw != Status.OK or not part:
                raise CardError(sw)
            data += part
        return data
