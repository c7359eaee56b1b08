"""Cards with a fault each: what a fuzzer that can find something has to find."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from tegata.card import Card, commands, issuing
from tegata.card.apdu import Command
from tegata.card.card import COMMANDS, Entry
from tegata.card.state import Machine, dump, load
from tegata.card.status import Refused, Status


@contextmanager
def handled(ins: int, handler: commands.Handler) -> Iterator[None]:
    """Another handler for an instruction."""
    entry = COMMANDS[ins]
    with patch.dict(COMMANDS, {ins: Entry(handler, entry.parameters, entry.cla, entry.may_chain)}):
        yield


def forgets_to_forget(machine: Machine, command: Command) -> bytes:
    """SELECT keeps the PINs that were proven, whatever the switch says."""
    proven = set(machine.session.proven)
    answer = commands.select(machine, command)
    machine.session.proven |= proven
    return answer


def keeps_the_pins_of_other_applications(machine: Machine, command: Command) -> bytes:
    """Reading needs some PIN, not the file's own."""
    proven = machine.session.proven
    with patch.object(commands, "require_any", lambda machine, pins: None if proven else _refuse(pins)):
        return commands.read_binary(machine, command)


def _refuse(pins: frozenset[int]) -> None:
    if pins:
        raise Refused(Status.SECURITY_NOT_SATISFIED)


def signs_for_anybody(machine: Machine, command: Command) -> bytes:
    """SIGN without a PIN."""
    with patch.object(commands, "require_any", lambda machine, pins: None):
        return commands.sign(machine, command)


def reads_for_anybody(machine: Machine, command: Command) -> bytes:
    """READ BINARY without a PIN."""
    with patch.object(commands, "require_any", lambda machine, pins: None):
        return commands.read_binary(machine, command)


def gives_a_try_back(machine: Machine, command: Command) -> bytes:
    """A blocked PIN gets one try more."""
    try:
        return commands.verify(machine, command)
    except Refused:
        for pin in machine.image.pins.values():
            pin.tries = max(pin.tries, 1)
        raise


def changes_unproven(machine: Machine, command: Command) -> bytes:
    """CHANGE PIN without the old one."""
    with patch.object(commands, "require_any", lambda machine, pins: None):
        return commands.change_pin(machine, command)


def takes_a_proof_twice(machine: Machine, command: Command) -> bytes:
    """EXTERNAL AUTHENTICATE leaves the challenge open, so that a wrong answer may be corrected."""
    challenge = machine.session.challenge
    try:
        return issuing.external_authenticate(machine, command)
    finally:
        machine.session.challenge = challenge


def reads_past_the_end(machine: Machine, command: Command) -> bytes:
    """READ BINARY falls over an offset past the end, as Python does over an index."""
    content = machine.image.data.get(machine.session.file.key, b"x") if machine.session.file else b"x"
    if not 0 <= commands.offset_of(command) <= len(content):
        raise IndexError("past the end")
    return commands.read_binary(machine, command)


def stays_proven_after_a_wrong_try(machine: Machine, command: Command) -> bytes:
    """A wrong PIN after a right one leaves the PIN proven."""
    proven = set(machine.session.proven)
    try:
        return commands.verify(machine, command)
    finally:
        machine.session.proven |= proven


@contextmanager
def anybody_writes() -> Iterator[None]:
    """The issuer's commands ask for no issuer."""
    with patch.object(issuing, "require_issuer", lambda machine: None):
        yield


@contextmanager
def a_reset_that_resets_nothing() -> Iterator[None]:
    """The session goes on."""
    with patch.object(Card, "reset", lambda card: card.atr):
        yield


@contextmanager
def tries_come_back_with_the_power() -> Iterator[None]:
    """An image is loaded with all its tries."""

    def generous(image: bytes) -> Card:
        found = load(image)
        for pin in found.pins.values():
            pin.tries = max(pin.tries, 2)
        return Card(found)

    with patch.object(Card, "load", generous):
        yield


@contextmanager
def a_rest_that_is_not_forgotten() -> Iterator[None]:
    """What waited for GET RESPONSE is still there after another command was refused."""

    def refuse(card: Card, sw: int) -> bytes:
        card._machine.session.chain = None
        return sw.to_bytes(2)

    with patch.object(Card, "_refuse", refuse):
        yield


@contextmanager
def an_image_without_tries() -> Iterator[None]:
    """DUMP writes a PIN's first try anew."""

    def forgetful(card: Card) -> bytes:
        image = load(dump(card._machine.image))
        for pin in image.pins.values():
            pin.tries += pin.tries == 2
        return dump(image)

    with patch.object(Card, "dump", forgetful):
        yield


HANDLER_FAULTS: dict[str, tuple[int, commands.Handler]] = {
    handler.__name__: (ins, handler)
    for ins, handler in (
        (0xA4, forgets_to_forget), (0xB0, keeps_the_pins_of_other_applications), (0xB0, reads_for_anybody),
        (0xB0, reads_past_the_end), (0x2A, signs_for_anybody), (0x20, gives_a_try_back),
        (0x20, stays_proven_after_a_wrong_try), (0x24, changes_unproven), (0x82, takes_a_proof_twice),
    )
}  # fmt: skip
OTHER_FAULTS = {
    fault.__name__: fault
    for fault in (
        anybody_writes, a_reset_that_resets_nothing, tries_come_back_with_the_power, a_rest_that_is_not_forgotten,
        an_image_without_tries,
    )
}  # fmt: skip
NAMES = sorted({*HANDLER_FAULTS, *OTHER_FAULTS})


@contextmanager
def fault(name: str) -> Iterator[None]:
    """The card has this fault for a while."""
    if name in HANDLER_FAULTS:
        with handled(*HANDLER_FAULTS[name]):
            yield
    else:
        with OTHER_FAULTS[name]():
            yield
