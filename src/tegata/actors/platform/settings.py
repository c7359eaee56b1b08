"""What the platform operator can set: ``[actors.platform]`` in the settings file."""

from typing import Literal

import msgspec

from tegata.japan.four_attributes import ITEMS, Item
from tegata.wire.endpoint import Identifier, ShortText


class RelyingParty(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A relying party that stands registered from the start.

    ``id`` is its client id. ``push_to``: the actor, or the https URL, that events are pushed to; its id by default.
    """

    id: Identifier
    name_ja: ShortText
    name_en: ShortText
    services: tuple[Identifier, ...]
    items: tuple[Item, ...] = ITEMS
    push_to: str = ""
    delivery: Literal["push", "poll", "none"] = "push"


BANK = RelyingParty(id="bank", name_ja="てがた銀行", name_en="Tegata Bank", services=("account",))


class PlatformSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``crls_kept``: how many accepted lists of each usage are kept, with their bytes."""

    crls_kept: int = 7
    relying_parties: tuple[RelyingParty, ...] = (BANK,)
