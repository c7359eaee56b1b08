"""The card: command APDUs in, response APDUs out; no I/O, no clock (FACTS, the card; ISO/IEC 7816-4).

A command passes these rules in this order; the first that is not met answers:

1. shape: header, Lc, data and Le add up, and are short where a switch says so (6700)
2. instruction: INS is in the table (6D00)
3. class: no logical channel (6881), no secure messaging (6882), else as the table has it for this INS (6E00)
4. chaining: only where the table allows it (6884); a chain goes on with the same header (6883) and has an end (6700)
5. parameters: P1 P2 as the table has them (6A86)
6. target: a file is selected (6986), of the right kind (6981), and has been written (6A82)
7. access: the PIN, or the issuer key, is proven in this session (6982); a blocked PIN (6984)
8. data: length and form (6700, 6A80), offset within the file (6B00)
9. response: cut to Le; the rest waits for GET RESPONSE (61xx)

Rules 6 to 8 stand with each command in ``commands`` (the holder's reader) and ``issuing`` (the issuer).
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from tegata.card import commands, issuing, state
from tegata.card.apdu import CHAINING, Command, MalformedCommand, is_extended_form, parse
from tegata.card.behaviour import DEFAULT, Behaviour
from tegata.card.commands import Handler
from tegata.card.files import JPKI, TOKEN_INFO, TOKEN_INFO_CONTENT
from tegata.card.status import Refused, Status, more_to_come

ATR = bytes.fromhex("3BE000FF8131FE4514")
"""Answer to reset of the real card, by which OpenSC knows it [V]."""

ISO = 0x00
PROPRIETARY = 0x80
LONGEST_CHAIN = 0x7FFF


@dataclass(frozen=True, slots=True)
class Entry:
    """A command of the table. ``parameters``: P1 P2 it must have; ``None`` where the command reads them itself."""

    handler: Handler
    parameters: int | None = None
    cla: int = ISO
    may_chain: bool = False


def get_response(machine: state.Machine, command: Command) -> bytes:
    """GET RESPONSE: what did not fit into the last response; 6985 if nothing waits."""
    if not machine.session.pending:
        raise Refused(Status.CONDITIONS_NOT_SATISFIED)
    if command.le is None:
        raise Refused(Status.WRONG_LENGTH)
    return machine.session.pending


COMMANDS: dict[int, Entry] = {
    0x0E: Entry(issuing.erase_binary),
    0x20: Entry(commands.verify, 0x0080),
    0x24: Entry(commands.change_pin, 0x0180),
    0x2A: Entry(commands.sign, 0x0080, PROPRIETARY),
    0x2C: Entry(issuing.reset_retry_counter, 0x0280),
    0x47: Entry(issuing.generate_key_pair),
    0x82: Entry(issuing.external_authenticate, 0x0000),
    0x84: Entry(issuing.get_challenge, 0x0000),
    0xA4: Entry(commands.select),
    0xB0: Entry(commands.read_binary),
    0xC0: Entry(get_response, 0x0000),
    0xD6: Entry(issuing.update_binary, may_chain=True),
    0xD8: Entry(issuing.put_key, 0x0000, PROPRIETARY, may_chain=True),
}
"""Every instruction the card knows, by INS."""


class Card:
    """One card. The image (files, PINs, keys) stays; the session (selection, proven PINs) is lost at each reset."""

    atr: ClassVar[bytes] = ATR
    """Answer to reset, for whoever only asks for it (a virtual reader polls it): no reset comes with it."""

    def __init__(self, image: state.Image, *, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._machine = state.Machine(image, random_bytes)

    @classmethod
    def blank(
        cls,
        issuer_key: bytes,
        *,
        behaviour: Behaviour = DEFAULT,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> "Card":
        """A card as the manufacturer delivers it: token information, the issuer key (16 bytes or more), nothing else.

        Raises:
            ValueError: the issuer key is too short.
        """
        if len(issuer_key) < state.SHORTEST_ISSUER_KEY:
            raise ValueError(f"an issuer key has at least {state.SHORTEST_ISSUER_KEY} bytes")
        token_info = JPKI.files[TOKEN_INFO].key
        image = state.Image(issuer_key, behaviour, {token_info: TOKEN_INFO_CONTENT}, {}, {})
        return cls(image, random_bytes=random_bytes)

    @classmethod
    def load(cls, dumped: bytes, *, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> "Card":
        """The card of an image that :meth:`dump` gave, without power until now.

        Raises:
            CardImageRefused: not such an image.
        """
        return cls(state.load(dumped), random_bytes=random_bytes)

    def dump(self) -> bytes:
        """The image as compact bytes. It contains PINs and private keys: keep it as you would keep the card."""
        return state.dump(self._machine.image)

    @property
    def behaviour(self) -> Behaviour:
        """The switches of this card."""
        return self._machine.image.behaviour

    def power(self) -> bytes:
        """Power on: a new session; the answer to reset."""
        self._machine.session = state.Session()
        return ATR

    def reset(self) -> bytes:
        """Warm reset; the same to this card as :meth:`power`."""
        return self.power()

    def transmit(self, apdu: bytes) -> bytes:
        """Answer one command APDU: response data and two bytes of status word. Never raises for what the bytes are."""
        try:
            if is_extended_form(apdu) and not self._machine.image.behaviour.extended_length:
                raise MalformedCommand("extended length")
            return self._answer(parse(apdu))
        except MalformedCommand:
            return self._refuse(Status.WRONG_LENGTH)
        except Refused as refusal:
            return self._refuse(refusal.sw)

    def _refuse(self, sw: int) -> bytes:
        """A refused command ends a chain, and what waited for GET RESPONSE is lost."""
        self._machine.session.chain, self._machine.session.pending = None, b""
        return _status(sw)

    def _answer(self, command: Command) -> bytes:
        entry = _entry(command)
        whole = self._join_chain(entry, command)
        self._machine.session.warning = None
        if whole is None:
            return self._respond(b"", 0)
        if entry.parameters not in (None, whole.p1 << 8 | whole.p2):
            raise Refused(Status.WRONG_PARAMETERS)
        return self._respond(entry.handler(self._machine, whole), whole.le or 0)

    def _respond(self, data: bytes, le: int) -> bytes:
        session = self._machine.session
        session.pending = data[le:]
        if session.pending:
            return data[:le] + _status(more_to_come(len(session.pending)))
        return data + _status(session.warning or Status.OK)

    def _join_chain(self, entry: Entry, command: Command) -> Command | None:
        """The whole command, or ``None`` while its chain goes on."""
        begun, self._machine.session.chain = self._machine.session.chain, None
        if begun is not None:
            if begun.header != command.header:
                raise Refused(Status.CHAIN_NOT_FINISHED)
            command = replace(command, data=begun.data + command.data)
        if not command.cla & CHAINING:
            return command
        if not entry.may_chain:
            raise Refused(Status.NO_CHAINING)
        if len(command.data) > LONGEST_CHAIN:
            raise Refused(Status.WRONG_LENGTH)
        self._machine.session.chain = command
        return None


def _entry(command: Command) -> Entry:
    entry = COMMANDS.get(command.ins)
    if entry is None:
        raise Refused(Status.UNKNOWN_INSTRUCTION)
    cla = command.cla & ~CHAINING
    if cla != entry.cla:
        raise Refused(_class_refusal(cla))
    return entry


def _class_refusal(cla: int) -> Status:
    if cla in (0x01, 0x02, 0x03):
        return Status.NO_CHANNELS
    return Status.NO_SECURE_MESSAGING if cla in (0x04, 0x08, 0x0C) else Status.UNKNOWN_CLASS


def _status(sw: int) -> bytes:
    return sw.to_bytes(2)
