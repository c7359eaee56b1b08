"""What can be set of the drawer: ``[actors.citizen]`` in the settings file."""

import msgspec


class CitizenSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``asking_peers``: the actors whose requests the reader takes; the settings of the network say where they are.

    ``card_issuer_key``: the key that opens blank cards for writing, 64 hexadecimal digits; empty: derived from the
    network's master key. ``phone_origin``: scheme, host and port at which the pages of phones stand; empty: those of
    this actor, with ``localhost`` for ``127.0.0.1`` (docs/decisions/0008-phone-pages-on-localhost.md).
    """

    asking_peers: tuple[str, ...] = ("bank", "portal", "platform")
    card_issuer_key: str = ""
    phone_origin: str = ""
