"""What a person remembers of their PINs, in a demonstration: whoever tries the network has not to note them down.

A PIN that is typed at the municipality's counter goes by in the APDU that sets it, and is remembered as its holder
would.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from tegata.actors.citizen.tables import RememberedRow
from tegata.card.apdu import MalformedCommand, parse
from tegata.card.files import APPLICATIONS, PINS, Application, PinName, pin_file
from tegata.node.database import Transaction

SELECT, SET_PIN, CHANGE_PIN = 0xA4, 0x2C, 0x24
BY_NAME = 0x04
_OK = b"\x90\x00"
_NAMES: dict[tuple[bytes, int], PinName] = {(app.aid, identifier): name for name, (app, identifier) in PINS.items()}


def remember(tx: Transaction, card_id: str, which: str, pin: str) -> None:
    """The person knows this PIN from now on."""
    tx.session.merge(RememberedRow(card_id=card_id, which=which, pin=pin))


def remembered(session: Session, card_id: str, which: str) -> str:
    """The PIN that the person remembers; empty for none."""
    row = session.get(RememberedRow, (card_id, which))
    return "" if row is None else row.pin


class Watch:
    """Follows commands and answers of one session, and notices the PINs that they set."""

    def __init__(self) -> None:
        self._application: Application | None = None
        self._identifier = 0

    def see(self, apdu: bytes, answer: bytes) -> tuple[PinName, str] | None:
        """The PIN that this command set, if it set one."""
        try:
            command = parse(apdu)
        except MalformedCommand:
            return None
        if answer[-2:] != _OK:
            return None
        if command.ins == SELECT and command.p1 == BY_NAME:
            self._application = APPLICATIONS.get(command.data)
        elif command.ins == SELECT:
            self._identifier = int.from_bytes(command.data)
        elif command.ins in (SET_PIN, CHANGE_PIN) and self._application is not None:
            which = _NAMES.get((self._application.aid, self._identifier))
            if which is not None and pin_file(which).changeable:
                return which, command.data.decode("ascii")
        return None


def observe(tx: Transaction, card_id: str, exchange: Sequence[tuple[bytes, bytes]]) -> None:
    """Remember the PINs that commands and answers show to be set; check numbers are printed on the card."""
    watch = Watch()
    for apdu, answer in exchange:
        learnt = watch.see(apdu, answer)
        if learnt is not None:
            remember(tx, card_id, *learnt)
