"""What a holder's reader asks of the card: SELECT, READ BINARY, VERIFY, CHANGE PIN, SIGN.

Each is a function of the machine and the command; it returns the response data and raises :class:`Refused` with the
status word of the first rule that is not met.
"""

from collections.abc import Callable
from hmac import compare_digest
from typing import TypeVar

from tegata.card import tlv
from tegata.card.apdu import EXTENDED_LE, SHORT_LE, Command
from tegata.card.files import APPLICATIONS, DataFile, File, KeyFile, PinFile
from tegata.card.signing import is_digest_info, sign_digest_info
from tegata.card.state import Machine, Pin
from tegata.card.status import Refused, Status, tries_left

Handler = Callable[[Machine, Command], bytes]

SELECT_APPLICATION = 0x04
SELECT_FILE = 0x02
FIRST_OR_ONLY = {0x00, 0x0C}
"""P2 of SELECT: 00 asks for file control information (mobile systems select so by themselves), 0C for none."""

_F = TypeVar("_F", DataFile, PinFile, KeyFile)


def selected(machine: Machine, kind: type[_F]) -> _F:
    """The selected file, which must be of this kind: else 6986 (none selected) or 6981 (another kind)."""
    file = machine.session.file
    if file is None:
        raise Refused(Status.NO_FILE_SELECTED)
    if not isinstance(file, kind):
        raise Refused(Status.WRONG_KIND_OF_FILE)
    return file


def written(machine: Machine, kind: type[_F]) -> _F:
    """Like :func:`selected`; 6A82 where the issuer has not written the file (only the issuer can select such a one)."""
    file = selected(machine, kind)
    if not machine.image.holds(file):
        raise Refused(Status.FILE_NOT_FOUND)
    return file


def require_any(machine: Machine, pins: frozenset[int]) -> None:
    """6982 unless one of these PINs is proven in this session; no PIN named means free."""
    if pins and pins.isdisjoint(machine.session.proven):
        raise Refused(Status.SECURITY_NOT_SATISFIED)


def select(machine: Machine, command: Command) -> bytes:
    """SELECT an application by its AID (P1 04) or a file of the selected application by its identifier (P1 02)."""
    if command.p2 not in FIRST_OR_ONLY or command.p1 not in (SELECT_APPLICATION, SELECT_FILE):
        raise Refused(Status.WRONG_PARAMETERS)
    if command.p1 == SELECT_APPLICATION:
        return _select_application(machine, command)
    machine.session.file = _find_file(machine, command.data)
    return b""


def _select_application(machine: Machine, command: Command) -> bytes:
    application = APPLICATIONS.get(command.data)
    if application is None:
        raise Refused(Status.FILE_NOT_FOUND)
    session = machine.session
    if session.application is not application or not machine.image.behaviour.pins_survive_reselect:
        session.proven.clear()
    session.application, session.file = application, None
    if command.p2 or command.le is None:
        return b""
    return tlv.encode(0x6F, tlv.encode(0x84, application.aid))


def _find_file(machine: Machine, identifier: bytes) -> File:
    if len(identifier) != 2:
        raise Refused(Status.WRONG_LENGTH)
    application = machine.session.application
    file = application.files.get(int.from_bytes(identifier)) if application else None
    if file is None or not (machine.image.holds(file) or machine.session.issuer):
        raise Refused(Status.FILE_NOT_FOUND)
    return file


def offset_of(command: Command) -> int:
    """P1 P2 as an offset of 15 bits; a short file identifier (bit 8 of P1) is not supported: 6A86."""
    if command.p1 & 0x80:
        raise Refused(Status.WRONG_PARAMETERS)
    return command.p1 << 8 | command.p2


def read_binary(machine: Machine, command: Command) -> bytes:
    """READ BINARY: form of the offset, kind of file, access, Le, offset within the file, in this order."""
    offset, file = offset_of(command), written(machine, DataFile)
    require_any(machine, file.read)
    if command.data or command.le is None:
        raise Refused(Status.WRONG_LENGTH)
    content = machine.image.data[file.key]
    if offset >= len(content):
        raise Refused(Status.PAST_THE_END)
    return _part(machine, content[offset : offset + command.le], command.le)


def _part(machine: Machine, part: bytes, le: int) -> bytes:
    cut_short = len(part) < le and le not in (SHORT_LE, EXTENDED_LE)
    if cut_short and machine.image.behaviour.end_of_file == "warning":
        machine.session.warning = Status.END_OF_FILE
    return part


def verify(machine: Machine, command: Command) -> bytes:
    """VERIFY the selected PIN; without data, ask for the tries it has left."""
    file = written(machine, PinFile)
    pin = machine.image.pins[file.key]
    if not command.data:
        _answer_pin_status(machine, file, pin)
    elif pin.tries == 0:
        raise Refused(machine.image.behaviour.blocked_status)
    elif compare_digest(command.data, pin.value):
        pin.tries = file.tries
        machine.session.proven.add(file.key)
    else:
        pin.tries -= 1
        machine.session.proven.discard(file.key)
        raise Refused(tries_left(pin.tries))
    return b""


def _answer_pin_status(machine: Machine, file: PinFile, pin: Pin) -> None:
    behaviour = machine.image.behaviour
    if pin.tries == 0 and behaviour.status_of_blocked_pin == "blocked":
        raise Refused(behaviour.blocked_status)
    if file.key not in machine.session.proven or behaviour.status_of_proven_pin != "ok":
        raise Refused(tries_left(pin.tries))


def change_pin(machine: Machine, command: Command) -> bytes:
    """CHANGE REFERENCE DATA with the new PIN only (P1 01): the old one must be proven in this session."""
    file = written(machine, PinFile)
    if not file.changeable:
        raise Refused(Status.CONDITIONS_NOT_SATISFIED)
    require_any(machine, frozenset((file.key,)))
    write_pin(machine, file, command.data)
    return b""


def write_pin(machine: Machine, file: PinFile, value: bytes) -> None:
    """Set a PIN and give it all its tries: 6A80 if it is not of the PIN's form."""
    if file.form.fullmatch(value) is None:
        raise Refused(Status.WRONG_DATA)
    machine.image.pins[file.key] = Pin(value, file.tries)


def sign(machine: Machine, command: Command) -> bytes:
    """PERFORM SECURITY OPERATION as JPKI has it (80 2A 00 80): key selected, PIN proven, DigestInfo of a known hash."""
    file = written(machine, KeyFile)
    require_any(machine, frozenset((file.pin,)))
    if not is_digest_info(command.data, without_null=machine.image.behaviour.digest_info_without_null):
        raise Refused(Status.WRONG_DATA)
    return sign_digest_info(machine.private_key(file), command.data)
