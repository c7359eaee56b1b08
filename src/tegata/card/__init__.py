"""The My Number Card: a state machine without I/O, its reader's client, the issuer's personaliser (docs/card.md)."""

from tegata.card.behaviour import DEFAULT, Behaviour
from tegata.card.card import Card
from tegata.card.check_numbers import check_number_b
from tegata.card.client import CardClient
from tegata.card.errors import (
    CardContentRefused,
    CardError,
    CardFailure,
    CardImageRefused,
    MalformedPin,
    NotAuthorised,
    PinBlocked,
    WrongPin,
)
from tegata.card.holder import Holder, printed_back, printed_front, write_holder
from tegata.card.link import Recorder
from tegata.card.personalise import Personaliser
from tegata.card.text_issuer import TextIssuer
from tegata.card.visual_contents import Front

__all__ = [
    "DEFAULT",
    "Behaviour",
    "Card",
    "CardClient",
    "CardContentRefused",
    "CardError",
    "CardFailure",
    "CardImageRefused",
    "Front",
    "Holder",
    "MalformedPin",
    "NotAuthorised",
    "Personaliser",
    "PinBlocked",
    "Recorder",
    "TextIssuer",
    "WrongPin",
    "check_number_b",
    "printed_back",
    "printed_front",
    "write_holder",
]
