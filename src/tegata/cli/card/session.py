"""The card in a reader while a command uses it; what it and the reader refuse is said as sentences."""

from collections.abc import Iterator
from contextlib import contextmanager

from tegata.card import CardClient
from tegata.card.pcsc import connected
from tegata.cli.card.failures import explained_card
from tegata.cli.card.pins import PinEntry


@contextmanager
def card_in_reader(
    reader: str, *, pin_stdin: bool = False, use_last_try: bool = False, as_json: bool = False
) -> Iterator[tuple[CardClient, PinEntry]]:
    """The card, and how PINs are entered; exits with 1 where either is refused."""
    entry = PinEntry.of(pin_stdin=pin_stdin, use_last_try=use_last_try, as_json=as_json)
    with explained_card(), connected(reader) as connection:
        yield CardClient(connection.transmit), entry
