"""The key with which a card's issuer proves itself: known to whoever makes blank cards and to whoever writes them."""

from hashlib import sha256
from hmac import digest

from tegata.node.node import Node
from tegata.node.sealing import derive_key
from tegata.node.settings import KEY_BYTES, SettingsError


def card_issuer_key(node: Node, card_id: str) -> bytes:
    """The issuer key of one card: 32 bytes, another for each card, so that one card's secret opens no other.

    It comes from the actor's setting ``card_issuer_key`` (hexadecimal), or where that is empty from the master key,
    which actors of one network share. Raises :class:`SettingsError`.
    """
    configured = node.own.card_issuer_key
    if not configured:
        return derive_key(node.settings.master_key(), "card issuer", card_id)
    try:
        key = bytes.fromhex(configured)
    except ValueError as error:
        raise SettingsError("card_issuer_key: not hexadecimal") from error
    if len(key) != KEY_BYTES:
        raise SettingsError(f"card_issuer_key: {KEY_BYTES} bytes are needed, this one has {len(key)}")
    return derive_key(key, "card issuer", card_id)


def security_code(node: Node, card_id: str) -> str:
    """The four digits that are printed on a card: drawn from its issuer key, so that nobody has to keep them.

    [GAP]: how the real ones are made. Raises :class:`SettingsError`.
    """
    drawn = digest(card_issuer_key(node, card_id), b"tegata security code v1", sha256)
    return f"{int.from_bytes(drawn[:8]) % 10_000:04}"
