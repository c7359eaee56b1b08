"""What the operator of the portal can set: ``[actors.portal]`` in the settings file."""

from datetime import timedelta
from typing import Annotated, Any

import msgspec

from tegata.wire.endpoint import Identifier, ShortText

SCOPES = ("openid", "name", "address", "birthdate", "gender")


class LoginService(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A service that lets people log in here, registered from the start.

    Exactly one of ``secret`` (client_secret_basic; at least 32 characters) and ``public_jwk`` (private_key_jwt).
    """

    id: Identifier
    name_ja: ShortText
    name_en: ShortText
    redirect_uris: Annotated[tuple[ShortText, ...], msgspec.Meta(min_length=1)]
    scopes: tuple[str, ...] = SCOPES
    secret: str = ""
    public_jwk: dict[str, Any] | None = None


class TlsFront(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A front that ends TLS and asks for a client certificate: ``[actors.portal.tls_front]``.

    ``origin``: where browsers reach it, ``https://HOST[:PORT]``. ``secret_file``: a file with the secret by which it
    proves itself (a line of at least 32 visible ASCII characters). ``tegata export tls-front`` writes both.
    """

    origin: ShortText
    secret_file: ShortText


class PortalSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``card_minutes``: how long a page waits for the card. ``login_minutes``: how long a service's request waits.

    ``attributes_minutes``: how fresh the card login must be for attributes to be given to a service. ``code_seconds``
    and ``token_seconds``: life of an authorization code, of an access token and an ID token. ``tls_front``: none, or
    the front through which people log in by TLS client certificate.
    """

    card_minutes: int = 10
    login_minutes: int = 30
    attributes_minutes: int = 15
    code_seconds: int = 60
    token_seconds: int = 300
    services: tuple[LoginService, ...] = ()
    tls_front: TlsFront | None = None

    @property
    def card_time(self) -> timedelta:
        """How long a page waits for the card."""
        return timedelta(minutes=self.card_minutes)

    @property
    def login_time(self) -> timedelta:
        """How long a service's request waits."""
        return timedelta(minutes=self.login_minutes)

    @property
    def attributes_time(self) -> timedelta:
        """How old the card login may be when attributes are given to a service."""
        return timedelta(minutes=self.attributes_minutes)

    @property
    def code_time(self) -> timedelta:
        """Life of an authorization code."""
        return timedelta(seconds=self.code_seconds)

    @property
    def token_time(self) -> timedelta:
        """Life of tokens."""
        return timedelta(seconds=self.token_seconds)
