"""The card that lies on the counter's terminal: every word to it is a message to whoever holds the card."""

from collections.abc import Sequence

from tegata.actors.municipality.problems import CARD_NOT_WRITTEN
from tegata.card.errors import CardFailure
from tegata.card.link import Recorder
from tegata.card.personalise import Personaliser
from tegata.node.card_issuer import card_issuer_key
from tegata.node.node import Node
from tegata.wire.cards import CONNECT, TRANSMIT, Commands
from tegata.wire.problems import Refused

DONE = "9000"


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

    def _transmit(self, apdu: bytes) -> bytes:
        return bytes.fromhex(self._send([apdu])[0])

    def _send(self, apdus: Sequence[bytes]) -> list[str]:
        body = Commands(commands=[apdu.hex() for apdu in apdus])
        return self._node.call(TRANSMIT, body, path={"card_id": self._card_id}).responses


def open_terminal(node: Node, card_id: str) -> Terminal:
    """Connect a card. Raises ``Refused``: peer-unavailable, not-found, or CARD_NOT_WRITTEN with the card's reason."""
    try:
        return Terminal(node, card_id)
    except CardFailure as failure:
        raise Refused(CARD_NOT_WRITTEN, {"cause": failure.code}) from failure
