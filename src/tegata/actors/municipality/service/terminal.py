"""The card that lies on the counter's terminal: every word to it is a message to whoever holds the card."""

from collections.abc import Sequence

from tegata.actors.municipality.problems import CARD_NOT_WRITTEN
from tegata.card.client import CardClient
from tegata.card.errors import CardError, CardFailure
from tegata.card.files import KEYS, PinName
from tegata.card.link import Recorder
from tegata.card.personalise import Personaliser
from tegata.node.card_issuer import card_issuer_key
from tegata.node.node import Node
from tegata.wire.cards import CONNECT, TRANSMIT, Commands
from tegata.wire.problems import Refused

DONE = "9000"
PIN_NAMES: dict[str, PinName] = {"auth": "auth", "text": "text", "sign": "sign", "register": "resident-register"}
"""The PINs that a holder has, by their names in :class:`rules.cards.Pins`."""


class Terminal:
    """One card, connected and opened for writing by the issuer's key.

    Commands whose answers matter go one by one (:attr:`live`); what only writes is collected by :attr:`writing` and
    goes in one message at :meth:`write`.
    """

    def __init__(self, node: Node, card_id: str) -> None:
        self._node, self._card_id = node, card_id
        key = card_issuer_key(node, card_id)
        node.call(CONNECT, path={"card_id": card_id})
        self._recorder = Recorder()
        self.live = Personaliser(self._transmit, key)
        self.writing = Personaliser(self._recorder, key)
        self.live.authenticate()

    def write(self) -> None:
        """Send what was collected. Raises CARD_NOT_WRITTEN with the card's status word where it stops."""
        commands, self._recorder.commands = self._recorder.commands, []
        answers = self._send(commands)
        if len(answers) != len(commands) or answers[-1] != DONE.lower():
            raise Refused(CARD_NOT_WRITTEN, {"status": answers[-1][-4:] if answers else ""})

    def erase(self) -> None:
        """Take all that is its holder's off the card: new keys that nothing is certified for, no files, unknown PINs.

        Raises ``CardFailure``, and as :meth:`write`.
        """
        for which in KEYS:
            self.live.generate_key(which)
        self.writing.erase_holder()
        self.write()

    def _transmit(self, apdu: bytes) -> bytes:
        return bytes.fromhex(self._send([apdu])[0])

    def _send(self, apdus: Sequence[bytes]) -> list[str]:
        return _send(self._node, self._card_id, apdus)


def open_terminal(node: Node, card_id: str) -> Terminal:
    """Connect a card. Raises ``Refused``: peer-unavailable, not-found, or CARD_NOT_WRITTEN with the card's reason."""
    try:
        return Terminal(node, card_id)
    except CardFailure as failure:
        raise Refused(CARD_NOT_WRITTEN, {"cause": failure.code}) from failure


def tries_of(node: Node, card_id: str) -> dict[str, int]:
    """The tries that each PIN on a card has left; a PIN that was never set is left out. None is used.

    Raises ``Refused``: peer-unavailable, not-found.
    """
    questions: dict[str, list[bytes]] = {}
    for which, name in PIN_NAMES.items():
        recorder = Recorder()
        CardClient(recorder).pin_tries(name)
        questions[which] = recorder.commands
    node.call(CONNECT, path={"card_id": card_id})
    asked = [command for commands in questions.values() for command in commands]
    answers = iter(_send(node, card_id, asked, stop_on_error=False))
    found = {which: _answered(PIN_NAMES[which], [next(answers) for _ in asked]) for which, asked in questions.items()}
    return {which: tries for which, tries in found.items() if tries is not None}


def _answered(name: PinName, answers: Sequence[str]) -> int | None:
    """The tries that the card's answers tell; None for a PIN that is not there."""
    waiting = iter(bytes.fromhex(answer) for answer in answers)
    try:
        return CardClient(lambda _command: next(waiting)).pin_tries(name)
    except CardError:
        return None


def _send(node: Node, card_id: str, apdus: Sequence[bytes], *, stop_on_error: bool = True) -> list[str]:
    body = Commands(commands=[apdu.hex() for apdu in apdus], stop_on_error=stop_on_error)
    return node.call(TRANSMIT, body, path={"card_id": card_id}).responses
