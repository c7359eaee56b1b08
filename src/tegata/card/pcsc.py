"""Readers and cards through PC/SC (pyscard, the extra ``card``): what any reader of the machine holds.

A card is used in a PC/SC transaction, so that no other program's commands come between. One that was given a PIN is
reset at the end, so that no other program finds the PIN proven.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from tegata.card.apdu import MalformedCommand, parse
from tegata.card.errors import CardFailure

VERIFY = 0x20


class PcscFailure(CardFailure):
    """PC/SC answered something that is no card's word; ``words`` are pcsc-lite's."""

    code = "pcsc-failed"
    ja = "カードリーダーの操作に失敗しました。"
    en = "The card reader failed."
    next_ja = "カードを置き直して、もう一度お試しください。続くときは pcscd を起動し直してください。"
    next_en = "Place the card again and retry. If it goes on, restart pcscd."

    def __init__(self, words: str = "") -> None:
        super().__init__(words)
        self.words = words


class NoPyscard(PcscFailure):
    """The extra ``card`` is not installed."""

    code = "pyscard-missing"
    ja = "カードリーダーを使うための部品 (pyscard) が入っていません。"
    en = "What card readers need (pyscard) is not installed."
    next_ja = "make card で入れてください (pip では pip install 'tegata[card]')。"
    next_en = "Install it with `make card` (with pip: pip install 'tegata[card]')."


class NoPcscd(PcscFailure):
    """No PC/SC service answers."""

    code = "pcscd-not-running"
    ja = "PC/SC のサービス (pcscd) が動いていません。"
    en = "The PC/SC service (pcscd) is not running."
    next_ja = "Debian では sudo apt-get install pcscd で入れ、sudo systemctl start pcscd で動かしてください。"
    next_en = "On Debian: sudo apt-get install pcscd, then sudo systemctl start pcscd."


class NoReader(PcscFailure):
    """No reader, or none of the name that was asked for; ``words`` are the names that there are."""

    code = "no-card-reader"
    ja = "カードリーダーが見つかりません。"
    en = "There is no such card reader."
    next_ja = "カードリーダーをつなぐか、--reader の名前を確かめてください。"
    next_en = "Connect a reader, or check the name given with --reader."


class NoCard(PcscFailure):
    """No card in the reader."""

    code = "no-card-in-reader"
    ja = "カードリーダーにカードがありません。"
    en = "There is no card in the reader."
    next_ja = "カードを置いてください。仮想カードは tegata card insert で置けます。"
    next_en = "Place a card. `tegata card insert` lays a virtual one on the virtual reader."


class CardInUse(PcscFailure):
    """Another program has the card for itself."""

    code = "card-in-use"
    ja = "ほかのソフトウェアがカードを使っています。"
    en = "Another program is using the card."
    next_ja = "そのソフトウェアを終えてから、もう一度お試しください。"
    next_en = "Let it finish, then try again."


class CardTakenOut(PcscFailure):
    """The card left the reader, or was reset, while it was used."""

    code = "card-taken-out"
    ja = "操作の途中で、カードが取り出されたか、リセットされました。"
    en = "The card was taken out or reset while it was used."
    next_ja = "カードを置いて、もう一度始めてください。暗証番号の残り回数は pin-status で分かります。"
    next_en = "Place it and start again; pin-status shows the tries that are left."


@dataclass(frozen=True)
class Reader:
    """A reader's name, and the answer to reset of the card in it; empty for none."""

    name: str
    atr: bytes


class Connection:
    """A card in a reader. :meth:`transmit` is what a :class:`tegata.card.CardClient` takes."""

    def __init__(self, scard: ModuleType, card: Any, protocol: int, reader: Reader) -> None:
        self._scard, self._card, self._protocol = scard, card, protocol
        self.reader = reader
        self.given_a_pin = False

    def transmit(self, apdu: bytes) -> bytes:
        """Send a command APDU; raises :class:`PcscFailure` where no answer comes."""
        self.given_a_pin = self.given_a_pin or (len(apdu) > 5 and apdu[1] == VERIFY)
        sent = for_t0(apdu) if self._protocol == self._scard.SCARD_PROTOCOL_T0 else apdu
        result, response = self._scard.SCardTransmit(self._card, self._protocol, list(sent))
        _check(self._scard, result)
        if len(response) < 2:
            # The virtual reader's way to say that the card is gone.
            raise CardTakenOut
        return bytes(response)


def for_t0(apdu: bytes) -> bytes:
    """A command as the protocol T=0 takes it: with data, it can not carry Le; the card then answers 61xx."""
    try:
        command = parse(apdu)
    except MalformedCommand:
        return apdu
    return apdu[:-1] if command.data and command.le is not None and not command.is_extended else apdu


def readers() -> list[Reader]:
    """The readers of this machine and what is in them. Raises :class:`PcscFailure`."""
    scard = _scard()
    with _context(scard) as context:
        return _readers(scard, context)


@contextmanager
def connected(wanted: str = "") -> Iterator[Connection]:
    """The card in a reader whose name contains ``wanted``; the first that holds one. Raises :class:`PcscFailure`."""
    scard = _scard()
    with _context(scard) as context:
        reader = choose(_readers(scard, context), wanted)
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        result, card, protocol = scard.SCardConnect(context, reader.name, scard.SCARD_SHARE_SHARED, protocols)
        _check(scard, result)
        connection = Connection(scard, card, protocol, reader)
        try:
            _check(scard, scard.SCardBeginTransaction(card))
            yield connection
        finally:
            ending = scard.SCARD_RESET_CARD if connection.given_a_pin else scard.SCARD_LEAVE_CARD
            scard.SCardEndTransaction(card, ending)
            scard.SCardDisconnect(card, ending)


def choose(known: list[Reader], wanted: str) -> Reader:
    """The first reader of that name with a card. Raises :class:`NoReader` and :class:`NoCard`."""
    named = [reader for reader in known if wanted.casefold() in reader.name.casefold()]
    if not named:
        raise NoReader(", ".join(reader.name for reader in known))
    filled = [reader for reader in named if reader.atr]
    if not filled:
        raise NoCard(", ".join(reader.name for reader in named))
    return filled[0]


def _scard() -> ModuleType:
    try:
        from smartcard import scard  # noqa: PLC0415  # an extra: most of Tegata needs no reader
    except ImportError as error:
        raise NoPyscard(str(error)) from error
    module: ModuleType = scard
    return module


@contextmanager
def _context(scard: ModuleType) -> Iterator[Any]:
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    _check(scard, result)
    try:
        yield context
    finally:
        scard.SCardReleaseContext(context)


def _readers(scard: ModuleType, context: Any) -> list[Reader]:
    result, names = scard.SCardListReaders(context, [])
    if result == scard.SCARD_E_NO_READERS_AVAILABLE or not names:
        return []
    _check(scard, result)
    result, states = scard.SCardGetStatusChange(context, 0, [(name, scard.SCARD_STATE_UNAWARE) for name in names])
    _check(scard, result)
    return [Reader(name, bytes(atr) if state & scard.SCARD_STATE_PRESENT else b"") for name, state, atr in states]


def _check(scard: ModuleType, result: int) -> None:
    if result == scard.SCARD_S_SUCCESS:
        return
    words = str(scard.SCardGetErrorMessage(result))
    for failure, names in _FAILURES.items():
        if result in {getattr(scard, name) for name in names}:
            raise failure(words)
    raise PcscFailure(words)


_FAILURES: dict[type[PcscFailure], tuple[str, ...]] = {
    NoPcscd: ("SCARD_E_NO_SERVICE", "SCARD_E_SERVICE_STOPPED"),
    NoReader: ("SCARD_E_NO_READERS_AVAILABLE", "SCARD_E_UNKNOWN_READER", "SCARD_E_READER_UNAVAILABLE"),
    NoCard: ("SCARD_E_NO_SMARTCARD", "SCARD_W_UNPOWERED_CARD", "SCARD_W_UNRESPONSIVE_CARD"),
    CardInUse: ("SCARD_E_SHARING_VIOLATION",),
    CardTakenOut: ("SCARD_W_REMOVED_CARD", "SCARD_W_RESET_CARD", "SCARD_E_NOT_TRANSACTED"),
}
