"""Municipality → citizen: a card on the terminal of the counter, spoken to by APDUs (ISO/IEC 7816-4)."""

from typing import Annotated

import msgspec

from tegata.wire.endpoint import Endpoint, Identifier, ShortText
from tegata.wire.problems import NOT_FOUND
from tegata.wire.residents import ResidentCode
from tegata.wire.text import Text

Apdu = Annotated[str, msgspec.Meta(min_length=4, max_length=132_000, pattern=r"^([0-9A-Fa-f]{2})+$")]


class BlankCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card from the municipality's stock, put on the terminal to be personalised for a holder."""

    resident_code: ResidentCode
    holder_name: ShortText


class CardOnTerminal(msgspec.Struct, frozen=True, kw_only=True):
    """The card that lies on the terminal now."""

    card_id: Identifier


class Commands(msgspec.Struct, frozen=True, kw_only=True):
    """Command APDUs in hexadecimal, run in order. ``stop_on_error``: at the first status other than 9000."""

    commands: Annotated[list[Apdu], msgspec.Meta(min_length=1, max_length=200)]
    stop_on_error: bool = True


class Responses(msgspec.Struct, frozen=True, kw_only=True):
    """Response APDUs in hexadecimal, as many as were run."""

    responses: list[str]


TAKE_BLANK: Endpoint[BlankCard, CardOnTerminal] = Endpoint(
    to="citizen",
    method="POST",
    path="/cards",
    request=BlankCard,
    response=CardOnTerminal,
    scope="cards:terminal",
    label=Text("カードの交付", "Card handed over"),
    status=201,
)
CONNECT: Endpoint[None, CardOnTerminal] = Endpoint(
    to="citizen",
    method="POST",
    path="/cards/{card_id}/connection",
    request=None,
    response=CardOnTerminal,
    scope="cards:terminal",
    label=Text("カードを端末へ", "Card on the terminal"),
    raises=(NOT_FOUND,),
)
TRANSMIT: Endpoint[Commands, Responses] = Endpoint(
    to="citizen",
    method="POST",
    path="/cards/{card_id}/apdus",
    request=Commands,
    response=Responses,
    scope="cards:terminal",
    label=Text("APDU", "APDU"),
    raises=(NOT_FOUND,),
)
