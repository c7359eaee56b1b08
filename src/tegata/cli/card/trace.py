"""APDUs as they pass, with names; what a PIN is, or guards, is not shown."""

from collections.abc import Callable
from typing import ClassVar

from tegata.card.apdu import Command, MalformedCommand, parse
from tegata.card.card import ATR
from tegata.card.files import Application, File
from tegata.card.vpcd import OnReader
from tegata.cli.card import words
from tegata.cli.language import t

SECRET_DATA = {0x20, 0x24, 0x2C, 0xD6, 0xD8}
"""Commands whose data are a PIN, a key or a file's content."""
READ = {0xB0, 0xC0}
SELECT = 0xA4


class Trace:
    """Follows a session, so that what is selected has a name."""

    def __init__(self) -> None:
        self._application: Application | None = None
        self._file: File | None = None

    def lines(self, apdu: bytes, answer: bytes) -> tuple[str, str]:
        """The command and the answer, a line each."""
        try:
            command = parse(apdu)
        except MalformedCommand:
            # What is no command may hold a PIN all the same.
            return f"> {apdu[:4].hex(' ').upper()} … {t('コマンドの形ではない', 'no command')}", _answer(
                answer, hidden=False
            )
        if command.ins == SELECT and answer[-2:] == b"\x90\x00":
            self._select(command)
        sent = f"> {_shown(apdu, command)}  {self._name(command)}"
        hidden = command.ins in READ and words.is_secret(self._file)
        return sent, _answer(answer, hidden=hidden)

    def _select(self, command: Command) -> None:
        if command.p1 == 0x04:
            self._application, self._file = words.application_of(command.data), None
        elif self._application is not None:
            self._file = self._application.files.get(int.from_bytes(command.data))

    def _name(self, command: Command) -> str:
        name = words.INSTRUCTIONS.get(command.ins, f"INS {command.ins:02X}")
        if command.ins == SELECT and command.p1 == 0x04:
            known = words.APPLICATION_NAMES.get(command.data)
            return f"{name} {t(known) if known else command.data.hex().upper()}"
        if command.ins == SELECT:
            return f"{name} {command.data.hex().upper()}"
        pin = words.pin_of(self._file)
        return f"{name} {t(pin)}" if pin else name


def _shown(apdu: bytes, command: Command) -> str:
    if command.ins not in SECRET_DATA or not command.data:
        return apdu.hex(" ").upper()
    start = apdu.index(command.data, 4)
    end = start + len(command.data)
    masked = " ".join(["**"] * min(len(command.data), 16))
    return " ".join(part for part in (apdu[:start].hex(" ").upper(), masked, apdu[end:].hex(" ").upper()) if part)


def _answer(answer: bytes, *, hidden: bool) -> str:
    data, sw = answer[:-2], int.from_bytes(answer[-2:])
    many = hidden or len(data) > 32
    size = t(f"{len(data)} バイト", f"{len(data)} bytes")
    shown = f"({size}) " if data and many else f"{data.hex(' ').upper()} " if data else ""
    return f"< {shown}{sw:04X}  {t(words.meaning(sw))}"


class Logged:
    """A card on a reader, each of whose APDUs is told."""

    atr: ClassVar[bytes] = ATR

    def __init__(self, card: OnReader, tell: Callable[[str], None]) -> None:
        self._card, self._tell, self._trace = card, tell, Trace()

    def reset(self) -> bytes:
        """Forget the session."""
        self._trace = Trace()
        self._tell(t("- リセット", "- reset"))
        return self._card.reset()

    def transmit(self, apdu: bytes) -> bytes:
        """Answer a command APDU, and tell both."""
        answer = self._card.transmit(apdu)
        for line in self._trace.lines(apdu, answer):
            self._tell(line)
        return answer
