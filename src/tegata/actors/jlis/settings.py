"""What the operator of J-LIS can set: ``[actors.jlis]`` in the settings file."""

from datetime import timedelta
from typing import Annotated, Literal

import msgspec

from tegata.wire.endpoint import Identifier, ShortText


class RelyingParty(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A relying party that stands registered from the start, and the operator that asks in its name."""

    id: Identifier
    operator: Identifier
    name_ja: ShortText
    name_en: ShortText


BANK = RelyingParty(id="bank", operator="platform", name_ja="てがた銀行", name_en="Tegata Bank")


class JlisSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``ocsp_minutes``: how old OCSP data may grow, 0 for live answers (FACTS section 2: 15).

    ``ocsp_url``: where OCSP is asked, as certificates say it, without ``/sign`` or ``/auth``; empty for J-LIS's own
    address. ``ocsp_workers``: processes of a responder of its own. ``ocsp_key``: kind of the responders' keys.
    ``ocsp_kept``: how many signed answers a process keeps of each usage, at about 2.5 KB each.

    ``first_root_days``: how long before set-up the first roots began, so that a population can hold certificates that
    are years old. ``responder_days``: life of a delegated OCSP responder certificate. ``login_minutes``: how old a
    login statement may be. ``phone_minutes``: how old a phone's application or order may be. ``crl_kept``: how many
    CRLs of each partition are kept. ``callers_per_hour``: how often one call centre may try to identify a caller [GAP].
    """

    ocsp_minutes: Annotated[int, msgspec.Meta(ge=0, le=1440)] = 15
    ocsp_url: Annotated[str, msgspec.Meta(pattern=r"^(https?://[^\s?#]+)?$", max_length=200)] = ""
    ocsp_workers: Annotated[int, msgspec.Meta(ge=1, le=64)] = 2
    ocsp_key: Literal["rsa", "p256"] = "rsa"
    ocsp_kept: Annotated[int, msgspec.Meta(ge=2, le=10_000_000)] = 50_000
    first_root_days: int = 4 * 365
    responder_days: int = 30
    login_minutes: int = 60
    phone_minutes: int = 60
    crl_kept: int = 30
    callers_per_hour: int = 600
    relying_parties: tuple[RelyingParty, ...] = (BANK,)

    @property
    def ocsp_interval(self) -> timedelta:
        """How old OCSP data may grow; zero means live."""
        return timedelta(minutes=self.ocsp_minutes)

    @property
    def login_lifetime(self) -> timedelta:
        """How old a login statement may be."""
        return timedelta(minutes=self.login_minutes)

    @property
    def phone_lifetime(self) -> timedelta:
        """How old a phone's application or order may be."""
        return timedelta(minutes=self.phone_minutes)
