"""What the operator of the municipality can set: ``[actors.municipality]`` in the settings file."""

import msgspec


class MunicipalitySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``card_issuer_key``: the key that opens blank cards for writing, 64 hexadecimal digits, the same as the drawer's.

    Empty: derived from the network's master key.
    """

    card_issuer_key: str = ""
