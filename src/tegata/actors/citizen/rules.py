"""What a phone's certificates are good for, and what their holder does about them; no I/O (rules SP-03 to SP-05).

What lies in the secure element and what J-LIS says of it are two things: a certificate that was revoked may still lie
there, and one that is valid may lie on a phone that was given away.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from tegata.wire.certificates import CertificateState, Usage
from tegata.wire.phones import Occasion

Situation = Literal[
    "absent", "unheard", "valid", "suspended", "expired", "revoked", "moved", "replaced", "reported-lost"
]
"""absent: not on the phone, and none was. unheard: on the phone, and nobody has said yet how it stands."""
LIVE: tuple[Situation, ...] = ("unheard", "valid", "suspended")
"""The key could still be of use to whoever has the phone."""
USAGES: tuple[Usage, ...] = ("auth", "sign")
HAND_OVERS: dict[str, Occasion | None] = {
    "trade-in": "trade-in", "disposal": "disposal", "repair": "repair", "lost": None,
}  # fmt: skip
"""How a phone leaves its holder's hands, and the occasion of a revocation before it (SP-03); losing has none before."""
COMES_BACK = ("repair", "lost")


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """One usage of one phone: whether a certificate lies on it, and how the newest of this usage stands."""

    usage: Usage
    on_phone: bool
    state: CertificateState | None = None


def newest(states: Sequence[CertificateState], usage: Usage) -> CertificateState | None:
    """The certificate of a usage that was issued last."""
    of_usage = [state for state in states if state.usage == usage]
    return max(of_usage, key=lambda state: (state.not_before, state.serial), default=None)


def situation(held: Held, now: datetime) -> Situation:
    """How one certificate stands, in this order: what J-LIS said, time, what lies on the phone.

    A certificate that the holder revoked (cessationOfOperation) and that is gone from the phone is ``revoked`` all the
    same: the page says so until another is applied for.
    """
    state = held.state
    if state is None:
        return "unheard" if held.on_phone else "absent"
    if state.state == "revoked":
        by_reason: dict[str, Situation] = {
            "affiliationChanged": "moved", "superseded": "replaced", "keyCompromise": "reported-lost",
        }  # fmt: skip
        return by_reason.get(state.reason or "", "revoked")
    if state.state == "expired" or state.not_after < now:
        return "expired"
    return "suspended" if state.state == "suspended" else "valid"


def can_be_revoked(held: Sequence[Held], now: datetime) -> list[Usage]:
    """The usages that the app on this phone can revoke: on it, and not over (SP-03).

    It is also what must be revoked before the phone leaves its holder's hands: a factory reset takes none of it away.
    """
    return [one.usage for one in held if one.on_phone and situation(one, now) in LIVE]


def can_be_resumed(held: Sequence[Held], now: datetime) -> list[Usage]:
    """The usages that are suspended and whose key is here, so that their holder can resume them (SP-05)."""
    return [one.usage for one in held if one.on_phone and situation(one, now) == "suspended"]


def signs_order(held: Sequence[Held], usages: Sequence[Usage], now: datetime) -> Usage:
    """The key that signs an order: the signature key by its password (SP-03).

    The authentication key, by its PIN, signs where no signature certificate is left, for its own certificate alone.
    """
    has_sign = any(one.usage == "sign" and one.on_phone and situation(one, now) in LIVE for one in held)
    return "sign" if has_sign or "sign" in usages else "auth"


def needs_card_again(held: Sequence[Held], now: datetime) -> bool:
    """Whether something that the phone had is over, so that an application with the card is what comes next."""
    over: tuple[Situation, ...] = ("expired", "moved", "replaced", "reported-lost", "revoked")
    return any(situation(one, now) in over for one in held)
