"""The My Number Card: a state machine without I/O, its reader's client, the issuer's personaliser (docs/card.md)."""

from tegata.card.behaviour import DEFAULT, Behaviour
from tegata.card.card import Card
from tegata.card.client import CardClient
from tegata.card.errors import CardError, CardFailure, CardImageRefused, MalformedPin, PinBlocked, WrongPin
from tegata.card.personalise import Personaliser

__all__ = [
    "DEFAULT",
    "Behaviour",
    "Card",
    "CardClient",
    "CardError",
    "CardFailure",
    "CardImageRefused",
    "MalformedPin",
    "Personaliser",
    "PinBlocked",
    "WrongPin",
]
